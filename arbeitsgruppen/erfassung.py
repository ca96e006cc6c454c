"""Storing what was typed on the page of a group, so that every statement keeps its Kennung and history."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, neue_kennung
from arbeitsgruppen.schreibweise import Punkt
from arbeitsgruppen.ueberschriften import einordnung
from arbeitsgruppen.wiedererkennen import Alte, Frage, Neue, wiedererkannt
from arbeitsgruppen.zusammenfuehren import (
    Konflikt,
    Kopf,
    Ort,
    Stand,
    Zeile,
    in_folge,
    zusammengefuehrt,
)
from konferenz.berechtigungen import darf_erfassen
from konferenz.reihenfolge import nachruecken, sperren
from konferenz.verlauf import vorgang

# Both databases check unique positions row by row, so rows that change places are parked beyond all others.
PARKPLATZ = 1_000_000


class NichtErlaubt(Exception):
    """The account may not write this group (any more)."""


@dataclass(frozen=True, slots=True)
class Eingabe:
    """An Abschnitt as typed; a new one has no `schluessel`, and empty choices follow the heading."""

    schluessel: str
    ueberschrift: str
    kategorie: str
    herkunft: str
    punkte: Sequence[Punkt]

    @property
    def kopf(self) -> Kopf:
        """Return what is stored of the Abschnitt itself."""
        kategorie, herkunft = einordnung(self.ueberschrift) or (
            Abschnitt.Kategorie.WEITERES.value,
            Abschnitt.Herkunft.TEILNEHMENDE.value,
        )
        return Kopf(self.ueberschrift, self.kategorie or kategorie, self.herkunft or herkunft)


@dataclass(slots=True)
class Ergebnis:
    """What became of an attempt to save: it is stored as soon as there is neither question nor conflict."""

    fragen: list[tuple[Frage, Neue]] = field(default_factory=list)
    konflikte: tuple[Konflikt, ...] = ()
    umfang: Counter[str] = field(default_factory=Counter)  # neu, geaendert, umgestellt, entfernt, abschnitte
    andere_waren_schneller: bool = False
    wiederholt: bool = False

    @property
    def gespeichert(self) -> bool:
        """Whether it was stored."""
        return not self.fragen and not self.konflikte


def stand_von(gruppe: Arbeitsgruppe) -> Stand:
    """Return what a group holds now, in two queries."""
    return _stand(*_zeilen_von(gruppe))


def als_json(stand: Stand) -> str:
    """Return a state as a text for `aus_json`; it travels in the page as what the editing began with."""
    return json.dumps(
        [
            [[k, kopf.ueberschrift, kopf.kategorie, kopf.herkunft] for k, kopf in stand.koepfe.items()],
            [[k, z.text, *z.ort, z.neue_seite] for k, z in stand.zeilen.items()],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def aus_json(text: str) -> Stand:
    """Return the state. Raise ValueError for anything that `als_json` did not make."""
    try:
        koepfe, zeilen = json.loads(text)
        stand = Stand(
            {str(k): Kopf(str(u), str(kategorie), str(herkunft)) for k, u, kategorie, herkunft in koepfe},
            {
                str(k): Zeile(str(t), Ort(str(a), str(e)), bool(neue_seite))
                for k, t, a, e, neue_seite in zeilen
            },
        )
    except (TypeError, RecursionError) as fehler:
        raise ValueError("not a state") from fehler
    for zeile in stand.zeilen.values():
        oben = stand.zeilen.get(zeile.ort.eltern) if zeile.ort.eltern else zeile
        if oben is None or oben.ort.eltern or oben.ort.abschnitt not in stand.koepfe:
            raise ValueError("a line without a place")
    return stand


def eingelesen(
    basis: Stand, eingaben: Sequence[Eingabe], antworten: Mapping[int, str], rest: str = ""
) -> tuple[Stand, list[tuple[Frage, Neue]]]:
    """Return the typed state, whose lines have the keys of those in `basis` that they are, and the questions.

    `antworten` answers questions by their number: a Kennung, or nothing for a new statement. `rest` answers
    all others: „beste“ for the statement that is most alike, „neu“ for new ones.
    """
    schluessel: list[str] = []
    for nummer, eingabe in enumerate(eingaben):
        bekannt = eingabe.schluessel in basis.koepfe and eingabe.schluessel not in schluessel
        schluessel.append(eingabe.schluessel if bekannt else f"neu-{nummer}")
    punkte = [
        (abschnitt, eintrag, punkt)
        for abschnitt, eingabe in zip(schluessel, eingaben, strict=True)
        for eintrag in eingabe.punkte
        for punkt in (eintrag, *eintrag.unterpunkte)
    ]
    alte = [Alte(k, zeile.text, basis.abschnitt_von(k)) for k, zeile in basis.zeilen.items()]
    neue = [Neue(punkt.text, abschnitt) for abschnitt, _, punkt in punkte]
    erkannt, fragen = wiedererkannt(alte, neue, antworten)
    if fragen and rest in ("beste", "neu"):
        antworten = {**antworten, **_nach_regel(fragen, set(antworten.values()), rest)}
        erkannt, fragen = wiedererkannt(alte, neue, antworten)
    stand = Stand({k: eingabe.kopf for k, eingabe in zip(schluessel, eingaben, strict=True)})
    oben = ""
    for nummer, (abschnitt, eintrag, punkt) in enumerate(punkte):
        kennung = erkannt.get(nummer, f"neu-{nummer}")
        if punkt is eintrag:
            oben = kennung
            stand.zeilen[kennung] = Zeile(punkt.text, Ort(abschnitt), punkt.neue_seite)
        else:
            stand.zeilen[kennung] = Zeile(punkt.text, Ort(eltern=oben))
    return stand, [(frage, neue[frage.neue]) for frage in fragen]


def _nach_regel(fragen: Sequence[Frage], vergeben: set[str], rest: str) -> dict[int, str]:
    """Return answers to questions that nobody answered one by one; no statement is given twice."""
    antworten = {}
    for frage in fragen:
        frei = [alte.kennung for alte in frage.moegliche if alte.kennung not in vergeben]
        antworten[frage.neue] = frei[0] if frei and rest == "beste" else ""
        vergeben.add(antworten[frage.neue])
    return antworten


def erfassen(
    gruppe: Arbeitsgruppe,
    konto: User,
    basis: Stand,
    eingaben: Sequence[Eingabe],
    antworten: Mapping[int, str] | None = None,
    entscheidungen: Mapping[str, str] | None = None,
    rest: str = "",
    nummer: UUID | None = None,
) -> Ergebnis:
    """Store what was typed into a group, together with what others have stored since `basis` was shown.

    Nothing is stored as long as there are questions (which line is which statement) or conflicts (both
    changed the same line); they are to be answered by `antworten` and `entscheidungen`. What was stored
    under the same `nummer` before (a form that was sent twice) is not stored again. Raise NichtErlaubt
    where the account may not write the group by now.
    """
    meine, fragen = eingelesen(basis, eingaben, antworten or {}, rest)
    if fragen:
        return Ergebnis(fragen)
    with transaction.atomic(), vorgang("Erfassung", nummer):
        sperren(gruppe)
        gruppe.refresh_from_db(fields=["status"])
        if not darf_erfassen(konto, gruppe):
            raise NichtErlaubt
        if nummer and any(m.history.filter(vorgang=nummer).exists() for m in (Abschnitt, Aeusserung)):
            return Ergebnis(wiederholt=True)
        zeilen = _zeilen_von(gruppe, sperren=True)
        andere = _stand(*zeilen)
        zusammen = zusammengefuehrt(basis, meine, andere, entscheidungen)
        if zusammen.konflikte:
            return Ergebnis(konflikte=zusammen.konflikte)
        umfang = _Schreiber(gruppe, andere, zusammen.stand, *zeilen).schreiben()
        return Ergebnis(umfang=umfang, andere_waren_schneller=andere != basis)


def _zeilen_von(gruppe: Arbeitsgruppe, *, sperren: bool = False) -> tuple[list[Abschnitt], list[Aeusserung]]:
    abschnitte = gruppe.abschnitte.order_by("position")
    aeusserungen = Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe).order_by("position")
    if sperren:  # the plain forms of the administration lock the Abschnitt, not the group
        abschnitte, aeusserungen = abschnitte.select_for_update(), aeusserungen.select_for_update(of=["self"])
    return list(abschnitte), list(aeusserungen)


def _stand(abschnitte: Sequence[Abschnitt], aeusserungen: Sequence[Aeusserung]) -> Stand:
    stand = Stand({str(a.pk): Kopf(a.ueberschrift, a.kategorie, a.herkunft) for a in abschnitte})
    unter: dict[int | None, list[Aeusserung]] = {}
    oben: dict[int, list[Aeusserung]] = {}
    for a in aeusserungen:
        if a.uebergeordnet_id is None:
            oben.setdefault(a.abschnitt_id, []).append(a)
        else:
            unter.setdefault(a.uebergeordnet_id, []).append(a)
    for abschnitt in abschnitte:
        for eintrag in oben.get(abschnitt.pk, []):
            stand.zeilen[eintrag.kennung] = Zeile(eintrag.text, Ort(str(abschnitt.pk)), eintrag.neue_seite)
            for punkt in unter.get(eintrag.pk, []):
                stand.zeilen[punkt.kennung] = Zeile(punkt.text, Ort(eltern=eintrag.kennung))
    return stand


def umschreiben(gruppe: Arbeitsgruppe, stand: Stand) -> Counter[str]:
    """Make a group, which the caller has locked, what `stand` says; return how much that was.

    Lines and Abschnitte of the group that `stand` does not hold are deleted, those with other keys are new.
    """
    zeilen = _zeilen_von(gruppe, sperren=True)
    return _Schreiber(gruppe, _stand(*zeilen), stand, *zeilen).schreiben()


class _Schreiber:
    """Turns the rows of a group into another state."""

    def __init__(
        self,
        gruppe: Arbeitsgruppe,
        alt: Stand,
        neu: Stand,
        abschnitte: Sequence[Abschnitt],
        aeusserungen: Sequence[Aeusserung],
    ) -> None:
        self.gruppe, self.alt, self.neu = gruppe, alt, neu
        self.abschnitte = {str(a.pk): a for a in abschnitte}
        self.zeilen = {a.kennung: a for a in aeusserungen}
        self.umfang: Counter[str] = Counter()

    def schreiben(self) -> Counter[str]:
        """Write what differs, every change with its line in the history; return how much that was."""
        gehende_koepfe = [self.abschnitte[k] for k in self.alt.koepfe if k not in self.neu.koepfe]
        self._koepfe()
        self._aeusserungen()
        for abschnitt in gehende_koepfe:
            abschnitt.delete()
        return self.umfang

    def _koepfe(self) -> None:
        geparkt = list(self.alt.koepfe) != list(self.neu.koepfe)
        if geparkt:
            self.gruppe.abschnitte.update(position=F("position") + PARKPLATZ)
        bewegt = set(self.neu.koepfe).difference(in_folge(list(self.alt.koepfe), list(self.neu.koepfe)))
        nachgerueckt = []
        for position, (schluessel, kopf) in enumerate(self.neu.koepfe.items(), 1):
            abschnitt = self.abschnitte.setdefault(schluessel, Abschnitt(arbeitsgruppe=self.gruppe))
            abschnitt.position = position if geparkt else abschnitt.position
            if kopf != self.alt.koepfe.get(schluessel) or schluessel in bewegt:
                abschnitt.ueberschrift, abschnitt.kategorie = kopf.ueberschrift, kopf.kategorie
                abschnitt.herkunft = kopf.herkunft
                abschnitt.save()
                self.umfang["abschnitte"] += 1
            elif geparkt:
                nachgerueckt.append(abschnitt)
        nachruecken(nachgerueckt)

    def _aeusserungen(self) -> None:
        alte_folgen, neue_folgen = self.alt.folgen(), self.neu.folgen()
        geparkt = alte_folgen != neue_folgen
        stellen = {k: stelle for folge in neue_folgen.values() for stelle, k in enumerate(folge, 1)}
        bewegt = set(
            chain.from_iterable(
                set(folge).difference(in_folge(alte_folgen.get(ort, []), folge))
                for ort, folge in neue_folgen.items()
            )
        )
        if geparkt:
            zeilen = Aeusserung.objects.filter(abschnitt__arbeitsgruppe=self.gruppe)
            zeilen.update(position=F("position") + PARKPLATZ)
            self._loesen()
            self._entfernen()
        nachgerueckt = []
        # Statements before sub-points: these can only stand under one that stands already.
        for schluessel in sorted(self.neu.zeilen, key=lambda k: bool(self.neu.zeilen[k].ort.eltern)):
            zeile = self.zeilen.setdefault(schluessel, Aeusserung(kennung=""))
            if geparkt:
                zeile.position = stellen[schluessel]
            if schluessel in bewegt or self._anders(schluessel):
                self._sichern(schluessel)
            elif geparkt:
                nachgerueckt.append(zeile)
        nachruecken(nachgerueckt)

    def _loesen(self) -> None:
        """Take those from their statements that stay but stand elsewhere, or whose statement does."""
        geloest: list[Aeusserung] = []
        for schluessel in self.neu.zeilen:
            if (eltern := getattr(self.alt.zeilen.get(schluessel), "ort", Ort()).eltern) and (
                self.neu.zeilen[schluessel].ort.eltern != eltern
                or self.neu.zeilen[eltern].ort != self.alt.zeilen[eltern].ort
            ):
                self.zeilen[schluessel].uebergeordnet = None
                self.zeilen[schluessel].position = 2 * PARKPLATZ + len(geloest)
                geloest.append(self.zeilen[schluessel])
        Aeusserung.objects.bulk_update(geloest, ["uebergeordnet", "position"], batch_size=500)

    def _entfernen(self) -> None:
        gehende = [k for k in self.alt.zeilen if k not in self.neu.zeilen]
        for schluessel in sorted(gehende, key=lambda k: not self.alt.zeilen[k].ort.eltern):
            self.zeilen[schluessel].delete()
        self.umfang["entfernt"] += len(gehende)

    def _anders(self, schluessel: str) -> bool:
        return (
            self.alt.zeilen.get(schluessel) != self.neu.zeilen[schluessel]
            or self._abschnitt(schluessel).pk != self.zeilen[schluessel].abschnitt_id
        )

    def _abschnitt(self, schluessel: str) -> Abschnitt:
        return self.abschnitte[self.neu.abschnitt_von(schluessel)]

    def _sichern(self, schluessel: str) -> None:
        zeile, soll = self.zeilen[schluessel], self.neu.zeilen[schluessel]
        if zeile._state.adding:
            zeile.kennung, zeile.text = self._freie_kennung(schluessel), soll.text
            self.umfang["neu"] += 1
        elif zeile.text != soll.text:
            zeile.umformulieren(soll.text, self.gruppe)
            self.umfang["geaendert"] += 1
        else:
            self.umfang["umgestellt"] += 1
        zeile.abschnitt, zeile.neue_seite = self._abschnitt(schluessel), soll.neue_seite
        zeile.uebergeordnet = self.zeilen[soll.ort.eltern] if soll.ort.eltern else None
        zeile.save()

    def _freie_kennung(self, schluessel: str) -> str:
        """Return a new Kennung, or the old one of a statement that was deleted here and comes back."""
        frueher = Aeusserung.history.filter(
            kennung=schluessel,
            abschnitt_id__in=Abschnitt.history.filter(arbeitsgruppe_id=self.gruppe.pk).values("id"),
        )
        if frueher.exists() and not Aeusserung.objects.filter(kennung=schluessel).exists():
            return schluessel
        return neue_kennung()


def felder_aus(stand: Stand) -> list[dict[str, Any]]:
    """Return for each Abschnitt of a state its key, heading, choices and statements."""
    folgen = stand.folgen()

    def punkt(schluessel: str) -> Punkt:
        zeile = stand.zeilen[schluessel]
        return Punkt(zeile.text, zeile.neue_seite, list(map(punkt, folgen.get(Ort(eltern=schluessel), []))))

    return [
        {
            "schluessel": schluessel,
            "ueberschrift": kopf.ueberschrift,
            "kategorie": kopf.kategorie,
            "herkunft": kopf.herkunft,
            "punkte": list(map(punkt, folgen.get(Ort(schluessel), []))),
        }
        for schluessel, kopf in stand.koepfe.items()
    ]
