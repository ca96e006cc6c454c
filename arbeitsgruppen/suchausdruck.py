"""What somebody types into the search, read and turned into what has to stand in a folded text.

All words have to occur. A word is found in all its inflections and inside compounds; „several words“ in
quotes as they follow each other; -word must not occur. What is searched for are plain substrings of the
folded text (konferenz/faltung.py), so that both databases and Python find the same.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Self

from django.db.models import Q

from konferenz.faltung import KUERZELZEICHEN, kuerzel, nur_worte

# Taken off the end of a word, the first that fits, where so many letters remain. What would cut a noun
# short („Verein“, „Haus“, „Träger“) is left out: no -n but behind -er and -el, no -er but of the nouns below.
ENDUNGEN = (("en", 4), ("es", 4), ("em", 4), ("e", 4), ("s", 5))
# What is said of who does something: fehlende, Teilnehmenden; but not Wochenende, Jahresende.
PARTIZIP = re.compile(r"(?P<stamm>\w{3,}\w(?<!en)(?<!es))end(?:e[nmrs]?)?")
# The nouns that have a plural in -er: a closed class (Duden, Die Grammatik, § „Pluralbildung“), folded.
MIT_ER_PLURAL = tuple(
    "amt bad band bild blatt brett buch dach dorf fach feld geld glas glied grab gut haus holz kind kleid "  # noqa: SIM905
    "kraut land licht lied loch mann rad rand schild schloss tal tuch volk wald wort geist gehalt gesicht "
    "geschlecht".split()
)
# Endings of adjectives, behind which -er is an inflection.
EIGENSCHAFTEN = ("lich", "ig", "isch", "bar", "los", "sam", "haft", "ell", "iv", "end")
# Up to this length a word stands for itself: „im“ is in every „Zimmer“. One letter more, and it has to
# stand at the beginning or at the end of a word: „Amt“ in „Jugendamt“, „Bus“ in „Buszeiten“.
KURZ = 2
# Words that carry nothing, unless somebody puts them in quotes or searches for nothing else.
FUELLWOERTER = frozenset(
    "aber als am an auch auf aus bei beim bis da das dass dem den der des die durch ein eine einem einen "  # noqa: SIM905
    "einer eines es fur gegen gibt hat haben ich im in ist kann man mehr mit nach nicht noch nur ob oder "
    "sich sie sind so um und uns vom von vor was wegen wenn werden wer wie wir wird wo zu zum zur zwischen "
    "uber unter".split()
)
# No part of a compound is shorter.
KUERZESTES_GLIED = 3
# How many words of one query are looked at, and how many characters of each.
HOECHSTENS = 12
LAENGSTES = 100
UMLAUTE = {"ä": "ae", "ö": "oe", "ü": "ue"}
ANFUEHRUNG = r"\"„“”»«‚‘›‹"
TEILE = re.compile(
    rf"(?P<minus>(?<!\S)-)?"
    rf"(?:[{ANFUEHRUNG}](?P<folge>[^{ANFUEHRUNG}]*)[{ANFUEHRUNG}]|(?P<wort>[^\s{ANFUEHRUNG}]+))"
)

Abkuerzungen = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Begriff:
    """One thing that has to occur, or must not: in any of the spellings `muster` of the folded text."""

    eingabe: str
    muster: tuple[str, ...]
    ausgeschlossen: bool = False
    folge: bool = False
    woertlich: str = ""

    def guete(self, gefaltet: str) -> int:
        """Say how well it occurs in a folded text.

        4 as it was typed, 3 as a word of another form, 2 where a word begins, 1 inside of one, 0 not.
        """
        if self.woertlich and self.woertlich in gefaltet:
            return 4
        return max(
            3 if f" {m.strip()} " in gefaltet else 2 if f" {m.lstrip()}" in gefaltet else int(m in gefaltet)
            for m in self.muster
        )

    def steht_in(self, gefaltet: str) -> bool:
        """Say whether it occurs in a folded text."""
        return any(muster in gefaltet for muster in self.muster)


@dataclass(frozen=True, slots=True)
class Suchausdruck:
    """A whole query; without `begriffe` nothing is searched for."""

    begriffe: tuple[Begriff, ...] = ()

    @classmethod
    def lesen(cls, eingabe: str, abkuerzungen: Abkuerzungen | None = None) -> Self:
        """Read a query. `abkuerzungen` has for a folded word the folded spellings that mean the same."""
        begriffe = []
        for teil in TEILE.finditer(eingabe):
            folge = teil["folge"] is not None
            text = (teil["folge"] if folge else teil["wort"])[:LAENGSTES]
            if muster := (_folge(text) if folge else _wort(text, abkuerzungen or {})):
                woertlich = f" {nur_worte(text)} "
                begriffe.append(Begriff(text.strip(), muster, bool(teil["minus"]), folge, woertlich))
        if any(_traegt(begriff) for begriff in begriffe):
            begriffe = [begriff for begriff in begriffe if _traegt(begriff)]
        return cls(tuple(begriffe[:HOECHSTENS]))

    def __bool__(self) -> bool:
        return any(not begriff.ausgeschlossen for begriff in self.begriffe)

    @property
    def gesuchte(self) -> tuple[Begriff, ...]:
        """What has to occur."""
        return tuple(begriff for begriff in self.begriffe if not begriff.ausgeschlossen)

    def passt(self, gefaltet: str) -> bool:
        """Say whether a folded text has all that is searched for, and nothing that is excluded."""
        return bool(self) and all(b.steht_in(gefaltet) != b.ausgeschlossen for b in self.begriffe)

    def guete(self, gefaltet: str) -> int:
        """Say how well a folded text fits, the higher the better."""
        return sum(begriff.guete(gefaltet) for begriff in self.gesuchte)

    def q(self, *felder: str) -> Q:
        """Return the same as a condition on folded columns; a word may occur in any of them."""
        if not self:
            return Q(pk__in=())
        teile = []
        for begriff in self.begriffe:
            steht = reduce(or_, (Q(**{f"{feld}__contains": m}) for m in begriff.muster for feld in felder))
            teile.append(~steht if begriff.ausgeschlossen else steht)
        return reduce(and_, teile)


def abkuerzungen(gruppen: Iterable[Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return, from lists of spellings that mean the same, for each folded spelling all of its lists.

    Short spellings in capitals come as `kuerzel()` has them: IM is not im.
    """
    tafel: dict[str, tuple[str, ...]] = {}
    for gruppe in gruppen:
        gefaltete = tuple(dict.fromkeys(kuerzel(s) or nur_worte(s) for s in gruppe))
        for eine in gefaltete:
            schluessel = eine.removeprefix(KUERZELZEICHEN)
            tafel[schluessel] = tuple(dict.fromkeys((*tafel.get(schluessel, ()), *gefaltete)))
    return tafel


def getrennt_geschrieben(begriff: Begriff) -> list[tuple[str, str]]:
    """Return where a folded word may be divided into two."""
    worte = nur_worte(begriff.eingabe)
    stellen = range(KUERZESTES_GLIED, len(worte) - KUERZESTES_GLIED + 1)
    return [] if " " in worte else [(worte[:stelle], worte[stelle:]) for stelle in stellen]


def _traegt(begriff: Begriff) -> bool:
    """Say whether a word tells anything about what is searched for. IM does, im doesn't."""
    return begriff.folge or begriff.eingabe.isupper() or nur_worte(begriff.eingabe) not in FUELLWOERTER


def tragende_staemme(text: str) -> tuple[str, ...]:
    """Return the words of a text that carry something, folded and without inflection, in their order."""
    return tuple(_stamm(wort)[0] for wort in nur_worte(text).split() if wort not in FUELLWOERTER)


def _wort(text: str, tafel: Abkuerzungen) -> tuple[str, ...]:
    """Return the substrings by which a word is found."""
    muster: dict[str, None] = {}
    for schreibung in _schreibungen(text):
        worte = nur_worte(schreibung)
        gleiche = tafel.get(worte, ())
        if f"{KUERZELZEICHEN}{worte}" not in gleiche or not text.isupper():
            gleiche = (worte, *gleiche)
        for eine in filter(None, gleiche):
            muster |= dict.fromkeys((f" {eine} ",) if eine.startswith(KUERZELZEICHEN) else _gebeugt(eine))
        if " " in worte:  # Online-Nachhilfe, and as one word
            muster |= dict.fromkeys(_gebeugt(worte.replace(" ", "")))
    return tuple(muster)


def _folge(text: str) -> tuple[str, ...]:
    """Return the substrings by which words are found that follow each other, as they are written."""
    return tuple(dict.fromkeys(f" {worte} " for s in _schreibungen(text) if (worte := nur_worte(s))))


def _schreibungen(text: str) -> tuple[str, ...]:
    """Return a text as it is, with ue for ü, and with ü for ue: folding makes ü a u, but leaves ue."""
    klein = text.casefold()
    lang, kurz = klein, klein
    for umlaut, zwei in UMLAUTE.items():
        lang, kurz = lang.replace(umlaut, zwei), kurz.replace(zwei, umlaut)
    return tuple(dict.fromkeys((klein, lang, kurz)))


def _gebeugt(worte: str) -> tuple[str, ...]:
    """Return the substrings by which a folded word is found inflected; of several words the last is."""
    if len(worte) <= KURZ or worte in FUELLWOERTER:
        return (f" {worte} ",)
    vorn, _, letztes = worte.rpartition(" ")
    formen = _stamm(letztes)
    if vorn:
        return tuple(f" {vorn} {form}" for form in formen)
    if len(worte) == KURZ + 1:
        mehrzahl = (f"{worte}er",) if worte in MIT_ER_PLURAL else ()
        return (f" {worte}", f"{worte} ", *mehrzahl)
    return formen


def _stamm(wort: str) -> tuple[str, ...]:
    """Return what all inflections of a folded word have in common, in most cases one string."""
    if partizip := PARTIZIP.fullmatch(wort):
        return (partizip["stamm"],)
    for endung in ("ern", "er", "es", "s"):
        rest = wort.removesuffix(endung)
        if rest != wort and (
            rest.endswith(MIT_ER_PLURAL) or (endung == "er" and rest.endswith(EIGENSCHAFTEN))
        ):
            return (rest,)
    if wort.endswith(("ern", "eln")):
        return (wort[:-1],)
    for lateinisch, andere in (("um", ("a ", "en ")), ("a", ("um",))):
        if wort.endswith(lateinisch) and len(wort) > 6:
            return (wort, *(wort.removesuffix(lateinisch) + ende for ende in andere))
    for endung, mindestens in ENDUNGEN:
        if wort.endswith(endung) and len(wort) - len(endung) >= mindestens:
            return (wort.removesuffix(endung),)
    return (wort,)
