"""Searching everything that is released: which statements have what is asked for, ranked and counted.

The database finds the rows by plain substrings of the folded text, and nothing else is left to it: ranking
and counting happen here, so that SQLite and PostgreSQL give the same results. No order is asked of the
database, for a rare word with ORDER BY id LIMIT makes PostgreSQL walk the whole primary key.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.utils.formats import date_format

from arbeitsgruppen import suchwoerter
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Thema
from arbeitsgruppen.suchausdruck import Abkuerzungen, Begriff, Suchausdruck, getrennt_geschrieben
from arbeitsgruppen.themen import Themenkatalog, alle_abkuerzungen, zugehoerig
from konferenz.models import Konferenz

# So many statements are ranked and counted; what is found beyond is „über 10.000“.
HOECHSTENS = 10_000
# So many ways to correct a word are looked at.
KORREKTUREN = 8


@dataclass(frozen=True, slots=True)
class Anfrage:
    """What is asked for: words, and what the statements have to be; "" and None ask for nothing."""

    q: str = ""
    konferenz: str = ""
    ag: int | None = None
    kategorie: str = ""
    herkunft: str = ""
    thema: str = ""
    jahr: int | None = None

    @property
    def gewaehlt(self) -> dict[str, Any]:
        """The filters that are set, in the order of their fields."""
        return {name: wert for name in FILTER if (wert := getattr(self, name)) not in ("", None)}


FILTER = ("konferenz", "ag", "kategorie", "herkunft", "thema", "jahr")
ALLE_FILTER = "alle"


# By identity: there is one for each heading, and thousands are looked up.
@dataclass(frozen=True, slots=True, eq=False)
class Stelle:
    """Where statements stand: a heading of a group of a conference, with all that can be filtered by."""

    kategorie: str
    herkunft: str
    position: int
    ag: int
    ag_titel: str
    konferenz: str
    konferenz_titel: str
    datum: date

    def merkmal(self, name: str) -> Any:
        """Return what statements here are in the sense of one filter, all but the topic."""
        return self.datum.year if name == "jahr" else getattr(self, name)

    @classmethod
    def laden(cls, schluessel: Iterable[int]) -> dict[int, Self]:
        """Take released headings from the database, by primary key; what isn't released is left out.

        Two plain queries: SQLite walks through all groups for a join.
        """
        abschnitte: list[Any] = list(
            Abschnitt.objects.filter(pk__in=set(schluessel))
            .order_by()
            .values_list("arbeitsgruppe_id", "pk", "kategorie", "herkunft", "position")
        )
        weg = "konferenz__"
        gruppen: dict[int, list[Any]] = {
            pk: werte
            for pk, *werte in Arbeitsgruppe.objects.veroeffentlicht()
            .filter(pk__in={gruppe for gruppe, *_ in abschnitte})
            .order_by()
            .values_list("pk", "nummer", "titel", f"{weg}slug", f"{weg}titel", f"{weg}datum")
        }
        return {pk: cls(*werte, *gruppen[gruppe]) for gruppe, pk, *werte in abschnitte if gruppe in gruppen}


@dataclass(frozen=True, slots=True)
class Fund:
    """A statement or sub-point that was found, by primary key: its place, its topics, how well it fits."""

    pk: int
    stelle: Stelle
    position: int
    themen: tuple[str, ...]
    guete: int
    unterpunkt: bool

    @property
    def rang(self) -> tuple[Any, ...]:
        """What results are sorted by: fit, participants' own words first, newest first, then as printed."""
        stelle = self.stelle
        return (
            -self.guete,
            stelle.herkunft != Abschnitt.Herkunft.TEILNEHMENDE,
            -stelle.datum.toordinal(),
            stelle.konferenz,
            stelle.ag,
            stelle.position,
            self.position,
            self.pk,
        )


@dataclass(frozen=True, slots=True)
class Wahl:
    """One choice of a filter with how many results it would leave."""

    wert: str
    name: str
    anzahl: int


@dataclass(frozen=True, slots=True)
class Korrektur:
    """What was typed, and instead of what else was looked for."""

    eingabe: str
    statt: str


@dataclass(frozen=True)
class Ergebnis:
    """What was found: all statements in order, and how many each choice would leave.

    `ohne_filter` says how many there are whatever is chosen, `ueber` that there are still more than are
    counted, `korrekturen` what was looked for instead of what was typed.
    """

    anfrage: Anfrage
    ausdruck: Suchausdruck
    funde: tuple[Fund, ...]
    zahlen: dict[str, Counter[Any]]
    ohne_filter: int
    ueber: bool
    katalog: Themenkatalog
    korrekturen: tuple[Korrektur, ...] = ()

    @cached_property
    def unterpunkte(self) -> int:
        """How many of what was found are sub-points, which count by themselves."""
        return sum(fund.unterpunkt for fund in self.funde)

    @property
    def eintraege(self) -> int:
        """How many of what was found are statements."""
        return len(self.funde) - self.unterpunkte

    @cached_property
    def wahlen(self) -> dict[str, list[Wahl]]:
        """For each filter its choices that leave anything, and the one that is set."""
        return {name: self._wahlen(name) for name in FILTER}

    @property
    def gewaehlte(self) -> list[Wahl]:
        """The choice of each filter that is set, in the order of `Anfrage.gewaehlt`."""
        return [
            next(wahl for wahl in self.wahlen[name] if wahl.wert == str(wert))
            for name, wert in self.anfrage.gewaehlt.items()
        ]

    def _wahlen(self, name: str) -> list[Wahl]:
        zahlen = self.zahlen[name]
        gewaehlt = self.anfrage.gewaehlt.get(name)
        if name == "ag" and not self._eine_konferenz:
            werte: list[tuple[Any, str]] = [(gewaehlt, f"AG {gewaehlt}")] if gewaehlt else []
        elif name in ("kategorie", "herkunft"):
            art: Any = Abschnitt.Kategorie if name == "kategorie" else Abschnitt.Herkunft
            werte = list(art.choices)
        elif name == "thema":
            werte = [(thema.slug, thema.titel) for thema, _ in self.katalog.themen]
        else:
            werte = self._namen(name, [*zahlen, *([gewaehlt] if gewaehlt and gewaehlt not in zahlen else [])])
        return [
            Wahl(str(wert), bezeichnung, zahlen[wert])
            for wert, bezeichnung in werte
            if zahlen[wert] or wert == gewaehlt
        ]

    @property
    def _eine_konferenz(self) -> str:
        """The only conference that anything was found in, or that is chosen: only then AG 3 is one group."""
        slugs = set(self.zahlen["konferenz"])
        return self.anfrage.konferenz or (slugs.pop() if len(slugs) == 1 else "")

    def _namen(self, name: str, werte: Iterable[Any]) -> list[tuple[Any, str]]:
        if name == "jahr":
            return [(jahr, str(jahr)) for jahr in sorted(werte, reverse=True)]
        if name == "ag":
            gruppen = Arbeitsgruppe.objects.filter(konferenz__slug=self._eine_konferenz, nummer__in=werte)
            titel = {gruppe.nummer: str(gruppe) for gruppe in gruppen}
            return [(nummer, titel.get(nummer, f"AG {nummer}")) for nummer in sorted(werte)]
        konferenzen = Konferenz.objects.oeffentlich().filter(slug__in=werte)
        gleich = Counter(str(konferenz) for konferenz in konferenzen)
        return [
            (k.slug, str(k) if gleich[str(k)] == 1 else f"{k.titel} ({date_format(k.datum, 'j. F Y')})")
            for k in konferenzen
        ]


def suchen(anfrage: Anfrage) -> Ergebnis:
    """Find the released statements that have what is asked for.

    Where nothing has it, mistyped words are corrected, and words written apart are looked for that were typed
    as one. Takes ten queries at most where nothing has to be corrected.
    """
    tafel = alle_abkuerzungen()
    katalog = Themenkatalog.laden(tafel)
    ausdruck = Suchausdruck.lesen(anfrage.q, tafel)
    ergebnis = _suchen(anfrage, ausdruck, katalog, tafel)
    if ergebnis.ohne_filter or not ausdruck:
        return ergebnis
    begriffe, korrekturen = korrigiert(ausdruck, tafel)
    if not korrekturen:
        return ergebnis
    anders = _suchen(anfrage, Suchausdruck(begriffe), katalog, tafel)
    return replace(anders, korrekturen=korrekturen) if anders.ohne_filter else ergebnis


def einzeln(ausdruck: Suchausdruck) -> list[tuple[str, int]]:
    """Return for each of several words, found only apart, how many statements have it, at most HOECHSTENS.

    A query for each word, so that each can use the index.
    """
    begriffe = ausdruck.gesuchte
    if len(begriffe) < 2:
        return []
    alle = Aeusserung.objects.veroeffentlicht().order_by()
    zahlen = [alle.filter(Suchausdruck((b,)).q("gefaltet"))[:HOECHSTENS].count() for b in begriffe]
    return [(b.eingabe, zahl) for b, zahl in zip(begriffe, zahlen, strict=True) if zahl]


def _suchen(
    anfrage: Anfrage, ausdruck: Suchausdruck, katalog: Themenkatalog, tafel: Abkuerzungen
) -> Ergebnis:
    # Words of which none has to occur find nothing; no words at all, everything.
    bedingung = ausdruck.q("gefaltet") if anfrage.q.strip() else Q()
    zeilen, ueber = _zeilen(Aeusserung.objects.filter(bedingung))
    if ueber:
        engere = Aeusserung.objects.veroeffentlicht().filter(bedingung, _filter(anfrage, tafel))
        if anfrage.gewaehlt:
            zeilen, ueber = _zeilen(engere)
        if ueber:  # Which ones are looked at must not depend on the database; so dense a walk is short.
            zeilen, ueber = _zeilen(engere.order_by("-pk"))
    stellen = Stelle.laden(abschnitt for _, _, abschnitt, *_ in zeilen)
    sichtbare = [zeile for zeile in zeilen if zeile[2] in stellen]
    themen = katalog.zuordnen((pk, gefaltet) for pk, gefaltet, *_ in sichtbare)
    alle = [
        Fund(pk, stellen[abschnitt], position, themen[pk], ausdruck.guete(gefaltet), bool(eltern))
        for pk, gefaltet, abschnitt, position, eltern in sichtbare
    ]
    funde, zahlen = _gefiltert(anfrage, alle)
    return Ergebnis(anfrage, ausdruck, tuple(funde), zahlen, len(alle), ueber, katalog)


def _gefiltert(anfrage: Anfrage, alle: list[Fund]) -> tuple[list[Fund], dict[str, Counter[Any]]]:
    """Return what passes all filters, in order, and how many each choice of each filter would let pass."""
    funde: list[Fund] = []
    # Most of what is filtered by is the same for all statements of a heading: it is counted only once for it.
    je_stelle: dict[str, Counter[Stelle]] = {name: Counter() for name in (ALLE_FILTER, *FILTER)}
    themen = Counter[str]()
    verfehlt_je_stelle: dict[Stelle, list[str]] = {}
    for fund in alle:
        stelle = fund.stelle
        if stelle not in verfehlt_je_stelle:
            gewaehlt = anfrage.gewaehlt.items()
            verfehlt_je_stelle[stelle] = [n for n, w in gewaehlt if n != "thema" and stelle.merkmal(n) != w]
        verfehlt = verfehlt_je_stelle[stelle]
        if anfrage.thema and anfrage.thema not in fund.themen:
            verfehlt = [*verfehlt, "thema"]
        if not verfehlt:
            funde.append(fund)
            je_stelle[ALLE_FILTER][stelle] += 1
            themen.update(fund.themen)
        elif verfehlt == ["thema"]:
            themen.update(fund.themen)
        elif len(verfehlt) == 1:  # A choice of the one filter that keeps it out would let it in.
            je_stelle[verfehlt[0]][stelle] += 1
    zahlen: dict[str, Counter[Any]] = {name: Counter() for name in FILTER}
    for name in FILTER:
        for stelle, anzahl in chain(je_stelle[ALLE_FILTER].items(), je_stelle[name].items()):
            if name != "thema":
                zahlen[name][stelle.merkmal(name)] += anzahl
    zahlen["thema"] = themen
    return sorted(funde, key=lambda fund: fund.rang), zahlen


def _zeilen(aeusserungen: QuerySet[Aeusserung]) -> tuple[list[tuple[int, str, int, int, int | None]], bool]:
    """Return as many rows as are looked at, and whether there are more."""
    geordnet = aeusserungen if aeusserungen.query.order_by else aeusserungen.order_by()
    felder = ("pk", "gefaltet", "abschnitt_id", "position", "uebergeordnet_id")
    zeilen = list(geordnet.values_list(*felder)[: HOECHSTENS + 1])
    return zeilen[:HOECHSTENS], len(zeilen) > HOECHSTENS


def _filter(anfrage: Anfrage, tafel: Abkuerzungen) -> Q:
    """Return the filters as a condition for the database, for when too many rows have the words."""
    gruppe = "abschnitt__arbeitsgruppe__"
    spalten = {
        "konferenz": f"{gruppe}konferenz__slug",
        "ag": f"{gruppe}nummer",
        "kategorie": "abschnitt__kategorie",
        "herkunft": "abschnitt__herkunft",
        "jahr": f"{gruppe}konferenz__datum__year",
    }
    gewaehlt = anfrage.gewaehlt
    bedingung = Q(**{spalten[name]: wert for name, wert in gewaehlt.items() if name in spalten})
    if slug := gewaehlt.get("thema"):
        thema = Thema.objects.filter(slug=slug).first()
        bedingung &= zugehoerig(thema, tafel) if thema else Q(pk__in=())
    return bedingung


def korrigiert(
    ausdruck: Suchausdruck, tafel: Abkuerzungen
) -> tuple[tuple[Begriff, ...], tuple[Korrektur, ...]]:
    """Return the words with others in the place of those that occur nowhere, and what was replaced."""
    suchwoerter.nachtragen()
    begriffe, korrekturen = [], []
    for begriff in ausdruck.begriffe:
        statt = None
        if not (begriff.ausgeschlossen or begriff.folge or _kommt_vor(begriff)):
            statt = _getrennt(begriff) or _verschrieben(begriff, tafel)
        if statt:
            gross = begriff.eingabe[:1].isupper()  # a part of a compound is written small, but not here
            gemeint = statt.eingabe[:1].upper() + statt.eingabe[1:] if gross else statt.eingabe
            korrekturen.append(Korrektur(begriff.eingabe, gemeint))
        begriffe.append(statt or begriff)
    return tuple(begriffe), tuple(korrekturen)


def _kommt_vor(begriff: Begriff) -> bool:
    return Aeusserung.objects.veroeffentlicht().filter(Suchausdruck((begriff,)).q("gefaltet")).exists()


def _getrennt(begriff: Begriff) -> Begriff | None:
    """Return a compound as the words that stand somewhere in its place: „Home Office“ for Homeoffice."""
    teilungen = getrennt_geschrieben(begriff)
    bekannt = suchwoerter.bekannte(vorn for vorn, _ in teilungen)
    for vorn, hinten in teilungen:
        if vorn in bekannt:
            getrennt = replace(begriff, eingabe=f"{vorn} {hinten}", muster=(f" {vorn} {hinten}",), folge=True)
            if _kommt_vor(getrennt):
                return getrennt
    return None


def _verschrieben(begriff: Begriff, tafel: Abkuerzungen) -> Begriff | None:
    """Return what may be meant, if a person mistyped a word by one letter: all that occurs and is so near."""
    moegliche = []
    vorschlaege = suchwoerter.vorschlaege(begriff.eingabe) or suchwoerter.vorschlaege(begriff.muster[0])
    for vorschlag in vorschlaege[:KORREKTUREN]:
        gemeint = Suchausdruck.lesen(vorschlag.schreibung, tafel).begriffe
        if len(gemeint) == 1 and _kommt_vor(gemeint[0]):
            moegliche.append(gemeint[0])
    if not moegliche:
        return None
    muster = tuple(dict.fromkeys(chain.from_iterable(einer.muster for einer in moegliche)))
    return replace(moegliche[0], muster=muster)
