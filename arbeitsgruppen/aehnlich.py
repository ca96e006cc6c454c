"""Statements that say the same as others: suggested to readers, never merged.

Two statements are the same when their folded words are. They are alike when the words that carry something,
without their inflections and in any order, are alike as a whole, or when one has all the words of the other.
How alike is measured by RapidFuzz; how the limits were chosen: docs/entscheidungen/0020.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, product
from operator import attrgetter

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Prefix

from arbeitsgruppen.bild import Gruppenbild
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from arbeitsgruppen.suchausdruck import tragende_staemme
from konferenz.faltung import nur_worte

# From here on the sorted words of two statements are alike (fuzz.ratio, of 100).
AEHNLICH = 70
# And what only one of them has is like what only the other has: not „gute Kontakte zum Jobcenter“ and „… zur
# Schule“.
UNTERSCHIED = 50
# Single words are like single words, by how they begin (of 1): „Kita“ and „Kitas“, not „Kasse“ and „Klasse“.
WORTANFANG = 0.8
# So many words a statement has to have for another that has them all to be like it.
ENTHALTEN = 3
# Who says that something isn't does not say the same as who says that it is.
VERNEINUNGEN = ("nicht", "kein", "ohne", "kaum", "wenig")


@dataclass(frozen=True, slots=True)
class Stelle:
    """Where a statement stands: in the group of this number of a conference.

    `jahr` tells its conference from others, as in `vergleich.Spalte`; empty where all are of one.
    """

    konferenz: str
    gruppe: int
    kennung: str
    text: str
    jahr: str = ""


@dataclass(frozen=True, slots=True)
class Entsprechung:
    """Where a statement is said again: `gleich`, or in other words."""

    stelle: Stelle
    gleich: bool


def stellen(konferenz: str, gruppen: Iterable[Gruppenbild], jahr: str = "") -> list[Stelle]:
    """Return the statements of groups of a conference (slug), without their sub-points."""
    return [
        Stelle(konferenz, gruppe.nummer, a.kennung, a.text, jahr)
        for gruppe in gruppen
        for abschnitt in gruppe.abschnitte
        for a in abschnitt.aeusserungen
    ]


def stellen_anderer(gruppe: Arbeitsgruppe, *, alles: bool) -> list[Stelle]:
    """Return what the other groups of its conference said, in one query: what is public, or `alles`."""
    aeusserungen = (
        Aeusserung.objects.eintraege() if alles else Aeusserung.objects.eintraege().veroeffentlicht()
    )
    return [
        Stelle(gruppe.konferenz.slug, *werte)
        for werte in aeusserungen.filter(abschnitt__arbeitsgruppe__konferenz=gruppe.konferenz_id)
        .exclude(abschnitt__arbeitsgruppe=gruppe)
        .order_by("abschnitt__arbeitsgruppe__nummer", "abschnitt__position", "position")
        .values_list("abschnitt__arbeitsgruppe__nummer", "kennung", "text")
    ]


def entsprechungen(stellen: Iterable[Stelle]) -> dict[str, tuple[Entsprechung, ...]]:
    """Return for each Kennung where else its statement is said, equal ones first, then by group.

    Those of a group are given in their order.
    """
    # In the same order whatever page asks, so that all pages of a conference share the pairs.
    alle = sorted(stellen, key=attrgetter("gruppe"))
    gefunden = defaultdict[int, list[tuple[bool, int]]](list)
    for eine, andere, gleich in _paare(tuple(stelle.text for stelle in alle)):
        gefunden[eine].append((not gleich, andere))
        gefunden[andere].append((not gleich, eine))
    return {
        alle[index].kennung: tuple(
            Entsprechung(alle[andere], not anders) for anders, andere in sorted(weitere)
        )
        for index, weitere in gefunden.items()
    }


@lru_cache(maxsize=8)
def _paare(texte: tuple[str, ...]) -> tuple[tuple[int, int, bool], ...]:
    """Return the pairs of equal (True) and of similar texts by their indexes; kept until a text changes."""
    nach_worten = defaultdict[str, list[int]](list)
    for index, text in enumerate(texte):
        nach_worten[nur_worte(text)].append(index)
    nach_worten.pop("", None)
    gleiche = ((a, b, True) for stellen in nach_worten.values() for a, b in combinations(stellen, 2))
    aehnliche = (
        (a, b, False)
        for eine, andere in _aehnliche(nach_worten)
        for a, b in product(nach_worten[eine], nach_worten[andere])
    )
    return (*gleiche, *aehnliche)


def _aehnliche(texte: Iterable[str]) -> set[tuple[str, str]]:
    """Return the pairs of similar ones among different folded texts, each pair once."""
    nach_kern = defaultdict[str, list[str]](list)
    for text in texte:
        nach_kern[_kern(text)].append(text)
    nach_kern.pop("", None)
    kerne = sorted(nach_kern, key=len)
    paare = chain(((kern, kern) for kern in kerne), _aehnliche_kerne(kerne), _enthaltene_kerne(kerne))
    return {
        (min(a, b), max(a, b))
        for eine, andere in paare
        for a, b in product(nach_kern[eine], nach_kern[andere])
        if a != b and _verneint(a) == _verneint(b)
    }


def _kern(text: str) -> str:
    """Return what a statement is about: its words without fillers and inflections, sorted."""
    return " ".join(sorted(s for s in tragende_staemme(text) if not s.startswith(VERNEINUNGEN)))


def _verneint(text: str) -> bool:
    return any(wort.startswith(VERNEINUNGEN) for wort in text.split())


def _aehnliche_kerne(kerne: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs that are alike as a whole; `kerne` are sorted by their length."""
    laengen = [len(kern) for kern in kerne]
    for index, kern in enumerate(kerne):
        # What is longer than this has too little in common: the ratio is 2 · common / both lengths.
        ende = bisect_right(laengen, len(kern) * (200 - AEHNLICH) / AEHNLICH)
        weitere = kerne[index + 1 : ende]
        for anderer, _, _ in process.extract(
            kern, weitere, scorer=fuzz.ratio, score_cutoff=AEHNLICH, limit=None
        ):
            if _auch_im_unterschied(kern, anderer):
                yield kern, anderer


def _auch_im_unterschied(eine: str, andere: str) -> bool:
    """Say whether the words that only one of two has are alike, too, or only one of them has any."""
    worte, weitere = set(eine.split()), set(andere.split())
    nur_hier, nur_da = " ".join(sorted(worte - weitere)), " ".join(sorted(weitere - worte))
    if 1 in (len(worte), len(weitere)):
        return Prefix.normalized_similarity(eine, andere) >= WORTANFANG
    return not nur_hier or not nur_da or fuzz.ratio(nur_hier, nur_da) >= UNTERSCHIED


def _enthaltene_kerne(kerne: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of which one has all words of the other (fuzz.token_set_ratio would be 100)."""
    mit_wort = defaultdict[str, set[str]](set)
    for kern in kerne:
        for wort in kern.split():
            mit_wort[wort].add(kern)
    for kern in kerne:
        if len(worte := set(kern.split())) >= ENTHALTEN:
            mit_allen = set.intersection(*(mit_wort[wort] for wort in worte))
            yield from ((kern, anderer) for anderer in mit_allen - {kern})
