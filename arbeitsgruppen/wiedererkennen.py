"""Which line of a text that somebody edited is which statement, so that it keeps its Kennung.

What is equal and stands in the same order comes first, then what is equal and has moved, then what was
corrected in its place, then what was corrected and moved. Where two answers are about as good, nothing is
guessed: it becomes a question.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz.distance import Indel

# Shares of the characters that two texts have in common in order (Indel: 2 · common / both lengths).
GEAENDERT = 0.6  # from here on a line in the place of another is that one, corrected
FRAGLICH = 0.4  # from here on it may be
ANDERSWO = 0.85  # what stands elsewhere has to be more alike
ENTHALTEN = 5  # so many characters of a line tell it where it stands inside a longer one at its place
KLAR_BESSER = 0.1  # by so much the best answer has to be better than the next
# Comparing all with all takes seconds from here on; then only lines that stand near each other are compared.
VERGLEICHE = 250_000
NACHBARN = 50


@dataclass(frozen=True, slots=True)
class Alte:
    """A stored statement or sub-point, and the key of the Abschnitt in which it stands."""

    kennung: str
    text: str
    abschnitt: str


@dataclass(frozen=True, slots=True)
class Neue:
    """A line as it is typed now."""

    text: str
    abschnitt: str


@dataclass(frozen=True, slots=True)
class Frage:
    """A line (its index) that may be one of these statements (the best first), or a new one."""

    neue: int
    moegliche: tuple[Alte, ...]


def wiedererkannt(
    alte: Sequence[Alte], neue: Sequence[Neue], antworten: Mapping[int, str]
) -> tuple[dict[int, str], list[Frage]]:
    """Return which new line (its index) is which statement (its Kennung), and what has to be asked.

    `antworten` says for lines that were asked about: the Kennung, or nothing for a new statement. A line
    that is in neither part of the result is new.
    """
    suche = _Suche(alte, neue, antworten)
    suche.gleiche_in_folge()
    suche.gleiche_anderswo()
    suche.geaenderte()
    return {j: alte[i].kennung for j, i in suche.paare.items()}, suche.fragen


Vergleich = Callable[[int, int, float], float]


class _Suche:
    """One search: `paare` leads from the index of a new line to that of the old one."""

    def __init__(self, alte: Sequence[Alte], neue: Sequence[Neue], antworten: Mapping[int, str]) -> None:
        self.alte, self.neue = alte, neue
        self.paare: dict[int, int] = {}
        self.fragen: list[Frage] = []
        self.luecken: list[tuple[list[int], list[int]]] = []
        self.frei_alt = set(range(len(alte)))
        self.frei_neu = set(range(len(neue)))
        stelle = {zeile.kennung: i for i, zeile in enumerate(alte)}
        for j, kennung in antworten.items():
            if kennung and stelle.get(kennung) in self.frei_alt:
                self._paaren(stelle[kennung], j)
            self.frei_neu.discard(j)

    def _paaren(self, i: int, j: int) -> None:
        self.paare[j] = i
        self.frei_alt.discard(i)
        self.frei_neu.discard(j)

    def gleiche_in_folge(self) -> None:
        """Pair what is equal and in order inside one Abschnitt; note the gaps in between."""
        for abschnitt in dict.fromkeys(zeile.abschnitt for zeile in self.neue):
            links = [i for i in sorted(self.frei_alt) if self.alte[i].abschnitt == abschnitt]
            rechts = [j for j in sorted(self.frei_neu) if self.neue[j].abschnitt == abschnitt]
            vergleich = SequenceMatcher(
                None, [self.alte[i].text for i in links], [self.neue[j].text for j in rechts], autojunk=False
            )
            for art, a1, a2, b1, b2 in vergleich.get_opcodes():
                if art == "equal":
                    for i, j in zip(links[a1:a2], rechts[b1:b2], strict=True):
                        self._paaren(i, j)
                elif art == "replace":
                    self.luecken.append((links[a1:a2], rechts[b1:b2]))

    def gleiche_anderswo(self) -> None:
        """Pair what is equal and has moved; which of several equal ones went is a question."""
        je_text: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for i in sorted(self.frei_alt):
            je_text[self.alte[i].text][0].append(i)
        for j in sorted(self.frei_neu):
            je_text[self.neue[j].text][1].append(j)
        for links, rechts in je_text.values():
            for j in list(rechts):  # where it stood before it is no question
                hier = [i for i in links if self.alte[i].abschnitt == self.neue[j].abschnitt]
                if hier:
                    self._paaren(hier[0], j)
                    links.remove(hier[0])
                    rechts.remove(j)
            if len(links) == len(rechts):
                for i, j in zip(links, rechts, strict=True):
                    self._paaren(i, j)
            elif links and rechts:
                self._fragen(rechts, dict.fromkeys(rechts, links))

    def geaenderte(self) -> None:
        """Pair what was corrected: in its place first, then elsewhere."""
        for links, rechts in self.luecken:
            links = [i for i in links if i in self.frei_alt]
            rechts = [j for j in rechts if j in self.frei_neu]
            if len(links) == len(rechts) and all(
                self._aehnlich_hier(i, j) >= GEAENDERT for i, j in zip(links, rechts, strict=True)
            ):
                for i, j in zip(links, rechts, strict=True):
                    self._paaren(i, j)
            else:
                self._aehnliche(links, rechts, GEAENDERT, FRAGLICH, self._aehnlich_hier)
        self._aehnliche(sorted(self.frei_alt), sorted(self.frei_neu), ANDERSWO, ANDERSWO, self._aehnlich)

    def _aehnlich(self, i: int, j: int, ab: float = 0.0) -> float:
        alt, neu = self.alte[i].text.casefold(), self.neue[j].text.casefold()
        return Indel.normalized_similarity(alt, neu, score_cutoff=ab)

    def _aehnlich_hier(self, i: int, j: int, ab: float = 0.0) -> float:
        """Compare two lines at the same place: one that was only made longer or shorter is the same."""
        wert = self._aehnlich(i, j, ab)
        kurz, lang = sorted((self.alte[i].text.casefold(), self.neue[j].text.casefold()), key=len)
        return max(wert, GEAENDERT) if len(kurz) >= ENTHALTEN and kurz in lang else wert

    def _aehnliche(
        self, links: list[int], rechts: list[int], ab: float, fraglich_ab: float, vergleich: Vergleich
    ) -> None:
        """Pair those that are alike and for which there is no other answer nearly as good; ask for others."""
        eng = len(links) * len(rechts) > VERGLEICHE
        werte = {
            (i, j): wert
            for stelle, j in enumerate(rechts)
            for platz, i in enumerate(links)
            if (not eng or abs(stelle - platz) <= NACHBARN) and (wert := vergleich(i, j, fraglich_ab)) > 0
        }
        while klare := _klare(werte, ab):
            for i, j in klare:
                self._paaren(i, j)
            werte = {p: w for p, w in werte.items() if p[0] in self.frei_alt and p[1] in self.frei_neu}
        offene = defaultdict[int, list[int]](list)
        for i, j in sorted(werte, key=lambda paar: -werte[paar]):
            offene[j].append(i)
        self._fragen(sorted(offene), offene)

    def _fragen(self, neue: Iterable[int], moegliche: Mapping[int, Sequence[int]]) -> None:
        for j in neue:
            self.fragen.append(Frage(j, tuple(self.alte[i] for i in moegliche[j])))
            self.frei_neu.discard(j)
        # What may still be the answer to a question is not given to another line.
        self.frei_alt -= {i for j in neue for i in moegliche[j]}


def _klare(werte: Mapping[tuple[int, int], float], ab: float) -> list[tuple[int, int]]:
    """Return the pairs that are alike enough and clearly better than every other pair of either line."""
    beste_je_alt, beste_je_neu = defaultdict[int, list[float]](list), defaultdict[int, list[float]](list)
    for (i, j), wert in werte.items():
        beste_je_alt[i].append(wert)
        beste_je_neu[j].append(wert)

    def klar(wert: float, andere: list[float]) -> bool:
        return sum(w > wert - KLAR_BESSER for w in andere) == 1

    return [
        (i, j)
        for (i, j), wert in werte.items()
        if wert >= ab and klar(wert, beste_je_alt[i]) and klar(wert, beste_je_neu[j])
    ]
