"""Rows before and after a Vorgang, and in words what happened to them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

from simple_history.models import HistoricalRecords

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Moderation
from arbeitsgruppen.zusammenfuehren import in_folge
from konferenz.verlauf import letzte_zeilen
from konferenz.wortunterschied import Art, Stueck, unterschied

# Of a group itself its texts can be taken back; state, number and slot are not what was written down.
GRUPPENTEXTE = ("titel", "fragestellung", "unterfragen")
GRUPPENFELDER = ("nummer", "titel", "fragestellung", "unterfragen", "status")


class Angabe(NamedTuple):
    """Something about a row that changed, in words, and from what to what."""

    name: str
    stuecke: list[Stueck]


@dataclass(frozen=True, slots=True)
class Aenderung:
    """What happened to one row: in words, where, to which text, and what else of it changed.

    `ruecknehmbar`: it is among what can be taken back (see ruecknahme.py).
    """

    was: str
    geschehen: tuple[str, ...]
    ort: str = ""
    kennung: str = ""
    text: Sequence[Stueck] = ()
    angaben: tuple[Angabe, ...] = ()
    ruecknehmbar: bool = True


class Wandel(NamedTuple):
    """A row before and after a Vorgang, None where it was not there; `davor` is always its line before."""

    vor: Any
    nach: Any
    davor: Any

    @property
    def zeile(self) -> Any:
        """The row as it is, or was when it went; None where it came and went in between."""
        return self.nach or self.vor


def wandel_von(folge: Sequence[Any], davor: Any) -> Wandel:
    """Return what became of a row by these lines, given its line before them."""
    vor = davor if davor and davor.history_type != "-" else None
    if davor is None and folge[0].history_type == "-":  # it was there, but nobody wrote down since when
        vor = folge[0]
    return Wandel(vor, None if folge[-1].history_type == "-" else folge[-1], davor)


class Worte:
    """Says in words what happened to rows; looks up once what the words need."""

    def __init__(self, gruppe: Arbeitsgruppe | None, wandel: Iterable[Wandel]) -> None:
        self.gruppe = gruppe
        zeilen = [z for w in wandel for z in (w.vor, w.nach) if z]
        aeusserungen = [z for z in zeilen if z.instance_type is Aeusserung]
        self._koepfe: dict[int, list[Any]] = defaultdict(list)
        koepfe = Abschnitt.history.filter(id__in={z.abschnitt_id for z in aeusserungen})
        for kopf in koepfe.order_by("history_id"):
            self._koepfe[kopf.id].append(kopf)
        oben = {z.uebergeordnet_id for z in aeusserungen} - {None}
        self._oben = {z.id: z for z in letzte_zeilen(Aeusserung.history.filter(id__in=oben))}
        koepfe = [
            *(z for z in zeilen if z.instance_type is Abschnitt),
            *chain.from_iterable(self._koepfe.values()),
        ]
        gruppen = {kopf.arbeitsgruppe_id for kopf in koepfe}
        self._gruppen = Arbeitsgruppe.objects.in_bulk(gruppen)
        self._konten = _konten([z.pk for z in zeilen if z.instance_type is Arbeitsgruppe])

    def aenderungen(self, modell: Any, wandel: Sequence[Wandel]) -> Iterator[Aenderung]:
        """Yield what happened to the rows of one model in one Vorgang, in their order."""
        umgestellt = _umgestellt(modell, wandel)
        beschreiben: Callable[[Wandel, bool], Aenderung | None] = {
            Arbeitsgruppe: self._gruppe,
            Moderation: self._moderation,
            Abschnitt: self._abschnitt,
            Aeusserung: self._aeusserung,
        }[modell]
        for w in sorted(wandel, key=self._platz):
            if w.zeile and (aenderung := beschreiben(w, id(w) in umgestellt)):
                yield aenderung

    def _platz(self, w: Wandel) -> tuple[Any, ...]:
        zeile = w.zeile
        if zeile is None or zeile.instance_type is not Aeusserung:
            return (0, getattr(zeile, "position", 0))
        kopf = self._koepfe[zeile.abschnitt_id][-1:]
        oben = self._oben.get(zeile.uebergeordnet_id)
        return (
            kopf[0].position if kopf else 0,
            oben.position if oben else zeile.position,
            bool(oben),
            zeile.position,
        )

    def _gruppe(self, w: Wandel, _: bool) -> Aenderung | None:
        geschehen = _kam_oder_ging(w)
        angaben = [] if geschehen else [a for feld in GRUPPENFELDER if (a := _angabe(w, feld))]
        if not geschehen and self._konten.get(w.vor.pk) != self._konten.get(w.nach.pk):
            alte, neue = (", ".join(sorted(self._konten.get(z.pk, {}).values())) for z in (w.vor, w.nach))
            angaben.append(Angabe("Konten der Moderation", ersetzt(alte, neue)))
        if not geschehen and not angaben:
            return None
        texte = not geschehen and any(getattr(w.vor, feld) != getattr(w.nach, feld) for feld in GRUPPENTEXTE)
        angabe = Aenderung("Arbeitsgruppe", geschehen or ("geändert",), angaben=tuple(angaben))
        return replace(angabe, ruecknehmbar=texte)

    def _moderation(self, w: Wandel, umgestellt: bool) -> Aenderung | None:
        texte = [", ".join(str(t) for t in (z.person, z.angabe) if t) if z else "" for z in (w.vor, w.nach)]
        geschehen = _kam_oder_ging(w)
        if not geschehen:
            geschehen = (
                *(["geändert"] if texte[0] != texte[1] else []),
                *(["umgestellt"] if umgestellt else []),
            )
        if not geschehen:
            return None
        return Aenderung("Moderation", geschehen, text=unterschied(*texte), ruecknehmbar=False)

    def _abschnitt(self, w: Wandel, umgestellt: bool) -> Aenderung | None:
        texte = [z.ueberschrift if z else "" for z in (w.vor, w.nach)]
        geschehen = _kam_oder_ging(w)
        angaben: list[Angabe] = []
        if not geschehen:
            angaben = [a for feld in ("kategorie", "herkunft") if (a := _angabe(w, feld))]
            if w.vor.arbeitsgruppe_id != w.nach.arbeitsgruppe_id:
                geschehen += ("verschoben",)
                orte = [str(self._gruppen.get(z.arbeitsgruppe_id, "gelöschte AG")) for z in (w.vor, w.nach)]
                angaben.append(Angabe("Arbeitsgruppe", ersetzt(*orte)))
            elif umgestellt:
                geschehen += ("umgestellt",)
            if texte[0] != texte[1]:
                geschehen += ("umbenannt",)
            elif angaben and not geschehen:
                geschehen += ("geändert",)
        return (
            Aenderung("Abschnitt", geschehen, text=unterschied(*texte), angaben=tuple(angaben))
            if geschehen
            else None
        )

    def _aeusserung(self, w: Wandel, umgestellt: bool) -> Aenderung | None:
        geschehen, angaben = _kam_oder_ging(w), []
        if not geschehen:
            angaben = [a for feld in ("neue_seite",) if (a := _angabe(w, feld))]
            orte = [self._ort(z) for z in (w.vor, w.nach)]
            if w.vor.text != w.nach.text or (angaben and not umgestellt):
                geschehen += ("geändert",)
            if orte[0] != orte[1] and _bereich(w.vor) != _bereich(w.nach):
                geschehen += ("verschoben",)
                angaben.append(Angabe("Stelle", ersetzt(*orte)))
            elif umgestellt:
                geschehen += ("umgestellt",)
            if w.vor.text == w.nach.text and w.vor.original is not None and w.nach.original is None:
                geschehen += ("als Erfassungsfehler anerkannt",)
            elif w.nach.original == "" and w.vor.original != "":
                geschehen += ("ursprünglicher Wortlaut gelöscht",)
        if not geschehen:
            return None
        return Aenderung(
            "Unterpunkt" if w.zeile.uebergeordnet_id else "Äußerung",
            geschehen,
            self._ort(w.zeile),
            w.zeile.kennung,
            unterschied(w.vor.text if w.vor else "", w.nach.text if w.nach else ""),
            tuple(angaben),
        )

    def _ort(self, zeile: Any) -> str:
        """Return where a statement stood then: its heading, and above a sub-point its statement."""
        koepfe = self._koepfe[zeile.abschnitt_id]
        damals = [kopf for kopf in koepfe if kopf.history_date <= zeile.history_date] or koepfe[:1]
        ort = f"„{damals[-1].ueberschrift}“" if damals else "gelöschter Abschnitt"
        if damals and self.gruppe and damals[-1].arbeitsgruppe_id != self.gruppe.pk:
            ort = f"{self._gruppen.get(damals[-1].arbeitsgruppe_id, 'gelöschte AG')}, {ort}"
        oben = self._oben.get(zeile.uebergeordnet_id)
        return f"{ort}, unter „{_kurz(oben.text)}“" if oben else ort


def _konten(zeilen: Sequence[int]) -> dict[int, dict[int, str]]:
    """Return which accounts each of these lines of a group names, by the key of the account."""
    konten: dict[int, dict[int, str]] = defaultdict(dict)
    (feld,) = Arbeitsgruppe.history.model._history_m2m_fields
    genannt = HistoricalRecords.m2m_models[feld].objects.filter(history__in=zeilen).select_related("user")
    for eintrag in genannt:
        konten[eintrag.history_id][eintrag.user_id] = str(eintrag.user or "gelöschtes Konto")
    return konten


def _kam_oder_ging(w: Wandel) -> tuple[str, ...]:
    if w.nach is None:
        return ("gelöscht",)
    if w.vor is None and w.davor is not None:
        return ("wiederhergestellt",)
    if w.vor is None and w.nach.history_type == "+":
        return ("neu",)
    return ("erste Aufzeichnung",) if w.vor is None else ()


def _umgestellt(modell: Any, wandel: Sequence[Wandel]) -> set[int]:
    """Return which rows (their id()) stand in another order than before among those that changed."""
    if not hasattr(modell, "position"):
        return set()
    je_bereich: dict[Any, list[Wandel]] = defaultdict(list)
    for w in wandel:
        if w.vor and w.nach and _bereich(w.vor) == _bereich(w.nach):
            je_bereich[_bereich(w.vor)].append(w)
    umgestellt: set[int] = set()
    for liste in je_bereich.values():
        vorher = [str(id(w)) for w in sorted(liste, key=lambda w: w.vor.position)]
        nachher = [str(id(w)) for w in sorted(liste, key=lambda w: w.nach.position)]
        umgestellt |= {int(k) for k in set(nachher).difference(in_folge(vorher, nachher))}
    return umgestellt


def _bereich(zeile: Any) -> tuple[Any, ...]:
    """Return within what the position of a row counts; a sub-point's statement says where it stands."""
    if zeile.instance_type is Aeusserung:
        return (None, zeile.uebergeordnet_id) if zeile.uebergeordnet_id else (zeile.abschnitt_id, None)
    return (zeile.arbeitsgruppe_id,)


def _angabe(w: Wandel, feld: str) -> Angabe | None:
    modellfeld = w.nach.instance_type._meta.get_field(feld)
    alt, neu = getattr(w.vor, feld), getattr(w.nach, feld)
    if alt == neu:
        return None
    if modellfeld.choices or isinstance(alt, bool | int):
        return Angabe(str(modellfeld.verbose_name), ersetzt(_wort(modellfeld, alt), _wort(modellfeld, neu)))
    return Angabe(str(modellfeld.verbose_name), unterschied(str(alt), str(neu)))


def _wort(feld: Any, wert: Any) -> str:
    if isinstance(wert, bool):
        return "ja" if wert else "nein"
    return str(dict(feld.flatchoices).get(wert, wert))


def ersetzt(alt: str, neu: str) -> list[Stueck]:
    """Return that one came in the place of the other, as a whole."""
    return [Stueck(art, text) for art, text in ((Art.WEG, alt), (Art.NEU, neu)) if text]


def _kurz(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
