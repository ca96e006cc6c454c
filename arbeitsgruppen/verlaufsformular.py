"""What of a group's history is to be shown."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MinValueValidator
from django.utils import timezone

FRUEHESTENS = date(2000, 1, 1)


class Filterform(forms.Form):
    """Since when, and by whom."""

    seit = forms.ChoiceField(
        label="seit",
        choices=[
            ("", "Beginn"),
            ("besuch", "Ihrem letzten Besuch"),
            ("freigabe", "der letzten Freigabe"),
            ("tag", "diesem Tag:"),
        ],
        required=False,
    )
    tag = forms.DateField(
        label="Tag",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(FRUEHESTENS, "So weit reicht der Verlauf nicht zurück.")],
    )
    konto = forms.ChoiceField(label="von", required=False)

    def __init__(
        self, data: Any, konten: Mapping[int, User], besuch: datetime | None, freigabe: datetime | None
    ) -> None:
        super().__init__(data)
        self.zeiten = {"besuch": besuch, "freigabe": freigabe}
        namen = sorted((k.get_full_name() or k.get_username(), str(pk)) for pk, k in konten.items())
        self.fields["konto"].choices = [("", "allen"), *((pk, name) for name, pk in namen)]  # type: ignore[attr-defined]

    def clean(self) -> None:
        """Refuse a start that there is not."""
        seit = self.cleaned_data.get("seit")
        if seit == "tag" and not self.cleaned_data.get("tag") and "tag" not in self.errors:
            self.add_error("tag", "Bitte einen Tag angeben.")
        elif seit == "freigabe" and not self.zeiten["freigabe"]:
            self.add_error("seit", "Diese Gruppe wurde noch nie freigegeben.")
        elif seit == "besuch" and not self.zeiten["besuch"]:
            self.add_error("seit", "Von einem früheren Besuch dieser Seite ist nichts bekannt.")

    @property
    def beginn(self) -> datetime | None:
        """The moment since which changes are wanted."""
        seit = self.cleaned_data["seit"]
        if seit == "tag" or (not seit and self.cleaned_data["tag"]):
            return timezone.make_aware(datetime.combine(self.cleaned_data["tag"], time.min))
        return self.zeiten.get(seit)

    @property
    def gewaehltes_konto(self) -> int | None:
        """The account whose changes are wanted."""
        return int(self.cleaned_data["konto"]) if self.cleaned_data["konto"] else None
