"""Many queries looked for in many texts at once.

Trying some five hundred words of topics one by one takes longer than all the rest of a search; an
Aho–Corasick automaton passes over each text once, whatever the number of words.
"""

from collections import defaultdict
from collections.abc import Sequence

import ahocorasick

from arbeitsgruppen.suchausdruck import Suchausdruck


class Wortsucher:
    """Says of a folded text which of several lists of queries it fits; one query that fits is enough."""

    def __init__(self, listen: Sequence[Sequence[Suchausdruck]]) -> None:
        # Each query stands at the spellings of its first word: without one of them it can't fit. What has
        # only one word needs no second look.
        an = defaultdict[str, list[tuple[int, Suchausdruck | None]]](list)
        for nummer, liste in enumerate(listen):
            for ausdruck in liste:
                for muster in ausdruck.gesuchte[0].muster:
                    an[muster].append((nummer, ausdruck if len(ausdruck.begriffe) > 1 else None))
        self._automat = ahocorasick.Automaton()
        for muster, hier in an.items():
            self._automat.add_word(muster, hier)
        self._automat.make_automaton()

    def passende(self, gefaltet: str) -> set[int]:
        """Return the indices of the lists of which a query fits the folded text."""
        gefunden: set[int] = set()
        if not self._automat:
            return gefunden
        for _, hier in self._automat.iter(gefaltet):
            for nummer, ausdruck in hier:
                if nummer not in gefunden and (ausdruck is None or ausdruck.passt(gefaltet)):
                    gefunden.add(nummer)
        return gefunden
