"""Forms: what a Heft shall hold, sent as the query string of an address; how long a link holds; comments."""

from collections.abc import Iterable, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from arbeitsgruppen.auswahl import OHNE_VORTRAEGE, Auswahl, Form, GruppeFehlt, ausgewaehlt
from arbeitsgruppen.bild import Konferenzbild
from arbeitsgruppen.models import Abschnitt
from konferenz.entwurfslink import TAGE
from konferenz.verwaltung import Textfeld

HOECHSTENS_GENANNT = 3  # wrong values; an address may hold thousands


def _lesbar(wert: str) -> str:
    """Return a value so that it can stand in a sentence, whatever it holds."""
    kurz = wert if len(wert) <= 30 else f"{wert[:30]}…"
    return "".join(zeichen if zeichen.isprintable() else "\N{REPLACEMENT CHARACTER}" for zeichen in kurz)


def _ist_zahl(wert: str) -> bool:
    return wert.isascii() and wert.isdigit()


def _namen(kategorien: Iterable[str]) -> str:
    return ", ".join(f"„{Abschnitt.Kategorie(kategorie).label}“" for kategorie in kategorien)


def _hat_inhalt(bild: Konferenzbild) -> bool:
    return any(gruppe.abschnitte for gruppe in bild.gruppen)


class Radioknoepfe(forms.RadioSelect):
    """Radio buttons that see every value of an address which repeats their name."""

    value_from_datadict = forms.SelectMultiple.value_from_datadict


class Angaben(forms.MultipleChoiceField):
    """Values that anybody may have typed into an address.

    Empty ones don't count, each counts once, and the error for a wrong one says which are possible.
    `auch` are values that are possible without being offered.
    """

    def __init__(
        self, *, angeboten: Sequence[tuple[str, str]], falsch: str, auch: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        super().__init__(required=False, choices=angeboten, **kwargs)
        self.moeglich = [*auch, *(str(wert) for wert, _ in angeboten)]
        self.falsch = falsch

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show what stands for no value where the address has none."""
        return self.to_python(data) or initial

    def to_python(self, value: Any) -> list[str]:
        """Return the values without blanks and repetitions, in their order."""
        return list(dict.fromkeys(self.gelesen(wert) for wert in value or [] if wert.strip()))

    def gelesen(self, wert: str) -> str:
        """Return a value as it stands among the choices."""
        return wert.strip()

    def validate(self, value: list[str]) -> None:
        """Name the wrong values."""
        falsche = [wert for wert in value if wert not in self.moeglich]
        fehler = [self.fehler(wert) for wert in falsche[:HOECHSTENS_GENANNT]]
        if mehr := len(falsche) - len(fehler):
            fehler.append(f"Dazu {mehr} weitere {'Angabe' if mehr == 1 else 'Angaben'}, die es nicht gibt.")
        if fehler:
            raise ValidationError(fehler)

    def fehler(self, wert: str) -> str:
        """Return what is wrong with a value."""
        return self.falsch.format(wert=_lesbar(wert), moeglich=", ".join(self.moeglich))


class Gruppennummern(Angaben):
    """Numbers of the groups of a conference."""

    def __init__(self, *, bild: Konferenzbild, **kwargs: Any) -> None:
        super().__init__(
            angeboten=[(str(g.nummer), f"AG {g.nummer}: {g.titel}") for g in bild.gruppen],
            falsch="„{wert}“ ist keine Nummer einer AG. Vorhanden: {moeglich}.",
            **kwargs,
        )
        self.bild = bild

    def gelesen(self, wert: str) -> str:
        """Return the number without leading zeros."""
        wert = wert.strip()
        return wert.lstrip("0") or wert if _ist_zahl(wert) else wert

    def fehler(self, wert: str) -> str:
        """Return the same words for a missing group as everywhere."""
        if _ist_zahl(wert) and len(wert) < 10:
            return str(GruppeFehlt.in_konferenz(int(wert), self.bild))
        return super().fehler(wert) if self.moeglich else f"„{_lesbar(wert)}“ ist keine Nummer einer AG."


class HeftForm(forms.Form):
    """What the Heft of a conference, or of its group with this number, shall hold.

    What has no choice is not offered, but the address may say it all the same. Raises GruppeFehlt for a
    number that no group has.
    """

    form = Angaben(
        label="Form",
        angeboten=[
            (Form.FOLIEN, "Folien: Querformat, zum Zeigen und Überfliegen"),
            (Form.BERICHT, "Bericht: A4, zum Lesen und Drucken"),
        ],
        initial=[Form.FOLIEN.value],
        widget=Radioknoepfe,
        falsch="„{wert}“ ist keine Form des Hefts. Möglich: {moeglich}.",
    )
    kategorie = Angaben(
        label="Kategorien",
        help_text="Ohne Auswahl: alle.",
        angeboten=[(wert, name[0].upper() + name[1:]) for wert, name in Abschnitt.Kategorie.choices],
        widget=forms.CheckboxSelectMultiple,
        falsch="Eine Kategorie „{wert}“ gibt es nicht. Möglich: {moeglich}.",
    )
    vortraege = Angaben(
        label="Vorträge",
        angeboten=[(OHNE_VORTRAEGE, "Ohne Vorträge")],
        auch=("ja",),
        widget=forms.CheckboxSelectMultiple,
        falsch="„{wert}“ ist keine Angabe zu den Vorträgen. Möglich: {moeglich}.",
    )

    field_order = ["form", "ag", "kategorie", "vortraege"]

    def __init__(
        self,
        bild: Konferenzbild,
        data: "MultiValueDict[str, Any] | None" = None,
        *,
        nummer: int | None = None,
    ) -> None:
        if nummer is not None and all(gruppe.nummer != nummer for gruppe in bild.gruppen):
            raise GruppeFehlt.in_konferenz(nummer, bild)
        super().__init__(data, auto_id="heft-%s")
        self.bild = bild
        self.nummer = nummer
        angeboten = ["form"]
        if nummer is None:
            self.fields["ag"] = Gruppennummern(
                bild=bild,
                label="Arbeitsgruppen",
                help_text="Ohne Auswahl oder mit allen: die ganze Konferenz. Sonst nur diese Gruppen, "
                "ohne Programm und Vorträge.",
                widget=forms.CheckboxSelectMultiple,
            )
            self.order_fields(self.field_order)
            if len(bild.gruppen) > 1:
                angeboten.append("ag")
        else:
            del self.fields["vortraege"]
        if _hat_inhalt(bild):
            angeboten.append("kategorie")
        if nummer is None and bild.vortraege:
            angeboten.append("vortraege")
        self.helper = self._helper(angeboten)

    def clean_form(self) -> str:
        """Allow one form."""
        werte: list[str] = self.cleaned_data["form"] or [Form.FOLIEN.value]
        if len(werte) > 1:
            raise ValidationError("Ein Heft hat nur eine Form. Bitte entweder Folien oder Bericht wählen.")
        return werte[0]

    def clean_vortraege(self) -> bool:
        """Return whether the talks are in."""
        werte: list[str] = self.cleaned_data["vortraege"]
        if len(werte) > 1:
            raise ValidationError("Vorträge entweder mit „ja“ aufnehmen oder mit „nein“ weglassen.")
        return OHNE_VORTRAEGE not in werte

    def clean(self) -> None:
        """Refuse categories in which nobody said anything, rather than make a Heft without groups."""
        if self.errors:
            return
        auswahl = self.auswahl()
        if auswahl.kategorien and not auswahl.gruppen and not _hat_inhalt(ausgewaehlt(self.bild, auswahl)):
            in_gruppen = {a.kategorie for gruppe in self.bild.gruppen for a in gruppe.abschnitte}
            vorhanden = _namen(k for k in Abschnitt.Kategorie.values if k in in_gruppen) or "noch nichts"
            getan = "freigegeben" if self.bild.zurueckgehaltene else "erfasst"
            self.add_error(
                "kategorie",
                f"Zu {_namen(auswahl.kategorien)} ist in dieser Konferenz nichts {getan}. "
                f"{getan.capitalize()}: {vorhanden}.",
            )

    def auswahl(self) -> Auswahl:
        """Return what was chosen; every group chosen is the same as none."""
        gruppen: tuple[int, ...]
        if self.nummer is not None:
            gruppen = (self.nummer,)
        elif len(self.cleaned_data["ag"]) < len(self.bild.gruppen):
            gruppen = tuple(int(nummer) for nummer in self.cleaned_data["ag"])
        else:
            gruppen = ()
        return Auswahl(
            form=self.cleaned_data["form"],
            gruppen=gruppen,
            kategorien=tuple(self.cleaned_data["kategorie"]),
            vortraege=self.cleaned_data.get("vortraege", True),
        )

    def _helper(self, angeboten: Sequence[str]) -> FormHelper:
        helper = FormHelper()
        helper.form_method = "get"
        helper.form_class = "kd-formular"
        helper.form_error_title = "So lässt sich das Heft nicht erstellen"
        helper.form_action = (
            reverse("heft", args=[self.bild.slug])
            if self.nummer is None
            else reverse("gruppenheft", args=[self.bild.slug, self.nummer])
        )
        helper.layout = Layout(*angeboten, Submit("", "Heft erstellen (PDF)"))
        return helper


class LinkForm(forms.Form):
    """How long a link to a draft shall hold."""

    tage = forms.TypedChoiceField(
        label="Wie lange soll der Link gelten?",
        choices=[(tage, "1 Tag" if tage == 1 else f"{tage} Tage") for tage in TAGE],
        initial=TAGE[1],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Wählen Sie, wie lange der Link gelten soll.",
            "invalid_choice": f"Ein Link gilt {', '.join(map(str, TAGE[:-1]))} oder {TAGE[-1]} Tage.",
        },
    )


class KommentarForm(forms.Form):
    """A remark for the editors."""

    text = Textfeld(
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        error_messages={
            "required": "Schreiben Sie erst etwas.",
            "max_length": "Ein Kommentar hat höchstens 10.000 Zeichen, dieser hat %(show_value)d. "
            "Kürzen Sie ihn bitte, oder teilen Sie ihn auf.",
        },
    )
