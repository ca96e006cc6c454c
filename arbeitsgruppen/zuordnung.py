"""Which text of a new list is which of an old one: equal, moved, or corrected."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

# Two texts that share this part of their characters in order are one text, corrected.
AEHNLICH = 0.6
NACHBARN = 12  # how far from its old place a corrected text is looked for in a long run of changes


def zuordnen(alt: Sequence[str], neu: Sequence[str]) -> list[int | None]:
    """Return for each text in `neu` the index of the text in `alt` that it is, or None.

    Equal texts in order come first, then equal texts that moved, then corrected texts: the most
    similar pairs between the same neighbours, at least `AEHNLICH` by difflib's ratio.
    """
    zuordnung: list[int | None] = [None] * len(neu)
    bloecke = SequenceMatcher(None, alt, neu, autojunk=False).get_opcodes()
    for art, a1, a2, b1, _b2 in bloecke:
        if art == "equal":
            for versatz in range(a2 - a1):
                zuordnung[b1 + versatz] = a1 + versatz
    frei = defaultdict[str, list[int]](list)
    vergeben = set(zuordnung)
    for index, text in enumerate(alt):
        if index not in vergeben:
            frei[text].append(index)
    for index, text in enumerate(neu):
        if zuordnung[index] is None and frei[text]:
            zuordnung[index] = frei[text].pop(0)
    vergeben = set(zuordnung)
    for _art, a1, a2, b1, b2 in bloecke:
        alte = [i for i in range(a1, a2) if i not in vergeben]
        neue = [j for j in range(b1, b2) if zuordnung[j] is None]
        for i, j in _aehnliche(alt, neu, alte, neue):
            if i not in vergeben and zuordnung[j] is None:
                zuordnung[j] = i
                vergeben.add(i)
    return zuordnung


def _aehnliche(
    alt: Sequence[str], neu: Sequence[str], alte: list[int], neue: list[int]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of indices whose texts are similar, the most similar first."""
    paare = []
    for stelle, j in enumerate(neue):
        vergleich = SequenceMatcher(None, "", neu[j], autojunk=False)
        # In a long run of changes a text stands near its old place; all pairs would take minutes.
        anfang = max(0, stelle - NACHBARN)
        for platz, i in enumerate(alte[anfang : stelle + NACHBARN], anfang):
            vergleich.set_seq1(alt[i])
            if vergleich.real_quick_ratio() >= AEHNLICH and vergleich.quick_ratio() >= AEHNLICH:
                aehnlichkeit = vergleich.ratio()
                if aehnlichkeit >= AEHNLICH:
                    paare.append((aehnlichkeit, -abs(platz - stelle), i, j))
    yield from ((i, j) for _aehnlichkeit, _naehe, i, j in sorted(paare, reverse=True))


def nur_gleiche(alt: Sequence[str], neu: Sequence[str]) -> list[int | None]:
    """Pair only what is equal."""
    return [
        i if i is not None and alt[i] == text else None
        for i, text in zip(zuordnen(alt, neu), neu, strict=True)
    ]


def gruppen_zuordnen(alt: Sequence[str], neu: Sequence[str]) -> list[int | None]:
    """Pair groups, named „number title“: by number if the titles are alike, by title, then by number."""
    paare: list[int | None] = [None] * len(neu)

    def nach(passt: Callable[[list[str], list[str]], bool]) -> None:
        for j, text in enumerate(neu):
            for i, alter_text in enumerate(alt):
                if (
                    paare[j] is None
                    and i not in paare
                    and passt(alter_text.split(" ", 1), text.split(" ", 1))
                ):
                    paare[j] = i

    nach(lambda a, n: a[0] == n[0] and SequenceMatcher(None, a[1], n[1]).ratio() >= AEHNLICH)
    nach(lambda a, n: a[1] == n[1])
    nach(lambda a, n: a[0] == n[0])
    return paare
