"""What is asked before a conference is copied: title, day and address, and what the copy takes over."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from arbeitsgruppen.kopieren import (
    ADRESSE_VERGEBEN,
    Kopie,
    Umfang,
    adresse_im_jahr,
    kopieren,
    tag_im_naechsten_jahr,
)
from konferenz.models import Konferenz

FORMATE = ["%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y"]


class Kopierformular(forms.ModelForm):
    """The new conference; `vorlage` is the one that is copied."""

    datum = forms.DateField(
        label="Datum",
        input_formats=FORMATE,
        widget=forms.DateInput(format="%d.%m.%Y", attrs={"size": 10, "autocomplete": "off"}),
    )
    programm = forms.BooleanField(label="Tagesprogramm", required=False)
    gruppen = forms.BooleanField(label="Arbeitsgruppen mit ihren Fragen", required=False)
    moderation = forms.BooleanField(label="Moderation mit ihren Angaben", required=False)
    konten = forms.BooleanField(label="Konten, die eine Gruppe erfassen dürfen", required=False)
    ueberschriften = forms.BooleanField(label="Überschriften der Abschnitte, ohne Äußerungen", required=False)

    class Meta:
        model = Konferenz
        fields = ["titel", "datum", "slug"]
        error_messages = {"slug": {"unique": ADRESSE_VERGEBEN}}

    # A conference of the same title on the same day, as soon as the form is checked.
    gleiche: Konferenz | None = None

    def __init__(self, vorlage: Konferenz, data: Any = None) -> None:
        self.vorlage = vorlage
        datum = tag_im_naechsten_jahr(vorlage.datum)
        vorschlag = {
            "titel": vorlage.titel,
            "datum": datum,
            "slug": adresse_im_jahr(vorlage, vorlage.titel, datum.year),
            **{name: getattr(Umfang(), name) for name in Umfang.__slots__},
        }
        super().__init__(data, initial=vorschlag)
        self.fields["titel"].widget.attrs["class"] = self.fields["slug"].widget.attrs["class"] = "vTextField"
        self.fields["slug"].required = False
        self.fields["slug"].help_text = "Teil der Internetadresse. Leer: wird aus Titel und Jahr gebildet."

    def clean(self) -> dict[str, Any]:
        """Make a missing address; refuse a title that a conference of the same day has."""
        daten = super().clean() or self.cleaned_data
        titel, datum = daten.get("titel"), daten.get("datum")
        if titel and datum:
            if not daten.get("slug") and "slug" not in self.errors:
                daten["slug"] = adresse_im_jahr(self.vorlage, titel, datum.year)
            self.gleiche = self._gleiche()
            if self.gleiche:
                meldung = (
                    f"Eine Konferenz „{titel}“ gibt es am {datum:%d.%m.%Y} schon. "
                    "Ändern Sie den Titel oder das Datum."
                )
                raise ValidationError({"titel": meldung})
        return daten

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's, but not in its stubs
        if self.gleiche is None and self.has_error("slug", "unique"):
            self.gleiche = self._gleiche()  # perhaps another request has stored it since `clean` looked

    def _gleiche(self) -> Konferenz | None:
        titel, datum = self.cleaned_data.get("titel"), self.cleaned_data.get("datum")
        return Konferenz.objects.filter(titel=titel, datum=datum).first() if titel and datum else None

    @property
    def umfang(self) -> Umfang:
        """What was chosen to be taken over."""
        return Umfang(**{name: self.cleaned_data[name] for name in Umfang.__slots__})

    def kopieren(self) -> Kopie:
        """Create the copy. Raise Vergeben where its address was taken meanwhile."""
        daten = self.cleaned_data
        return kopieren(self.vorlage, daten["titel"], daten["datum"], daten["slug"], self.umfang)
