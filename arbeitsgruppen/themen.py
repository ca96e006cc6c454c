"""Topics: which statements belong to which, by the words of the topic and by what people decided.

Proposals are not stored; they follow from the words whenever they are asked for. A decision stands above
them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Self

from django.db.models import Count, Exists, OuterRef, Q

from arbeitsgruppen.models import Abkuerzung, Aeusserung, AeusserungQuerySet, Thema, Themenentscheidung
from arbeitsgruppen.suchausdruck import Abkuerzungen, Suchausdruck, abkuerzungen


def alle_abkuerzungen() -> Abkuerzungen:
    """Return the spellings that mean the same, as organisers keep them, in one query."""
    return abkuerzungen(abkuerzung.liste for abkuerzung in Abkuerzung.objects.all())


@dataclass(frozen=True, slots=True)
class Wortliste:
    """The words of a topic, one query a line, put so that a page can ask for hundreds of texts.

    Most lines are a single word: of these only the substrings are kept, none of which contains another.
    """

    muster: tuple[str, ...]
    ausdruecke: tuple[Suchausdruck, ...]

    @classmethod
    def lesen(cls, woerter: str, tafel: Abkuerzungen | None = None) -> Self:
        """Read the words of a topic; `tafel` has the spellings that mean the same."""
        alle = ausdruecke(woerter, tafel)
        einzelne = [a for a in alle if len(a.begriffe) == 1]
        muster = {m for ausdruck in einzelne for m in ausdruck.begriffe[0].muster}
        kuerzeste = tuple(m for m in sorted(muster) if not any(n in m for n in muster - {m}))
        return cls(kuerzeste, tuple(a for a in alle if len(a.begriffe) > 1))

    def passt(self, gefaltet: str) -> bool:
        """Say whether any of the lines is true of a folded text."""
        for muster in self.muster:  # any() with a generator takes three times as long
            if muster in gefaltet:
                return True
        return any(ausdruck.passt(gefaltet) for ausdruck in self.ausdruecke)


@dataclass(frozen=True, slots=True)
class Themenkatalog:
    """All topics in their order, each with its words."""

    themen: tuple[tuple[Thema, Wortliste], ...]

    @classmethod
    def laden(cls, tafel: Abkuerzungen | None = None) -> Self:
        """Take the topics from the database: one query, and one more where no abbreviations are given."""
        themen = list(Thema.objects.all())
        if themen and tafel is None:
            tafel = alle_abkuerzungen()
        return cls(tuple((thema, Wortliste.lesen(thema.woerter, tafel)) for thema in themen))

    def vorgeschlagene(self, gefaltet: str) -> list[Thema]:
        """Return the topics whose words a folded text has."""
        return [thema for thema, woerter in self.themen if woerter.passt(gefaltet)]

    def zuordnen(self, aeusserungen: Iterable[tuple[int, str]]) -> dict[int, tuple[str, ...]]:
        """Return for statements (primary key and folded text) the addresses of their topics, in one query."""
        zeilen = list(aeusserungen)
        if not self.themen or not zeilen:
            return {pk: () for pk, _ in zeilen}
        entschieden = {
            (pk, thema): dazu
            for thema, pk, dazu in Themenentscheidung.objects.filter(
                aeusserung__in=[pk for pk, _ in zeilen]
            ).values_list("thema_id", "aeusserung_id", "gehoert_dazu")
        }

        def gehoert(pk: int, gefaltet: str, thema: Thema, woerter: Wortliste) -> bool:
            dazu = entschieden.get((pk, thema.pk))
            return woerter.passt(gefaltet) if dazu is None else dazu

        return {
            pk: tuple(thema.slug for thema, woerter in self.themen if gehoert(pk, gefaltet, thema, woerter))
            for pk, gefaltet in zeilen
        }


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
    katalog = {thema.pk: (thema, Wortliste.lesen(thema.woerter, tafel)) for thema in themen}
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
        ergebnis[pk].offen -= katalog[pk][1].passt(gefaltet)
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
