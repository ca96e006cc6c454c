"""The form of the Erfassung: one field for the statements of each Abschnitt, and what can be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.datastructures import MultiValueDict

from arbeitsgruppen.erfassung import Eingabe, felder_aus
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.schreibweise import Punkt, gelesen, geschrieben, zeilen_von
from arbeitsgruppen.ueberschriften import GRUNDGERUEST
from arbeitsgruppen.zusammenfuehren import Stand
from konferenz.verwaltung import Textfeld

HOECHSTENS_ABSCHNITTE = 200
VORSATZ = "abschnitt"


class Schreibfeld(Textfeld):
    """Statements as they are written (schreibweise.py); the value is a list of them."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the statements. Raise ValidationError that names the lines with a mistake."""
        punkte, fehler = gelesen(super().clean(value))
        if fehler:
            raise ValidationError([str(einer) for einer in fehler])
        return punkte


class AbschnittsfeldForm(forms.Form):
    """One Abschnitt on the page of its group."""

    schluessel = forms.CharField(required=False, widget=forms.HiddenInput)
    vorgeschlagen = forms.CharField(required=False, widget=forms.HiddenInput)
    ueberschrift = forms.CharField(
        label="Überschrift",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"list": "ueberschriften", "autocomplete": "off"}),
    )
    kategorie = forms.ChoiceField(
        label="Kategorie",
        required=False,
        choices=[("", "wie die Überschrift"), *Abschnitt.Kategorie.choices],
    )
    herkunft = forms.ChoiceField(
        label="Herkunft",
        required=False,
        choices=[("", "wie die Überschrift"), *Abschnitt.Herkunft.choices],
    )
    text = Schreibfeld(label="Äußerungen, je Zeile eine")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        feld = self.fields["text"].widget
        feld.attrs |= {
            "rows": min(max(len(zeilen_von(self.geschriebenes)) + 1, 4), 30),
            "aria-describedby": "schreibweise",
            "spellcheck": "true",
            "lang": "de",
        }

    @property
    def geschriebenes(self) -> str:
        """Return what stands in the field, valid or not."""
        return str(self["text"].value() or "")

    @property
    def vorschau(self) -> dict[str, Any]:
        """Return what will be stored of the field, for the template that shows it."""
        return vorschau(self.geschriebenes)

    @property
    def leer(self) -> bool:
        """Whether it is a new Abschnitt in which nobody typed anything, or of which nothing was sent."""
        daten = self.cleaned_data
        return not daten or (
            not daten["schluessel"]
            and not daten.get("text")
            and daten["ueberschrift"] in ("", daten["vorgeschlagen"])
        )

    def clean(self) -> None:
        """Refuse statements without a heading."""
        super().clean()
        daten = self.cleaned_data
        if "ueberschrift" not in daten or daten["ueberschrift"]:
            return
        if daten["schluessel"] or daten.get("text") or "text" in self.errors:
            self.add_error("ueberschrift", "Ein Abschnitt braucht eine Überschrift.")

    def eingabe(self) -> Eingabe:
        """Return what was typed, after it was found valid."""
        daten = self.cleaned_data
        return Eingabe(
            daten["schluessel"], daten["ueberschrift"], daten["kategorie"], daten["herkunft"], daten["text"]
        )


class _Abschnittsfelder(BaseFormSet):
    """All Abschnitte of a group."""

    forms: list[AbschnittsfeldForm]

    def eingaben(self) -> list[Eingabe]:
        """Return what was typed, without new Abschnitte that nobody filled in."""
        return [form.eingabe() for form in self.forms if not form.leer]


Abschnittsfelder: Any = formset_factory(
    AbschnittsfeldForm,
    formset=_Abschnittsfelder,
    extra=0,
    max_num=HOECHSTENS_ABSCHNITTE,
    absolute_max=HOECHSTENS_ABSCHNITTE + 100,
    validate_max=True,
)


@dataclass(frozen=True, slots=True)
class Feld:
    """The raw content of one Abschnitt on the page; nothing of it has been checked."""

    schluessel: str = ""
    vorgeschlagen: str = ""
    ueberschrift: str = ""
    kategorie: str = ""
    herkunft: str = ""
    text: str = ""

    def als_anfangswert(self) -> dict[str, str]:
        """Return it as the initial values of a form."""
        return {name: getattr(self, name) for name in Feld.__slots__}


def felder_von(stand: Stand) -> list[Feld]:
    """Return how a stored state is written; an empty group gets the usual headings to fill in."""
    felder = [
        Feld(f["schluessel"], "", f["ueberschrift"], f["kategorie"], f["herkunft"], geschrieben(f["punkte"]))
        for f in felder_aus(stand)
    ]
    return felder or [Feld(vorgeschlagen=kopf, ueberschrift=kopf) for kopf in GRUNDGERUEST]


def felder_der_anfrage(daten: "MultiValueDict[str, Any] | Mapping[str, Any]") -> list[Feld]:
    """Return what a page sent, as it came."""
    anzahl = str(daten.get(f"{VORSATZ}-TOTAL_FORMS", ""))
    return [
        Feld(**{name: str(daten.get(f"{VORSATZ}-{nummer}-{name}", "")) for name in Feld.__slots__})
        for nummer in range(
            min(int(anzahl), HOECHSTENS_ABSCHNITTE) if anzahl.isascii() and anzahl.isdecimal() else 0
        )
    ]


@dataclass(frozen=True, slots=True)
class Umbau:
    """The Abschnitte after a button was pressed that changes the page, but stores nothing yet."""

    felder: list[Feld]
    meldung: str
    ziel: int = 0  # the Abschnitt to go on with
    fragt: int | None = None  # the Abschnitt whose removal has to be confirmed


def umgebaut(felder: Sequence[Feld], aktion: str, ab: Mapping[str, Any]) -> Umbau:
    """Do what a button says: „neu“, „hoch-2“, „runter-2“, „verbinden-2“, „teilen-2“, „entfernen-2“ (or -ja).

    `ab` are the values of the page: „teilen-ab-2“ is the statement with which the second part begins. An
    unknown button changes nothing.
    """
    felder = list(felder)
    art, _, rest = aktion.partition("-")
    zahl, _, zusatz = rest.partition("-")
    n = int(zahl) if zahl.isascii() and zahl.isdecimal() and len(zahl) < 6 else -1
    if art == "neu":
        if len(felder) >= HOECHSTENS_ABSCHNITTE:
            return Umbau(felder, f"Eine Gruppe hat höchstens {HOECHSTENS_ABSCHNITTE} Abschnitte.")
        return Umbau([*felder, Feld()], "Ein leerer Abschnitt steht jetzt am Ende.", len(felder))
    if not 0 <= n < len(felder):
        return Umbau(felder, "")
    name = f"„{felder[n].ueberschrift or 'Ohne Überschrift'}“"
    if art in ("hoch", "runter"):
        m = max(n - 1, 0) if art == "hoch" else min(n + 1, len(felder) - 1)
        felder[n], felder[m] = felder[m], felder[n]
        return Umbau(felder, f"{name} steht jetzt an Stelle {m + 1}.", m)
    if art == "verbinden" and n > 0:
        davor = felder[n - 1]
        texte = [text for text in (davor.text, felder[n].text) if text.strip()]
        felder[n - 1 : n + 1] = [replace(davor, text="\n".join(texte))]
        return Umbau(felder, f"{name} ist jetzt Teil von „{davor.ueberschrift}“.", n - 1)
    if art == "teilen":
        return _geteilt(felder, n, str(ab.get(f"teilen-ab-{n}", "")))
    if art == "entfernen":
        if felder[n].text.strip() and zusatz != "ja":
            return Umbau(felder, "", n, fragt=n)
        del felder[n]
        return Umbau(felder, f"{name} ist von der Seite genommen.", max(n - 1, 0))
    return Umbau(felder, "")


def _geteilt(felder: list[Feld], n: int, ab: str) -> Umbau:
    punkte, fehler = gelesen(felder[n].text)
    if fehler:
        return Umbau(felder, f"Zum Teilen zuerst berichtigen: {fehler[0]}", n)
    nummer = int(ab) if ab.strip().isdecimal() and len(ab) < 6 else 0
    if not 2 <= nummer <= len(punkte):
        if len(punkte) < 2:
            return Umbau(felder, "Geteilt wird ab einer Nummer; hier steht nur eine Äußerung.", n)
        bis = f" bis {len(punkte)}" if len(punkte) > 2 else ""
        return Umbau(felder, f"Geteilt wird ab einer Nummer: möglich ist hier 2{bis}.", n)
    vorn, hinten = punkte[: nummer - 1], punkte[nummer - 1 :]
    teil = Feld(herkunft=felder[n].herkunft, text=geschrieben(hinten))
    felder[n : n + 1] = [replace(felder[n], text=geschrieben(vorn)), teil]
    return Umbau(felder, "Der zweite Teil braucht noch eine Überschrift.", n + 1)


def vorschau(text: str) -> dict[str, Any]:
    """Return what will be stored of a field: the statements, their numbers, what is wrong, and counts."""
    punkte, fehler = gelesen(text)
    return {
        "punkte": punkte,
        "fehler": fehler,
        "anzahl": len(punkte),
        "unterpunkte": sum(len(punkt.unterpunkte) for punkt in punkte),
        "seiten": sum(punkt.neue_seite for punkt in punkte),
        "zeichen": _mit_aufzaehlungszeichen(punkte),
    }


def _mit_aufzaehlungszeichen(punkte: Sequence[Punkt]) -> bool:
    """Whether lines begin with bullets, as pasted ones do: they would become part of the statements."""
    return any(punkt.text.lstrip()[:1] in "•‣◦▪■●○►➢✓\uf0b7" for punkt in punkte if punkt.text.strip())
