"""The form of the comparison, sent as the query string of an address that can be shared."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst

from arbeitsgruppen.bild import Konferenzbild
from arbeitsgruppen.forms import Angaben, Gruppennummern
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.suchausdruck import Suchausdruck
from arbeitsgruppen.themen import alle_abkuerzungen
from arbeitsgruppen.vergleich import Eingrenzung
from konferenz.aufzaehlung import aufzaehlung, gruppennamen
from konferenz.models import Konferenz

JEDE_HERKUNFT = "alle"


class VergleichForm(forms.Form):
    """What of a conference shall be compared, and with which others; `andere` asked the same question.

    What has no choice is not offered, but a wrong value of it in the address is still named.
    """

    q = forms.CharField(
        label="Suchwörter",
        required=False,
        max_length=200,
        help_text="Nur Äußerungen, in denen alle Wörter vorkommen; auch „in dieser Folge“ oder -ohne.",
        error_messages={"max_length": "Höchstens %(limit_value)d Zeichen, dies sind %(show_value)d."},
    )
    kategorie = Angaben(
        label="Kategorien",
        help_text="Ohne Auswahl: alle.",
        angeboten=[(wert, capfirst(name)) for wert, name in Abschnitt.Kategorie.choices],
        widget=forms.CheckboxSelectMultiple,
        falsch="Eine Kategorie „{wert}“ gibt es nicht. Möglich: {moeglich}.",
    )
    herkunft = Angaben(
        label="Herkunft",
        angeboten=[(JEDE_HERKUNFT, "Auch Rückblick auf frühere Veranstaltungen und Leitfragen")],
        auch=(Abschnitt.Herkunft.TEILNEHMENDE.value,),
        widget=forms.CheckboxSelectMultiple,
        falsch="„{wert}“ ist keine Herkunft, nach der sich vergleichen lässt. Möglich: {moeglich}.",
    )

    field_order = ["ag", "kategorie", "thema", "q", "herkunft", "auch"]

    def __init__(
        self, bild: Konferenzbild, andere: Sequence[Konferenz], data: "MultiValueDict[str, Any]"
    ) -> None:
        super().__init__(data, auto_id="vergleich-%s")
        self.bild = bild
        self.fields["ag"] = Gruppennummern(
            bild=bild,
            label="Arbeitsgruppen",
            help_text="Ohne Auswahl: alle.",
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["thema"] = forms.ChoiceField(
            label="Thema",
            required=False,
            choices=[("", "alle Themen"), *((thema.slug, thema.titel) for thema in bild.themen)],
            error_messages={"invalid_choice": "Zu diesem Thema ist in der Konferenz nichts gesagt."},
        )
        self.fields["auch"] = Angaben(
            label="Dieselbe Frage in anderen Konferenzen",
            angeboten=[(k.slug, f"{k.titel} ({k.datum.year})") for k in andere],
            widget=forms.CheckboxSelectMultiple,
            falsch="In der Konferenz „{wert}“ wurde keine dieser Fragen gestellt.",
        )
        self.order_fields(self.field_order)
        angeboten = {"ag": len(bild.gruppen) > 1, "thema": bool(bild.themen), "auch": bool(andere)}
        self.helper = self._helper([name for name in self.field_order if angeboten.get(name, True)])

    def clean_q(self) -> Suchausdruck:
        """Read the query; one that has nothing to search for is refused rather than passed over."""
        eingabe: str = self.cleaned_data["q"]
        ausdruck = Suchausdruck.lesen(eingabe, alle_abkuerzungen()) if eingabe else Suchausdruck()
        if eingabe and not ausdruck:
            raise ValidationError(
                "Danach lässt sich nicht suchen: Schreiben Sie mindestens ein Wort, das vorkommen soll."
            )
        return ausdruck

    def eingrenzung(self) -> Eingrenzung:
        """Return what shall be compared."""
        return Eingrenzung(
            gruppen=tuple(int(nummer) for nummer in self.cleaned_data["ag"]),
            kategorien=tuple(self.cleaned_data["kategorie"]),
            thema=self.cleaned_data["thema"],
            suche=self.cleaned_data["q"],
            jede_herkunft=JEDE_HERKUNFT in self.cleaned_data["herkunft"],
        )

    @property
    def beschreibung(self) -> str:
        """What was chosen in words, for example „AG 3 und 6, nur „hakt““; empty without a choice."""
        teile = []
        if nummern := self.cleaned_data["ag"]:
            teile.append(gruppennamen(sorted(map(int, nummern))))
        if kategorien := self.cleaned_data["kategorie"]:
            teile.append(f"nur {aufzaehlung(f'„{Abschnitt.Kategorie(k).label}“' for k in kategorien)}")
        if slug := self.cleaned_data["thema"]:
            teile.append(f"Thema {dict(self.fields['thema'].choices)[slug]}")  # type: ignore[attr-defined]
        if self.cleaned_data["q"]:
            teile.append(f"gesucht: {self.data['q'].strip()}")
        if JEDE_HERKUNFT in self.cleaned_data["herkunft"]:
            teile.append("auch Rückblick und Leitfragen")
        return ", ".join(teile)

    def _helper(self, angeboten: Sequence[str]) -> FormHelper:
        helper = FormHelper()
        helper.form_method = "get"
        helper.form_class = "kd-formular"
        helper.form_error_title = "So lässt sich nicht vergleichen"
        helper.form_action = reverse("vergleich", args=[self.bild.slug])
        helper.layout = Layout(*angeboten, Submit("", "Vergleichen"))
        return helper
