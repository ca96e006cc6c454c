"""Topics: which statements belong to which, by the words of the topic and by what people decided.

Proposals are not stored; they follow from the words whenever they are asked for. A decision stands above
them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Self

from django.db.models import Count, Exists, OuterRef, Q

from arbeitsgruppen.models import Abkuerzung, Aeusserung, AeusserungQuerySet, Thema, Themenentscheidung
from arbeitsgruppen.suchausdruck import Abkuerzungen, Suchausdruck, abkuerzungen
from arbeitsgruppen.wortsucher import Wortsucher


def alle_abkuerzungen() -> Abkuerzungen:
    """Return the spellings that mean the same, as organisers keep them, in one query."""
    return abkuerzungen(abkuerzung.liste for abkuerzung in Abkuerzung.objects.all())


@dataclass(frozen=True, slots=True)
class Themenkatalog:
    """All topics in their order, each with its words read as queries."""

    themen: tuple[tuple[Thema, tuple[Suchausdruck, ...]], ...]
    sucher: Wortsucher

    @classmethod
    def laden(cls, tafel: Abkuerzungen | None = None) -> Self:
        """Take the topics from the database: one query, and one more where no abbreviations are given."""
        themen = list(Thema.objects.all())
        if themen and tafel is None:
            tafel = alle_abkuerzungen()
        woerter = tuple(thema.woerter for thema in themen)
        gelesen, sucher = _gelesen(woerter, tuple((tafel or {}).items()))
        return cls(tuple(zip(themen, gelesen, strict=True)), sucher)

    def vorgeschlagene(self, gefaltet: str) -> list[Thema]:
        """Return the topics whose words a folded text has."""
        passende = self.sucher.passende(gefaltet)
        return [thema for nummer, (thema, _) in enumerate(self.themen) if nummer in passende]

    def zuordnen(self, aeusserungen: Iterable[tuple[int, str]]) -> dict[int, tuple[str, ...]]:
        """Return for statements (primary key and folded text) the addresses of their topics, in one query."""
        zeilen = list(aeusserungen)
        if not self.themen or not zeilen:
            return {pk: () for pk, _ in zeilen}
        entschieden = defaultdict[int, dict[int, bool]](dict)
        for thema, pk, dazu in Themenentscheidung.objects.filter(
            aeusserung__in=[pk for pk, _ in zeilen]
        ).values_list("thema_id", "aeusserung_id", "gehoert_dazu"):
            entschieden[pk][thema] = dazu
        nummern = {thema.pk: nummer for nummer, (thema, _) in enumerate(self.themen)}
        themen = {}
        for pk, gefaltet in zeilen:
            passende = self.sucher.passende(gefaltet)
            for thema, dazu in entschieden.get(pk, {}).items():
                (passende.add if dazu else passende.discard)(nummern[thema])
            themen[pk] = tuple(self.themen[nummer][0].slug for nummer in sorted(passende))
        return themen


@lru_cache(maxsize=8)
def _gelesen(
    woerter: tuple[str, ...], tafel: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[tuple[tuple[Suchausdruck, ...], ...], Wortsucher]:
    """Read the words of all topics once for each state of them."""
    gelesen = tuple(ausdruecke(zeilen, dict(tafel)) for zeilen in woerter)
    return gelesen, Wortsucher(gelesen)


def ausdruecke(woerter: str, tafel: Abkuerzungen | None = None) -> tuple[Suchausdruck, ...]:
    """Read the words of a topic, a query a line; lines without a word are left out."""
    gelesen = (Suchausdruck.lesen(zeile, tafel) for zeile in woerter.splitlines())
    return tuple(ausdruck for ausdruck in gelesen if ausdruck)


def vorgeschlagen(thema: Thema, tafel: Abkuerzungen) -> Q:
    """Return the condition under which the words of a topic propose a statement for it."""
    return reduce(or_, (wort.q("gefaltet") for wort in ausdruecke(thema.woerter, tafel)), Q(pk__in=()))


def zugehoerig(thema: Thema, tafel: Abkuerzungen | None = None) -> Q:
    """Return the condition under which a statement belongs to a topic."""
    woerter = vorgeschlagen(thema, alle_abkuerzungen() if tafel is None else tafel)
    entschieden = Themenentscheidung.objects.filter(thema=thema, aeusserung=OuterRef("pk"))
    return Q(Exists(entschieden.filter(gehoert_dazu=True))) | (
        woerter & ~Q(Exists(entschieden.filter(gehoert_dazu=False)))
    )


@dataclass(slots=True)
class Umfang:
    """How many statements stand in which relation to a topic."""

    offen: int = 0  # proposed, and nobody decided
    bestaetigt: int = 0  # by a person, whether proposed or not
    abgelehnt: int = 0
    uebrige: int = 0

    @property
    def zugehoerig(self) -> int:
        """How many belong to the topic."""
        return self.offen + self.bestaetigt


def umfang(themen: Iterable[Thema], aeusserungen: AeusserungQuerySet | None = None) -> dict[int, Umfang]:
    """Return for each topic (its key) its share of the statements: of those given, else of all participants'.

    Always three queries. The database counts what the words find; of what people decided, which is little,
    Python sees whether the words find it, too: the same in SQL took three times as long.
    """
    tafel = alle_abkuerzungen()
    katalog = {thema.pk: (thema, ausdruecke(thema.woerter, tafel)) for thema in themen}
    auswahl = Aeusserung.objects.von_teilnehmenden() if aeusserungen is None else aeusserungen
    auswahl = auswahl.order_by()
    gefunden = auswahl.aggregate(
        alle=Count("pk"),
        **{f"t{pk}": Count("pk", filter=vorgeschlagen(t, tafel)) for pk, (t, _) in katalog.items()},
    )
    ergebnis = {pk: Umfang(offen=gefunden[f"t{pk}"]) for pk in katalog}
    for pk, gehoert_dazu, gefaltet in Themenentscheidung.objects.filter(
        thema__in=katalog, aeusserung__in=auswahl.values("pk")
    ).values_list("thema_id", "gehoert_dazu", "aeusserung__gefaltet"):
        ergebnis[pk].offen -= any(wort.passt(gefaltet) for wort in katalog[pk][1])
        ergebnis[pk].bestaetigt += gehoert_dazu
        ergebnis[pk].abgelehnt += not gehoert_dazu
    for eines in ergebnis.values():
        eines.uebrige = gefunden["alle"] - eines.zugehoerig - eines.abgelehnt
    return ergebnis


def fundzahlen(thema: Thema) -> list[tuple[str, int]]:
    """Return the lines of a topic's words, each with how many statements of participants it finds.

    Two queries, whatever the number of lines; a line without a word is left out.
    """
    zeilen = [zeile.strip() for zeile in thema.woerter.splitlines() if ausdruecke(zeile)]
    if not zeilen:
        return []
    tafel = alle_abkuerzungen()
    gezaehlt = Aeusserung.objects.von_teilnehmenden().aggregate(
        **{
            f"z{nummer}": Count("pk", filter=ausdruecke(zeile, tafel)[0].q("gefaltet"))
            for nummer, zeile in enumerate(zeilen)
        }
    )
    return [(zeile, gezaehlt[f"z{nummer}"]) for nummer, zeile in enumerate(zeilen)]
