"""The forms of the Übernahme: what is pasted or uploaded, and the preview, in which everything found travels.

Nothing is kept on the server in between, so that a page may lie open for days.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.formsets import formset_factory

from arbeitsgruppen.dateien import groesse_pruefen
from arbeitsgruppen.dateileser.bloecke import Dateifehler
from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe
from arbeitsgruppen.uebernahme import (
    Kopfvorschlag,
    Kopfwahl,
    Lage,
    Ueberholt,
    Vorschlag,
    Wahl,
    Zeilenvorschlag,
    Zeilenwahl,
)
from konferenz.verwaltung import Textfeld

ZEICHEN_HOECHSTENS = 400_000
TEXTZEILEN_HOECHSTENS = 10_000
ZEILEN_HOECHSTENS = 1_000  # rows of a preview
KOEPFE_HOECHSTENS = 200
NEUER_ABSCHNITT = "neu"
UNTERPUNKT = "unterpunkt"
UNVOLLSTAENDIG = "Die Vorschau kam unvollständig an. Lesen Sie den Text oder die Datei noch einmal ein."


ABSCHNITT_FEHLT = {
    "invalid_choice": "Diesen Abschnitt gibt es nicht (mehr). Wählen Sie einen anderen.",
    "required": "Wählen Sie einen Abschnitt.",
}


class Eingabeform(forms.Form):
    """What somebody has: text to paste, a file, or both."""

    text = Textfeld(
        label="Text einfügen",
        required=False,
        strip=False,
        max_length=ZEICHEN_HOECHSTENS,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "aria-describedby": "hilfe-text"}),
        error_messages={
            "max_length": "Der Text hat %(show_value)d Zeichen, höchstens %(limit_value)d sind möglich. "
            "Übernehmen Sie ihn in mehreren Teilen."
        },
    )
    datei = forms.FileField(
        label="oder eine Datei wählen",
        required=False,
        allow_empty_file=True,  # whoever reads it says what is wrong with it
        widget=forms.FileInput(attrs={"aria-describedby": "hilfe-datei"}),
    )

    def clean_text(self) -> str:
        """Refuse a text of too many lines."""
        text = self.cleaned_data["text"]
        if text.count("\n") > TEXTZEILEN_HOECHSTENS:
            raise ValidationError(
                f"Der Text hat mehr als {TEXTZEILEN_HOECHSTENS} Zeilen. Übernehmen Sie ihn in mehreren "
                "Teilen."
            )
        return text

    def clean_datei(self) -> UploadedFile | None:
        """Refuse a file that is too large, before it is read."""
        datei = self.cleaned_data["datei"]
        if datei is not None:
            try:
                groesse_pruefen(datei.size)
            except Dateifehler as fehler:
                raise ValidationError(str(fehler)) from fehler
        return datei

    def clean(self) -> None:
        """Ask for one of the two."""
        super().clean()
        if not self.errors and not self.cleaned_data["text"].strip() and not self.cleaned_data["datei"]:
            self.add_error("text", "Fügen Sie einen Text ein, oder wählen Sie eine Datei.")


# --- what travels -------------------------------------------------------------------------------------


def als_json(vorschlag: Kopfvorschlag | Zeilenvorschlag) -> str:
    """Return a proposal as a text for its hidden field."""
    return json.dumps(astuple(vorschlag), ensure_ascii=False, separators=(",", ":"))


def kopf_aus_json(text: str) -> Kopfvorschlag:
    """Return the proposal. Raise ValueError for anything that `als_json` did not make."""
    try:
        ueberschrift, kategorie, herkunft, abschnitt, fremd = json.loads(text)
        return Kopfvorschlag(
            str(ueberschrift),
            str(kategorie),
            str(herkunft),
            int(abschnitt) if abschnitt else None,
            str(fremd),
        )
    except (TypeError, RecursionError) as fehler:
        raise ValueError("no heading") from fehler


def zeile_aus_json(text: str) -> Zeilenvorschlag:
    """Return the proposal. Raise ValueError for anything that `als_json` did not make."""
    try:
        inhalt, kopf, unterpunkt, neue_seite, art, ort, lage, da, kennung, dort, dort_unter = json.loads(text)
        return Zeilenvorschlag(
            str(inhalt),
            int(kopf),
            bool(unterpunkt),
            bool(neue_seite),
            str(art),
            str(ort),
            Lage(lage),
            max(0, int(da)),
            str(kennung),
            str(dort),
            str(dort_unter),
        )
    except (TypeError, RecursionError) as fehler:
        raise ValueError("no statement") from fehler


class Mitgebracht(forms.CharField):
    """The hidden field of a proposal."""

    widget = forms.HiddenInput

    def __init__(self, lesen: Any, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)
        self.lesen = lesen

    def clean(self, value: Any) -> Any:
        """Return the proposal."""
        try:
            return self.lesen(super().clean(value))
        except ValueError as fehler:
            raise ValidationError(UNVOLLSTAENDIG) from fehler


# --- the rows of the preview --------------------------------------------------------------------------


class Kopfform(forms.Form):
    """A found heading and where its statements go."""

    war = Mitgebracht(kopf_aus_json)
    an = forms.BooleanField(required=False)
    ziel = forms.ChoiceField(label="Abschnitt", error_messages=ABSCHNITT_FEHLT)
    ueberschrift = forms.CharField(label="Überschrift", required=False, max_length=500)
    kategorie = forms.ChoiceField(label="Kategorie", choices=Abschnitt.Kategorie.choices)
    herkunft = forms.ChoiceField(label="Herkunft", choices=Abschnitt.Herkunft.choices)

    def __init__(self, *args: Any, abschnitte: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ziel"].choices = [  # type: ignore[attr-defined]
            (NEUER_ABSCHNITT, "neuer Abschnitt"),
            *((str(pk), ueberschrift) for pk, ueberschrift in abschnitte.items()),
        ]

    @property
    def war_vorschlag(self) -> Kopfvorschlag:
        """Return what was proposed, whether or not it arrived whole."""
        return _gelesen(kopf_aus_json, self["war"].value(), Kopfvorschlag("", "", ""))

    def wahl(self) -> Kopfwahl:
        """Return what was chosen, after it was found valid."""
        daten = self.cleaned_data
        ziel = None if daten["ziel"] == NEUER_ABSCHNITT else int(daten["ziel"])
        return Kopfwahl(ziel, daten["ueberschrift"], daten["kategorie"], daten["herkunft"])


class Zeilenform(forms.Form):
    """A found statement, sub-point or other text, and what to do with it."""

    war = Mitgebracht(zeile_aus_json)
    wahl = forms.ChoiceField(required=False, choices=[(wahl.value, wahl.value) for wahl in Wahl])
    text = Textfeld(required=False, strip=False)
    ziel = forms.ChoiceField(label="Abschnitt", error_messages=ABSCHNITT_FEHLT)

    def __init__(self, *args: Any, ziele: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ziel"].choices = ziele  # type: ignore[attr-defined]
        self.fields["ziel"].widget.attrs["aria-label"] = "wohin"

    @property
    def war_vorschlag(self) -> Zeilenvorschlag:
        """Return what was proposed, whether or not it arrived whole."""
        return _gelesen(zeile_aus_json, self["war"].value(), Zeilenvorschlag("", 0))

    @property
    def anzahl_zeilen(self) -> int:
        """How many lines the text takes about, where the browser can't tell the field itself."""
        text = str(self["text"].value() or "")
        return min(sum(1 + len(zeile) // 80 for zeile in text.split("\n")), 12)

    @property
    def gewaehlt(self) -> str:
        """What is chosen on the page: a box that is not ticked is not sent."""
        return self["wahl"].value() or Wahl.NICHT.value

    def clean(self) -> None:
        """Refuse a statement without text, and a choice that is not offered."""
        super().clean()
        daten = self.cleaned_data
        wahl = daten["wahl"] = Wahl(daten.get("wahl") or Wahl.NICHT)
        if "war" not in daten or wahl == Wahl.NICHT:
            return
        if wahl == Wahl.STATT and not daten["war"].kennung:
            daten["wahl"] = Wahl.NEU
        if "text" in daten and not daten["text"].strip():
            self.add_error(
                "text", "Hier steht nichts mehr. Schreiben Sie etwas, oder schalten Sie die Zeile ab."
            )


def _gelesen(lesen: Any, text: Any, sonst: Any) -> Any:
    try:
        return lesen(str(text or ""))
    except ValueError:
        return sonst


def _vorgabe(zeile: Zeilenvorschlag) -> Wahl:
    """Return what is chosen as long as nobody has chosen anything else."""
    return Wahl.NICHT if zeile.art or zeile.lage == Lage.VORHANDEN else Wahl.NEU


Koepfe: Any = formset_factory(
    Kopfform, extra=0, max_num=KOEPFE_HOECHSTENS, absolute_max=KOEPFE_HOECHSTENS + 2
)
Zeilen: Any = formset_factory(
    Zeilenform, extra=0, max_num=ZEILEN_HOECHSTENS, absolute_max=ZEILEN_HOECHSTENS + 1
)


@dataclass(frozen=True, slots=True)
class Bereich:
    """A heading of the preview with its rows; those that are there already stand apart."""

    nummer: int
    kopf: Kopfform
    zeilen: list[Zeilenform]
    vorhandene: list[Zeilenform]


class Vorschau:
    """The preview: all headings and all rows."""

    def __init__(self, gruppe: Arbeitsgruppe, koepfe: Mapping[str, Any], zeilen: Mapping[str, Any]) -> None:
        """Take the arguments of both formsets: `data` of a request, or `initial`."""
        self.abschnitte = {a.pk: a.ueberschrift for a in gruppe.abschnitte.order_by("position")}
        self.koepfe = Koepfe(prefix="k", form_kwargs={"abschnitte": self.abschnitte}, **koepfe)
        self.zeilen = Zeilen(prefix="z", form_kwargs={"ziele": self.ziele}, **zeilen)

    @classmethod
    def von(cls, gruppe: Arbeitsgruppe, vorschlag: Vorschlag) -> Self:
        """Return the preview of a proposal, with a heading to spare for what fits under none."""
        koepfe = [
            *vorschlag.koepfe,
            Kopfvorschlag("", Abschnitt.Kategorie.WEITERES, Abschnitt.Herkunft.TEILNEHMENDE),
        ]
        return cls(
            gruppe,
            {
                "initial": [
                    {
                        "war": als_json(kopf),
                        "an": not kopf.fremd,
                        "ziel": str(kopf.abschnitt or NEUER_ABSCHNITT),
                        "ueberschrift": kopf.ueberschrift,
                        "kategorie": str(kopf.kategorie),
                        "herkunft": str(kopf.herkunft),
                    }
                    for kopf in koepfe
                ]
            },
            {
                "initial": [
                    {
                        "war": als_json(zeile),
                        "wahl": _vorgabe(zeile).value,
                        "text": zeile.text,
                        "ziel": UNTERPUNKT if zeile.unterpunkt else f"k{zeile.kopf}",
                    }
                    for zeile in vorschlag.zeilen
                ]
            },
        )

    @classmethod
    def aus(cls, gruppe: Arbeitsgruppe, daten: Mapping[str, Any]) -> Self:
        """Return the preview that was sent."""
        return cls(gruppe, {"data": daten}, {"data": daten})

    @property
    def ziele(self) -> list[tuple[str, str]]:
        """Return where a row may go: under the one before, under a found heading, into a stored Abschnitt."""
        return [
            (UNTERPUNKT, "↳ Unterpunkt der vorigen"),
            *((f"k{nummer}", self._name(form)) for nummer, form in enumerate(self.koepfe)),
            *((f"a{pk}", f"{ueberschrift} (vorhanden)") for pk, ueberschrift in self._uebrige_abschnitte()),
        ]

    def _name(self, form: Kopfform) -> str:
        return str(form["ueberschrift"].value() or "weiterer Abschnitt")

    def _uebrige_abschnitte(self) -> list[tuple[int, str]]:
        """Return the stored Abschnitte to which no found heading leads."""
        vergeben = {str(form["ziel"].value()) for form in self.koepfe}
        return [(pk, name) for pk, name in self.abschnitte.items() if str(pk) not in vergeben]

    # --- what was chosen --------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Whether all of it can be stored; else the forms say what is wrong."""
        gueltig = self.koepfe.is_valid() & self.zeilen.is_valid()
        return gueltig and self._koepfe_gueltig()

    def _koepfe_gueltig(self) -> bool:
        gebraucht = {
            form.cleaned_data["ziel"] for form in self.zeilen if form.cleaned_data["wahl"] == Wahl.NEU
        }
        for nummer, form in enumerate(self.koepfe):
            daten = form.cleaned_data
            leer = daten["ziel"] == NEUER_ABSCHNITT and not daten["ueberschrift"]
            if leer and daten["an"] and f"k{nummer}" in gebraucht:
                form.add_error("ueberschrift", "Geben Sie dem Abschnitt eine Überschrift.")
        erste = next(iter(self.zeilen), None)
        if (
            erste is not None
            and f"{erste.cleaned_data['ziel']}" == UNTERPUNKT
            and erste.cleaned_data["wahl"] != Wahl.NICHT
        ):
            erste.add_error("ziel", "Davor steht keine Äußerung. Wählen Sie einen Abschnitt.")
        return not any(form.errors for form in (*self.koepfe, *self.zeilen))

    def wahlen(self) -> list[Zeilenwahl]:
        """Return what was chosen for each row, after it was found valid."""
        return list(self._wahlen())

    def _wahlen(self) -> Iterator[Zeilenwahl]:
        koepfe = [(form.cleaned_data["an"], form.wahl()) for form in self.koepfe]
        for form in self.zeilen:
            daten = form.cleaned_data
            wahl, ziel = daten["wahl"], daten["ziel"]
            if ziel == UNTERPUNKT:
                yield Zeilenwahl(wahl, daten["text"], None, daten["war"])
            elif ziel.startswith("a"):
                yield Zeilenwahl(wahl, daten["text"], int(ziel[1:]), daten["war"])
            else:
                an, kopf = koepfe[int(ziel[1:])]
                yield Zeilenwahl(wahl if an else Wahl.NICHT, daten["text"], kopf, daten["war"])

    def ueberholt(self, gruppe: Arbeitsgruppe, fehler: Ueberholt) -> "Vorschau":
        """Return the preview with what became of the group since, and the messages at their rows."""
        daten = self.zeilen.data.copy()
        for index, jetzt in fehler.jetzt.items():
            war = self.zeilen.forms[index].war_vorschlag
            if jetzt is None:
                war = replace(war, kennung="", dort="", lage=Lage.NEU)
                daten[f"z-{index}-wahl"] = Wahl.NEU.value
            else:
                war = replace(war, dort=jetzt)
            daten[f"z-{index}-war"] = als_json(war)
        vorschau = Vorschau.aus(gruppe, daten)
        vorschau.is_valid()
        for index, meldung in fehler.meldungen.items():
            vorschau.zeilen.forms[index].add_error(None, meldung)
        return vorschau

    # --- what is shown ----------------------------------------------------------------------------

    @property
    def bereiche(self) -> list[Bereich]:
        """Return the found headings with their statements, the one to spare last."""
        bereiche = [Bereich(nummer, form, [], []) for nummer, form in enumerate(self.koepfe)]
        for zeilen in self._eintraege() if bereiche else ():
            kopf = min(max(zeilen[0].war_vorschlag.kopf, 0), len(bereiche) - 1)
            vorhanden = all(f.war_vorschlag.lage == Lage.VORHANDEN and not f.errors for f in zeilen)
            (bereiche[kopf].vorhandene if vorhanden else bereiche[kopf].zeilen).extend(zeilen)
        return bereiche

    def _eintraege(self) -> Iterator[list[Zeilenform]]:
        """Yield each statement with its sub-points."""
        eintrag: list[Zeilenform] = []
        for form in self.zeilen:
            if form.war_vorschlag.art:
                continue
            if eintrag and not form.war_vorschlag.unterpunkt:
                yield eintrag
                eintrag = []
            eintrag.append(form)
        if eintrag:
            yield eintrag

    @property
    def beiwerk(self) -> dict[str, list[Zeilenform]]:
        """Return what was found beside the statements, by its kind."""
        arten: dict[str, list[Zeilenform]] = {}
        for form in self.zeilen:
            if art := form.war_vorschlag.art:
                arten.setdefault(art, []).append(form)
        return arten

    @property
    def anzahlen(self) -> dict[str, int]:
        """Return how many statements are new, similar and there; all the rest is counted apart."""
        vorschlaege = [form.war_vorschlag for form in self.zeilen]
        fremde = {nummer for nummer, form in enumerate(self.koepfe) if form.war_vorschlag.fremd}
        gelesen = [v for v in vorschlaege if not v.art]
        eigene = [v for v in gelesen if v.kopf not in fremde]
        eintraege = [v for v in eigene if not v.unterpunkt]
        return {
            **Counter(v.lage.value for v in eintraege),
            "gefunden": len(eintraege),
            "unterpunkte": len(eigene) - len(eintraege),
            "fremd": len(gelesen) - len(eigene),
            "beiwerk": len(vorschlaege) - len(gelesen),
        }

    @property
    def fehler(self) -> list[tuple[str, str, str]]:
        """Return the mistakes: the id of the field, what it is, and the message."""
        liste = [
            ("", "", meldung)
            for formset in (self.koepfe, self.zeilen)
            for meldung in formset.non_form_errors()
        ]
        for form in (*self.koepfe, *self.zeilen):
            text = str(form["text" if "text" in form.fields else "ueberschrift"].value() or "leer")
            for feld, meldungen in form.errors.items():
                anker = (
                    form[feld].auto_id if feld in ("text", "ueberschrift", "ziel") else f"{form.prefix}-zeile"
                )
                liste += [(anker, text if len(text) < 60 else f"{text[:59]}…", str(m)) for m in meldungen]
        return liste
