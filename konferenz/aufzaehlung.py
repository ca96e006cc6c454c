"""Lists in German sentences."""

from collections.abc import Collection, Iterable


def aufzaehlung(worte: Iterable[str]) -> str:
    """Return the words, of which there has to be one, as a list: „a, b und c“."""
    *vordere, letztes = worte
    return f"{', '.join(vordere)} und {letztes}" if vordere else letztes


def gruppennamen(nummern: Iterable[int]) -> str:
    """Return the numbers of groups in words, for example „AG 1, 3 und 5“."""
    return f"AG {aufzaehlung(map(str, nummern))}"


def der_gruppen(nummern: Collection[int]) -> str:
    """Return whose results a sentence is about: „der AG 3“, „von AG 3 und 5“."""
    return f"{'der' if len(nummern) == 1 else 'von'} {gruppennamen(nummern)}"
