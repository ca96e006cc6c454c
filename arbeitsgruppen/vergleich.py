"""Groups side by side: how often and in which words each spoke of the same thing.

Groups that were asked the same question stand together. What they said is compared by its category; what is
„Weiteres“ says only by its heading what it is about, so there the heading counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst

from arbeitsgruppen.bild import Abschnittsbild, Aeusserungsbild, Gruppenbild, Konferenzbild
from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe
from arbeitsgruppen.suchausdruck import Suchausdruck
from konferenz.aufzaehlung import gruppennamen
from konferenz.faltung import falten, nur_worte
from konferenz.models import Konferenz


def gestellte_frage(gruppe: Gruppenbild | Arbeitsgruppe) -> str:
    """Return what a group was asked, folded: the same for all that answered the same question.

    A group without a Fragestellung answered what its title says. Organisers who want two groups to stand
    together give them the same Fragestellung.
    """
    return nur_worte(gruppe.fragestellung) or nur_worte(gruppe.titel)


def gleich_gefragte(gruppe: Arbeitsgruppe, gruppen: Iterable[Arbeitsgruppe]) -> list[int]:
    """Return the numbers of those that answered the same question as a group, its own among them."""
    frage = gestellte_frage(gruppe)
    return [andere.nummer for andere in gruppen if andere == gruppe or gestellte_frage(andere) == frage]


def vergleichsadresse(konferenz: str, nummern: Iterable[int]) -> str:
    """Return where just these groups of a conference are compared."""
    return f"{reverse('vergleich', args=[konferenz])}?{urlencode([('ag', nummer) for nummer in nummern])}"


def anderswo_gefragt(gruppen: Iterable[Gruppenbild], konferenz: Konferenz) -> list[Arbeitsgruppe]:
    """Return the released groups of other public conferences that answered a question of these; one query."""
    fragen = {frage for gruppe in gruppen if (frage := gestellte_frage(gruppe))}
    enthalten = reduce(or_, (Q(gefaltet__contains=f" {frage} ") for frage in fragen), Q(pk__in=()))
    andere = Arbeitsgruppe.objects.filter(
        enthalten, konferenz__in=Konferenz.objects.oeffentlich(), status=Arbeitsgruppe.Status.FREIGEGEBEN
    ).exclude(konferenz=konferenz)
    return [
        gruppe
        for gruppe in andere.select_related("konferenz").order_by("-konferenz__datum", "konferenz", "nummer")
        if gestellte_frage(gruppe) in fragen
    ]


@dataclass(frozen=True, slots=True)
class Eingrenzung:
    """What shall be compared; without any of it what the participants of all groups said.

    No `gruppen` (numbers) are all, no `kategorien` are all; `thema` is the address of a topic.
    """

    gruppen: tuple[int, ...] = ()
    kategorien: tuple[str, ...] = ()
    thema: str = ""
    suche: Suchausdruck = field(default_factory=Suchausdruck)
    jede_herkunft: bool = False

    def gewaehlt(self, bild: Konferenzbild) -> list[Gruppenbild]:
        """Return the groups of a picture whose results are compared."""
        return [
            gruppe
            for gruppe in bild.gruppen
            if not gruppe.zurueckgehalten and (not self.gruppen or gruppe.nummer in self.gruppen)
        ]

    def anwenden(self, abschnitt: Abschnittsbild) -> Abschnittsbild:
        """Return an Abschnitt with only what shall be compared of it, which may be nothing."""
        zaehlt = (self.jede_herkunft or abschnitt.von_teilnehmenden) and (
            not self.kategorien or abschnitt.kategorie in self.kategorien
        )
        treffer = (a for a in abschnitt.aeusserungen if zaehlt and self._trifft(a))
        return replace(abschnitt, aeusserungen=tuple(treffer))

    def _trifft(self, aeusserung: Aeusserungsbild) -> bool:
        if self.thema and self.thema not in aeusserung.themen:
            return False
        if not self.suche:
            return True
        return self.suche.passt(
            falten(" ".join([aeusserung.text, *(punkt.text for punkt in aeusserung.unterpunkte)]))
        )


@dataclass(frozen=True, slots=True)
class Spalte:
    """A group that is compared.

    `jahr` tells its conference from the others, by the day where the year does not; empty where all groups
    are of one conference.
    """

    gruppe: Gruppenbild
    konferenz: Konferenzbild
    jahr: str = ""

    @property
    def name(self) -> str:
        """For example „AG 3“, or „AG 3 (2021)“."""
        return f"AG {self.gruppe.nummer} ({self.jahr})" if self.jahr else f"AG {self.gruppe.nummer}"

    @property
    def anker(self) -> str:
        """What its places in the page are called by."""
        return f"{self.konferenz.slug}-{self.gruppe.nummer}"


@dataclass(frozen=True, slots=True)
class Frage:
    """A question and the groups that answered it."""

    spalten: tuple[Spalte, ...]

    @property
    def titel(self) -> str:
        """What the first of the groups is called."""
        return self.spalten[0].gruppe.titel

    @property
    def nummern(self) -> list[int]:
        """The numbers of the groups."""
        return [spalte.gruppe.nummer for spalte in self.spalten]

    @property
    def namen(self) -> str:
        """The groups in words, for example „AG 3 und 6“."""
        return gruppennamen(self.nummern)

    @property
    def adresse(self) -> str:
        """Where just these groups of a conference are compared."""
        return vergleichsadresse(self.spalten[0].konferenz.slug, self.nummern)


@dataclass(frozen=True, slots=True)
class Zelle:
    """What one group said about the subject of a row."""

    spalte: Spalte
    anker: str
    abschnitte: tuple[Abschnittsbild, ...]

    @property
    def anzahl(self) -> int:
        """How many entries these are."""
        return sum(len(abschnitt.aeusserungen) for abschnitt in self.abschnitte)


@dataclass(frozen=True, slots=True)
class Zeile:
    """A subject, and what each group said about it: a category, or a heading of what is „Weiteres“."""

    kategorie: str
    name: str
    anker: str
    zellen: tuple[Zelle, ...]

    @property
    def anzahl(self) -> int:
        """How many entries of all groups these are."""
        return sum(zelle.anzahl for zelle in self.zellen)

    @property
    def besetzte(self) -> list[Zelle]:
        """The cells of the groups that said something."""
        return [zelle for zelle in self.zellen if zelle.anzahl]

    @property
    def leere(self) -> list[str]:
        """The names of the groups that said nothing, by their numbers."""
        leere = [zelle.spalte for zelle in self.zellen if not zelle.anzahl]
        return [spalte.name for spalte in sorted(leere, key=lambda s: (s.jahr, s.gruppe.nummer))]

    @property
    def verschieden_ueberschrieben(self) -> bool:
        """Whether headings tell statements of the row apart."""
        return len({nur_worte(a.ueberschrift) for zelle in self.zellen for a in zelle.abschnitte}) > 1


@dataclass(frozen=True, slots=True)
class Vergleich:
    """Groups side by side; rows about which nobody said anything are left out."""

    fragen: tuple[Frage, ...]
    zeilen: tuple[Zeile, ...]

    @property
    def spalten(self) -> list[Spalte]:
        """The groups, those that answered the same question next to each other."""
        return [spalte for frage in self.fragen for spalte in frage.spalten]

    @property
    def anzahl(self) -> int:
        """How many entries are compared."""
        return sum(zeile.anzahl for zeile in self.zeilen)

    @property
    def summen(self) -> list[int]:
        """How many entries of each group, in the order of the groups."""
        return [
            sum(zeile.zellen[nummer].anzahl for zeile in self.zeilen) for nummer in range(len(self.spalten))
        ]


def gemeinsame_fragen(bild: Konferenzbild) -> list[Frage]:
    """Return the questions that several groups of a conference answered whose results are to be seen."""
    spalten = (Spalte(gruppe, bild) for gruppe in Eingrenzung().gewaehlt(bild))
    return [frage for frage in _nach_frage(spalten) if len(frage.spalten) > 1]


def _nach_frage(spalten: Iterable[Spalte]) -> tuple[Frage, ...]:
    """Put groups together that answered the same question, in the order of the first ones."""
    fragen = defaultdict[str, list[Spalte]](list)
    for spalte in spalten:
        fragen[gestellte_frage(spalte.gruppe)].append(spalte)
    return tuple(Frage(tuple(gruppe)) for gruppe in fragen.values())


def vergleichen(
    bild: Konferenzbild, eingrenzung: Eingrenzung, andere: Sequence[Konferenzbild] = ()
) -> Vergleich:
    """Compare the groups of a conference, and all of the other pictures, as far as is asked for."""
    jahre = Counter(quelle.datum.year for quelle in (bild, *andere))

    def wann(quelle: Konferenzbild) -> str:
        if not andere:
            return ""
        return str(quelle.datum.year) if jahre[quelle.datum.year] == 1 else date_format(quelle.datum, "j.n.Y")

    fragen = _nach_frage(
        Spalte(gruppe, quelle, wann(quelle))
        for quelle, gruppen in [(bild, eingrenzung.gewaehlt(bild)), *((b, b.gruppen) for b in andere)]
        for gruppe in gruppen
    )
    spalten = [spalte for frage in fragen for spalte in frage.spalten]
    gesagt = defaultdict[tuple[str, str], dict[str, list[Abschnittsbild]]](lambda: defaultdict(list))
    for spalte in spalten:
        for abschnitt in map(eingrenzung.anwenden, spalte.gruppe.abschnitte):
            if abschnitt.aeusserungen:
                gesagt[_gegenstand(abschnitt)][spalte.anker].append(abschnitt)
    # A stable order: what is „Weiteres“ stays in that of the first groups.
    gegenstaende = sorted(gesagt, key=lambda g: Abschnitt.Kategorie.values.index(g[0]))
    return Vergleich(fragen, tuple(_zeile(n, spalten, gesagt[g]) for n, g in enumerate(gegenstaende, 1)))


def _gegenstand(abschnitt: Abschnittsbild) -> tuple[str, str]:
    """Return what an Abschnitt is about: its category, and with „Weiteres“ its heading, folded."""
    if abschnitt.kategorie != Abschnitt.Kategorie.WEITERES:
        return abschnitt.kategorie, ""
    return abschnitt.kategorie, nur_worte(abschnitt.ueberschrift) or abschnitt.ueberschrift


def _zeile(nummer: int, spalten: list[Spalte], gesagt: Mapping[str, list[Abschnittsbild]]) -> Zeile:
    erster = next(iter(gesagt.values()))[0]
    weiteres = erster.kategorie == Abschnitt.Kategorie.WEITERES
    return Zeile(
        kategorie=erster.kategorie,
        name=erster.ueberschrift if weiteres else capfirst(erster.kategorie_name),
        anker=f"zu-{nummer}",
        zellen=tuple(
            Zelle(spalte, f"zu-{nummer}-{spalte.anker}", tuple(gesagt.get(spalte.anker, ())))
            for spalte in spalten
        ),
    )
