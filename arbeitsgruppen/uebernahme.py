"""Taking over what was found: compared with what the group has, stored behind it, nothing of it twice."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from rapidfuzz.distance import Indel

from arbeitsgruppen.erfassung import NichtErlaubt
from arbeitsgruppen.fund import Fund, kopfform
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from konferenz.berechtigungen import darf_erfassen
from konferenz.reihenfolge import sperren
from konferenz.verlauf import vorgang

# From this share of characters in common (Indel) two statements may be the same one, corrected. Of the 462
# statements of the real conference, two pairs within a group that are not reach it; from 0.6 on it were 17.
AEHNLICH = 0.75


class Lage(StrEnum):
    """How a found statement stands to what the group has."""

    NEU = "neu"
    VORHANDEN = "vorhanden"
    AEHNLICH = "aehnlich"


class Wahl(StrEnum):
    """What is to be done with a found statement."""

    NEU = "neu"
    STATT = "statt"
    NICHT = "nicht"


# --- what the group has -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vorhandene:
    """A stored statement with the heading it stands under; `unterpunkte` are the texts of its sub-points."""

    kennung: str
    text: str
    ueberschrift: str
    unterpunkte: tuple[str, ...] = ()


def vergleichsform(text: str) -> str:
    """Return what two texts have in common that are the same statement, but for white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


class Bestand:
    """The statements of a group, each of which can be found once."""

    def __init__(self, vorhandene: Iterable[Vorhandene]):
        self.vorhandene = list(vorhandene)
        self.anzahl = Counter(vergleichsform(v.text) for v in self.vorhandene)
        self._frei: dict[str, list[Vorhandene]] = defaultdict(list)
        for vorhandene_ in self.vorhandene:
            self._frei[vergleichsform(vorhandene_.text)].append(vorhandene_)

    @classmethod
    def von(cls, gruppe: Arbeitsgruppe) -> "Bestand":
        """Return what is stored of a group now."""
        zeilen = (
            Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe)
            .order_by("abschnitt__position", "position")
            .values_list("pk", "kennung", "text", "abschnitt__ueberschrift", "uebergeordnet_id")
        )
        eintraege: list[tuple[int, str, str, str]] = []
        unterpunkte = defaultdict[int, list[str]](list)
        for pk, kennung, text, ueberschrift, oben in zeilen:
            if oben is None:
                eintraege.append((pk, kennung, text, ueberschrift))
            else:
                unterpunkte[oben].append(text)
        return cls(
            Vorhandene(kennung, text, ueberschrift, tuple(unterpunkte[pk]))
            for pk, kennung, text, ueberschrift in eintraege
        )

    def gleiche(self, text: str, ueberschrift: str = "") -> Vorhandene | None:
        """Return an equal statement that was not found yet, one under the same heading first."""
        frei = self._frei.get(vergleichsform(text), [])
        if not frei:
            return None
        gesucht = kopfform(ueberschrift)
        stelle = next((i for i, v in enumerate(frei) if kopfform(v.ueberschrift) == gesucht), 0)
        return frei.pop(stelle)

    def aehnliche(self, texte: Sequence[str]) -> dict[int, Vorhandene]:
        """Return for texts (their index) the statement that each may be, among those not found yet.

        The most similar pairs come first; no statement belongs to two texts.
        """
        frei = [v for vorhandene in self._frei.values() for v in vorhandene]
        gefaltet = [vergleichsform(v.text).casefold() for v in frei]
        paare = []
        for j, text in enumerate(texte):
            neu = vergleichsform(text).casefold()
            for i, alt in enumerate(gefaltet):
                aehnlichkeit = Indel.normalized_similarity(neu, alt, score_cutoff=AEHNLICH)
                if aehnlichkeit >= AEHNLICH:
                    paare.append((-aehnlichkeit, j, i))
        ergebnis: dict[int, Vorhandene] = {}
        vergeben: set[int] = set()
        for _, j, i in sorted(paare):
            if j not in ergebnis and i not in vergeben:
                ergebnis[j] = frei[i]
                vergeben.add(i)
        return ergebnis


# --- the proposal -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kopfvorschlag:
    """A found heading and the Abschnitt (its key) that it belongs to, None for a new one."""

    ueberschrift: str
    kategorie: str
    herkunft: str
    abschnitt: int | None = None
    fremd: str = ""


@dataclass(frozen=True, slots=True)
class Zeilenvorschlag:
    """A found statement, sub-point or text beside them.

    `kopf` is the number of its heading. `da`: so many equal statements the group had. `kennung`, `dort` and
    `dort_unter` name the statement that it is or resembles, with text and heading. `art` is empty for what
    was taken for a statement.
    """

    text: str
    kopf: int
    unterpunkt: bool = False
    neue_seite: bool = False
    art: str = ""
    ort: str = ""
    lage: Lage = Lage.NEU
    da: int = 0
    kennung: str = ""
    dort: str = ""
    dort_unter: str = ""


@dataclass(frozen=True, slots=True)
class Vorschlag:
    """All that was found, with its proposed place."""

    koepfe: tuple[Kopfvorschlag, ...]
    zeilen: tuple[Zeilenvorschlag, ...]
    hinweise: tuple[str, ...] = ()


def vorschlagen(gruppe: Arbeitsgruppe, fund: Fund) -> Vorschlag:
    """Return for everything found what it is to the group: new, there already, or similar to something."""
    bestand = Bestand.von(gruppe)
    abschnitte = {kopfform(a.ueberschrift): a.pk for a in reversed(gruppe.abschnitte.all())}
    koepfe = tuple(
        Kopfvorschlag(
            a.ueberschrift[:500], a.kategorie, a.herkunft, abschnitte.get(kopfform(a.ueberschrift)), a.fremd
        )
        for a in fund.abschnitte
    )
    aeusserungen = [(kopf, x) for kopf, a in enumerate(fund.abschnitte) for x in a.aeusserungen]
    gleiche = [bestand.gleiche(x.text, fund.abschnitte[kopf].ueberschrift) for kopf, x in aeusserungen]
    uebrige = [index for index, gleich in enumerate(gleiche) if gleich is None]
    aehnliche = bestand.aehnliche([aeusserungen[index][1].text for index in uebrige])
    aehnlich = {uebrige[stelle]: v for stelle, v in aehnliche.items()}
    zeilen: list[Zeilenvorschlag] = []
    for index, (kopf, aeusserung) in enumerate(aeusserungen):
        dort = gleiche[index] or aehnlich.get(index)
        lage = Lage.VORHANDEN if gleiche[index] else Lage.AEHNLICH if dort else Lage.NEU
        zeilen.append(
            Zeilenvorschlag(
                aeusserung.text,
                kopf,
                neue_seite=aeusserung.neue_seite,
                lage=lage,
                da=bestand.anzahl[vergleichsform(aeusserung.text)],
                kennung=dort.kennung if dort else "",
                dort=dort.text if dort else "",
                dort_unter=dort.ueberschrift if dort else "",
            )
        )
        zeilen += _unterpunkte(kopf, [u.text for u in aeusserung.unterpunkte], dort)
    letzter = max(len(koepfe) - 1, 0)
    zeilen += (
        Zeilenvorschlag(b.text, min(b.abschnitt or 0, letzter), art=b.art, ort=b.ort) for b in fund.beiwerk
    )
    return Vorschlag(koepfe, tuple(zeilen), fund.hinweise)


def _unterpunkte(kopf: int, texte: Sequence[str], dort: Vorhandene | None) -> Iterator[Zeilenvorschlag]:
    vorhanden = Counter(map(vergleichsform, dort.unterpunkte)) if dort else Counter[str]()
    for text in texte:
        form = vergleichsform(text)
        lage = Lage.VORHANDEN if vorhanden[form] > 0 else Lage.NEU
        vorhanden[form] -= 1
        yield Zeilenvorschlag(text, kopf, unterpunkt=True, lage=lage)


# --- what was chosen ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kopfwahl:
    """An Abschnitt to store into: a stored one by its key, or a new one with this heading."""

    abschnitt: int | None
    ueberschrift: str
    kategorie: str
    herkunft: str


@dataclass(frozen=True, slots=True)
class Zeilenwahl:
    """What to do with a row; `ziel` is a chosen heading, the key of an Abschnitt, or None for a sub-point."""

    wahl: Wahl
    text: str
    ziel: Kopfwahl | int | None
    gefunden: Zeilenvorschlag


@dataclass(slots=True)
class Ergebnis:
    """What was stored."""

    neu: int = 0
    unterpunkte: int = 0
    geaendert: int = 0
    schon_da: int = 0
    abschnitte: list[str] = field(default_factory=list)

    @property
    def etwas(self) -> bool:
        """Whether anything was."""
        return bool(self.neu or self.unterpunkte or self.geaendert)


class Ueberholt(Exception):
    """The group has changed so that rows (by their number) cannot be stored as chosen; nothing was."""

    def __init__(self, meldungen: dict[int, str], jetzt: dict[int, str | None]):
        super().__init__(meldungen)
        self.meldungen = meldungen
        self.jetzt = jetzt  # for a row whose statement was edited its text now, None if it is gone


def uebernehmen(pk: int, konto: User, zeilen: Sequence[Zeilenwahl]) -> Ergebnis:
    """Store the chosen rows behind what the group has, all or nothing, and return what was stored.

    What is there by now is not stored again: of equal statements as many are added as were chosen, less
    those that came since the proposal was made. Raise Ueberholt where that is not possible any more,
    NichtErlaubt where the account may not write the group, Arbeitsgruppe.DoesNotExist where it is gone.
    """
    with vorgang("Übernahme"), transaction.atomic():
        gruppe = Arbeitsgruppe.objects.get(pk=pk)
        sperren(gruppe)
        gruppe.refresh_from_db()
        if not darf_erfassen(konto, gruppe):
            raise NichtErlaubt
        return _Speicherung(gruppe, zeilen).gespeichert()


class _Speicherung:
    """One storing, inside its transaction."""

    def __init__(self, gruppe: Arbeitsgruppe, zeilen: Sequence[Zeilenwahl]):
        self.gruppe, self.zeilen = gruppe, zeilen
        # Locked as well: whoever edits an Abschnitt by itself locks only that.
        self.abschnitte = {a.pk: a for a in gruppe.abschnitte.select_for_update().order_by("pk")}
        self.bestand = Bestand.von(gruppe)
        vorhandene = Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe).select_related("abschnitt")
        self.nach_kennung = {aeusserung.kennung: aeusserung for aeusserung in vorhandene}
        self.positionen: dict[int, int] = {}
        self.unterpunkte: dict[int, Counter[str]] = {}
        self.ergebnis = Ergebnis()

    def gespeichert(self) -> Ergebnis:
        """Store everything."""
        self._pruefen()
        ueberzaehlig = self._ueberzaehlige()
        oben: Aeusserung | None = None
        for index, zeile in enumerate(self.zeilen):
            if zeile.ziel is None:
                if oben is not None and zeile.wahl == Wahl.NEU:
                    self._unterpunkt(oben, zeile.text)
            elif zeile.wahl == Wahl.STATT:
                oben = self._ersetzt(zeile)
            elif zeile.wahl == Wahl.NEU and index not in ueberzaehlig:
                oben = self._angehaengt(zeile, zeile.ziel)
            else:
                # Sub-points may be new to a statement that is there.
                text = zeile.text if index in ueberzaehlig else zeile.gefunden.text
                oben = self._vorhandene(text, zeile.ziel)
                self.ergebnis.schon_da += index in ueberzaehlig
        return self.ergebnis

    def _pruefen(self) -> None:
        meldungen: dict[int, str] = {}
        jetzt: dict[int, str | None] = {}
        ersetzt: set[str] = set()
        for index, zeile in enumerate(self.zeilen):
            if zeile.wahl == Wahl.STATT:
                dort = self.nach_kennung.get(zeile.gefunden.kennung)
                if zeile.gefunden.kennung in ersetzt:
                    meldungen[index] = (
                        "Für diese vorhandene Äußerung haben Sie weiter oben schon einen Text gewählt."
                    )
                elif dort is None:
                    jetzt[index] = None
                    meldungen[index] = (
                        "Die vorhandene Äußerung wurde inzwischen gelöscht. Ihr Text kann nur noch als neue "
                        "Äußerung übernommen werden."
                    )
                elif vergleichsform(dort.text) not in map(vergleichsform, (zeile.gefunden.dort, zeile.text)):
                    jetzt[index] = dort.text
                    meldungen[index] = (
                        "Die vorhandene Äußerung wurde inzwischen geändert und steht jetzt so wie unten "
                        "gezeigt. Wählen Sie noch einmal."
                    )
                ersetzt.add(zeile.gefunden.kennung)
            elif zeile.wahl == Wahl.NEU and zeile.ziel is not None and not self._gibt_es(zeile.ziel):
                meldungen[index] = (
                    "Der Abschnitt, in den diese Äußerung sollte, wurde inzwischen gelöscht. "
                    "Wählen Sie einen anderen."
                )
        if meldungen:
            raise Ueberholt(meldungen, jetzt)

    def _gibt_es(self, ziel: Kopfwahl | int) -> bool:
        pk = ziel.abschnitt if isinstance(ziel, Kopfwahl) else ziel
        return pk is None or pk in self.abschnitte

    def _ueberzaehlige(self) -> set[int]:
        """Return the rows that are there by now, the first of several equal ones."""
        gewaehlt = defaultdict[str, list[int]](list)
        damals = Counter[str]()
        for index, zeile in enumerate(self.zeilen):
            if zeile.wahl == Wahl.NEU and zeile.ziel is not None:
                form = vergleichsform(zeile.text)
                gewaehlt[form].append(index)
                if form == vergleichsform(zeile.gefunden.text):
                    damals[form] = max(damals[form], zeile.gefunden.da)
        return {
            index
            for form, stellen in gewaehlt.items()
            for index in stellen[: max(0, self.bestand.anzahl[form] - damals[form])]
        }

    def _abschnitt(self, ziel: Kopfwahl | int) -> Abschnitt:
        """Return the Abschnitt to store into; a new one only where none has that heading by now."""
        if isinstance(ziel, int):
            return self.abschnitte[ziel]
        if ziel.abschnitt is not None:
            return self.abschnitte[ziel.abschnitt]
        form = kopfform(ziel.ueberschrift)
        for abschnitt in self.abschnitte.values():
            if kopfform(abschnitt.ueberschrift) == form:
                return abschnitt
        letzte = max((a.position for a in self.abschnitte.values()), default=0)
        abschnitt = Abschnitt.objects.create(
            arbeitsgruppe=self.gruppe,
            ueberschrift=ziel.ueberschrift,
            kategorie=ziel.kategorie,
            herkunft=ziel.herkunft,
            position=letzte + 1,
        )
        self.abschnitte[abschnitt.pk] = abschnitt
        self.ergebnis.abschnitte.append(abschnitt.ueberschrift)
        return abschnitt

    def _angehaengt(self, zeile: Zeilenwahl, ziel: Kopfwahl | int) -> Aeusserung:
        abschnitt = self._abschnitt(ziel)
        if abschnitt.pk not in self.positionen:
            eintraege = abschnitt.aeusserungen.eintraege()
            self.positionen[abschnitt.pk] = eintraege.aggregate(letzte=Max("position"))["letzte"] or 0
        self.positionen[abschnitt.pk] += 1
        self.ergebnis.neu += 1
        return Aeusserung.objects.create(
            abschnitt=abschnitt,
            text=zeile.text,
            position=self.positionen[abschnitt.pk],
            neue_seite=zeile.gefunden.neue_seite,
        )

    def _ersetzt(self, zeile: Zeilenwahl) -> Aeusserung:
        """Give a stored statement another wording; it keeps its place and its Kennung."""
        aeusserung = self.nach_kennung[zeile.gefunden.kennung]
        if vergleichsform(aeusserung.text) == vergleichsform(zeile.text):
            self.ergebnis.schon_da += 1
        else:
            aeusserung.umformulieren(zeile.text, self.gruppe)
            aeusserung.save()
            self.ergebnis.geaendert += 1
        return aeusserung

    def _vorhandene(self, text: str, ziel: Kopfwahl | int) -> Aeusserung | None:
        """Return the statement with this text, one under the heading of `ziel` first."""
        if isinstance(ziel, Kopfwahl):
            ueberschrift = ziel.ueberschrift
        else:
            ueberschrift = self.abschnitte[ziel].ueberschrift if ziel in self.abschnitte else ""
        gleiche = self.bestand.gleiche(text, ueberschrift)
        return self.nach_kennung[gleiche.kennung] if gleiche else None

    def _unterpunkt(self, oben: Aeusserung, text: str) -> None:
        """Add a sub-point, unless the statement has it."""
        if oben.pk not in self.unterpunkte:
            self.unterpunkte[oben.pk] = Counter(
                vergleichsform(t) for t in oben.unterpunkte.values_list("text", flat=True)
            )
        form = vergleichsform(text)
        if self.unterpunkte[oben.pk][form] > 0:
            self.unterpunkte[oben.pk][form] -= 1
            self.ergebnis.schon_da += 1
            return
        letzte = oben.unterpunkte.aggregate(letzte=Max("position"))["letzte"] or 0
        Aeusserung.objects.create(
            abschnitt=oben.abschnitt, uebergeordnet=oben, text=text, position=letzte + 1
        )
        self.ergebnis.unterpunkte += 1
