"""The list of words that occur anywhere, and what somebody may have meant who mistyped one.

The list is kept up by the lines of the histories that came since, so it needs no hook into any way of
writing. Looking through it instead of the texts themselves is what makes this quick.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max, Model, Q
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import partial_ratio

from arbeitsgruppen.models import (
    SUCHWORT_LAENGE,
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Suchwort,
    Suchwortstand,
)
from konferenz.faltung import falten, ganze, stellen
from konferenz.models import Folie, Person, Programmpunkt, Vortrag

QUELLEN: dict[type[Model], tuple[str, ...]] = {
    Aeusserung: ("text",),
    Abschnitt: ("ueberschrift",),
    Arbeitsgruppe: ("titel", "fragestellung", "unterfragen"),
    Programmpunkt: ("titel", "mitwirkende"),
    Vortrag: ("titel",),
    Folie: ("ueberschrift", "text"),
    Person: ("vorname", "nachname", "organisation", "ort"),
}
KUERZESTES_WORT = 3
# Only in words of so many letters a typing error is looked for: shorter ones have too many neighbours.
AB_LAENGE = 6
# Lines of a history get their numbers before they are committed, so some may come late.
RUECKSCHAU = 1000
SCHUB = 5000


@dataclass(frozen=True, slots=True)
class Vorschlag:
    """What may have been meant: the folded letters to look for, and how it is written."""

    gefaltet: str
    schreibung: str


def nachtragen() -> int:
    """Add the words of what was written since the last time, and return how many lines were looked at."""
    gelesen = 0
    staende = dict(Suchwortstand.objects.values_list("modell", "zeile"))
    for modell, felder in QUELLEN.items():
        verlauf: Any = modell.history.model.objects  # type: ignore[attr-defined]
        name = modell._meta.label_lower
        letzte = verlauf.aggregate(letzte=Max("history_id"))["letzte"] or 0
        bisher = staende.get(name, 0)
        if letzte <= bisher:
            continue
        zeilen = verlauf.filter(history_id__gt=bisher - RUECKSCHAU, history_id__lte=letzte).order_by()
        gelesen += _aufnehmen(zeilen.values_list(*felder).iterator(chunk_size=SCHUB))
        Suchwortstand.objects.update_or_create(modell=name, defaults={"zeile": letzte})
    return gelesen


@transaction.atomic
def neu_aufbauen() -> None:
    """Make the list anew from what there is now; so words leave it that were erased."""
    Suchwort.objects.all().delete()
    for modell, felder in QUELLEN.items():
        verlauf: Any = modell.history.model.objects  # type: ignore[attr-defined]
        letzte = verlauf.aggregate(letzte=Max("history_id"))["letzte"] or 0
        zeilen: Any = modell._default_manager.order_by()
        _aufnehmen(zeilen.values_list(*felder).iterator(chunk_size=SCHUB))
        Suchwortstand.objects.update_or_create(modell=modell._meta.label_lower, defaults={"zeile": letzte})


def _aufnehmen(zeilen: Iterable[tuple[str, ...]]) -> int:
    gelesen = 0
    bekannt: set[str] = set()
    neue: dict[str, str] = {}

    def ablegen() -> None:
        Suchwort.objects.bulk_create(
            [Suchwort(wort=wort, schreibung=schreibung) for wort, schreibung in neue.items()],
            ignore_conflicts=True,
            batch_size=1000,
        )
        bekannt.update(neue)
        neue.clear()

    for zeile in zeilen:
        gelesen += 1
        for text in zeile:
            for wort, schreibung in woerter(text):
                if wort not in bekannt:
                    neue.setdefault(wort, schreibung)
        if len(neue) >= SCHUB:
            ablegen()
    ablegen()
    return gelesen


def woerter(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a text that are kept, each folded and as it is written."""
    gefaltet, woher = stellen(text)
    beginn = 0
    for wort in gefaltet.split(" "):
        if KUERZESTES_WORT <= len(wort) <= SUCHWORT_LAENGE:
            yield wort, text[woher[beginn] : woher[beginn + len(wort) - 1] + 1][:SUCHWORT_LAENGE]
        beginn += len(wort) + 1
    for wort, erstes, letztes in ganze(text):
        if KUERZESTES_WORT <= len(wort) <= SUCHWORT_LAENGE:
            yield wort, text[erstes:letztes][:SUCHWORT_LAENGE]


def bekannte(gefaltete: Iterable[str]) -> set[str]:
    """Return those of the folded words that occur somewhere by themselves."""
    return set(Suchwort.objects.filter(wort__in=list(gefaltete)).values_list("wort", flat=True))


def vorschlaege(eingabe: str) -> list[Vorschlag]:
    """Return what may have been meant by a word in which one letter is wrong, missing, too much or swapped.

    That can be a word of the list or, since German joins words, a part of one. The nearest to whole words
    come first. Words of less than six letters get no proposals.
    """
    wort = falten(eingabe).strip()
    if len(wort) < AB_LAENGE or " " in wort:
        return []
    gefunden: dict[str, tuple[int, str]] = {}
    for kandidat, schreibung in _kandidaten(wort):
        if teil := _aehnlichster_teil(wort, kandidat):
            stelle = kandidat.index(teil)
            # A piece of the spelling, where letters were folded one to one.
            stueck = schreibung[stelle : stelle + len(teil)] if len(schreibung) == len(kandidat) else teil
            rest = len(kandidat) - len(teil)
            if teil not in gefunden or rest < gefunden[teil][0]:
                gefunden[teil] = (rest, stueck)
    geordnet = sorted(gefunden.items(), key=lambda eintrag: (eintrag[1][0], eintrag[0]))
    return [Vorschlag(teil, schreibung) for teil, (_, schreibung) in geordnet]


def _kandidaten(wort: str) -> Iterator[tuple[str, str]]:
    """Yield the words of the list that can be meant: one error leaves one half of a word as it is.

    Where it swaps the two letters in the middle, it leaves what is before and behind them.
    """
    mitte = len(wort) // 2
    halbe = Q(wort__contains=wort[:mitte]) | Q(wort__contains=wort[mitte:])
    getauscht = Q(wort__contains=wort[: mitte - 1]) & Q(wort__contains=wort[mitte + 1 :])
    zeilen = Suchwort.objects.filter(halbe | getauscht).order_by().values_list("wort", "schreibung")
    for kandidat, schreibung in zeilen.iterator(chunk_size=SCHUB):
        # An error costs two in the measure of this ratio, of twice the length of the shorter.
        laenge = min(len(wort), len(kandidat))
        if partial_ratio(wort, kandidat, score_cutoff=100 * (1 - 1 / laenge) - 0.1):
            yield kandidat, schreibung


def _aehnlichster_teil(wort: str, kandidat: str) -> str:
    """Return the longest part of a word that is one error away from what was typed; "" if none is."""
    for laenge in (len(wort) + 1, len(wort), len(wort) - 1):
        for beginn in range(len(kandidat) - laenge + 1):
            teil = kandidat[beginn : beginn + laenge]
            if OSA.distance(wort, teil, score_cutoff=1) == 1:
                return teil
    return ""
