"""The frozen picture of a conference, which pages, Heft and data read and an import makes.

A picture holds plain values only: no request, no query, no model. Two pictures are equal when
the documented conference is the same, the Kennungen included.

It is taken with or without what is not released yet. What is held back is not in it at all, so that
nothing made from it can give it away.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, time

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Moderation
from arbeitsgruppen.themen import Themenkatalog
from konferenz.models import Konferenz, Person

STATT_ERGEBNISSEN = "Die Ergebnisse dieser Arbeitsgruppe sind noch nicht freigegeben."


@dataclass(frozen=True, slots=True)
class Personenbild:
    """A person as named in the documentation."""

    titel: str
    vorname: str
    nachname: str

    @property
    def name(self) -> str:
        """Title and full name."""
        return " ".join(teil for teil in (self.titel, self.vorname, self.nachname) if teil)


@dataclass(frozen=True, slots=True)
class Moderationsbild:
    """Who moderates a group, with the affiliation as printed there."""

    person: Personenbild
    angabe: str

    @property
    def wie_gedruckt(self) -> str:
        """Name and affiliation in one line."""
        return ", ".join(teil for teil in (self.person.name, self.angabe) if teil)


@dataclass(frozen=True, slots=True)
class Unterpunktbild:
    """A sub-point of a statement."""

    text: str
    kennung: str = ""
    redaktionell_geaendert: bool = False


@dataclass(frozen=True, slots=True)
class Aeusserungsbild:
    """One statement with its sub-points; `themen` are the addresses (slugs) of its topics."""

    text: str
    neue_seite: bool = False
    unterpunkte: tuple[Unterpunktbild, ...] = ()
    kennung: str = ""
    redaktionell_geaendert: bool = False
    themen: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Abschnittsbild:
    """A heading of a group with its statements."""

    ueberschrift: str
    kategorie: str
    herkunft: str
    aeusserungen: tuple[Aeusserungsbild, ...] = ()

    @property
    def kategorie_name(self) -> str:
        """The category as readers see it."""
        return Abschnitt.Kategorie(self.kategorie).label

    @property
    def herkunft_name(self) -> str:
        """The origin as readers see it."""
        return Abschnitt.Herkunft(self.herkunft).label

    @property
    def von_teilnehmenden(self) -> bool:
        """Whether the participants of the group itself said this, so that it counts in key figures."""
        return self.herkunft == Abschnitt.Herkunft.TEILNEHMENDE


@dataclass(frozen=True, slots=True)
class Kategorieteil:
    """What a group said in one category; each Abschnitt with its number in the group."""

    kategorie: str
    abschnitte: tuple[tuple[int, Abschnittsbild], ...]

    @property
    def name(self) -> str:
        """The category as readers see it."""
        return Abschnitt.Kategorie(self.kategorie).label

    @property
    def anzahl(self) -> int:
        """All entries of the category, whatever their origin."""
        return sum(len(abschnitt.aeusserungen) for _, abschnitt in self.abschnitte)


@dataclass(frozen=True, slots=True)
class Ueberblickszeile:
    """A line of an overview: what it leads to and how many entries stand there."""

    kategorie: str
    name: str
    anzahl: int
    anker: str = ""


@dataclass(frozen=True, slots=True)
class Gruppenbild:
    """A working group with question, moderation and everything that was said.

    What was said is `zurueckgehalten` (held back, not in the picture) where it is not `freigegeben` and the
    picture is one for the public.
    """

    nummer: int
    titel: str
    fragestellung: str = ""
    unterfragen: tuple[str, ...] = ()
    moderation: tuple[Moderationsbild, ...] = ()
    abschnitte: tuple[Abschnittsbild, ...] = ()
    freigegeben: bool = True
    zurueckgehalten: bool = False

    @property
    def vorlaeufig(self) -> bool:
        """Whether the picture shows what the public doesn't see yet."""
        return not self.freigegeben and not self.zurueckgehalten

    @property
    def statt_ergebnissen(self) -> str:
        """The sentence in the place of what is held back; empty where nothing is."""
        return STATT_ERGEBNISSEN if self.zurueckgehalten else ""

    @property
    def anzahl(self) -> int:
        """How many statements the participants made (sub-points not counted)."""
        return sum(self.anzahl_je_kategorie.values())

    @property
    def anzahl_je_kategorie(self) -> dict[str, int]:
        """The participants' statements by category, in the order of the categories."""
        zaehler = Counter[str]()
        for abschnitt in self.abschnitte:
            if abschnitt.von_teilnehmenden:
                zaehler[abschnitt.kategorie] += len(abschnitt.aeusserungen)
        return {kategorie: zaehler[kategorie] for kategorie in Abschnitt.Kategorie.values}

    @property
    def weitere_eintraege(self) -> int:
        """How many entries come from an earlier event or from the moderation."""
        return sum(len(abschnitt.aeusserungen) for abschnitt in self.abschnitte) - self.anzahl

    @property
    def nach_kategorie(self) -> list[Kategorieteil]:
        """The Abschnitte by category, in the order of the categories; empty categories left out."""
        teile = defaultdict[str, list[tuple[int, Abschnittsbild]]](list)
        for nummer, abschnitt in enumerate(self.abschnitte, 1):
            teile[abschnitt.kategorie].append((nummer, abschnitt))
        return [Kategorieteil(k, tuple(teile[k])) for k in Abschnitt.Kategorie.values if k in teile]

    @property
    def ueberblick(self) -> list[Ueberblickszeile]:
        """What readers jump to: a category, or what is „Weiteres“ by its heading."""
        return [
            eintrag
            for teil in self.nach_kategorie
            for eintrag in (
                [
                    Ueberblickszeile(
                        teil.kategorie, a.ueberschrift, len(a.aeusserungen), f"abschnitt-{nummer}"
                    )
                    for nummer, a in teil.abschnitte
                ]
                if teil.kategorie == Abschnitt.Kategorie.WEITERES
                else [Ueberblickszeile(teil.kategorie, teil.name, teil.anzahl, teil.kategorie)]
            )
        ]

    @property
    def redaktionell_geaendert(self) -> bool:
        """Whether any of what was said is no longer in the wording of its recording."""
        return any(
            a.redaktionell_geaendert or any(punkt.redaktionell_geaendert for punkt in a.unterpunkte)
            for abschnitt in self.abschnitte
            for a in abschnitt.aeusserungen
        )

    @property
    def zaehler(self) -> list[Ueberblickszeile]:
        """The participants' statements by category, without the categories that have none."""
        return [
            Ueberblickszeile(kategorie, Abschnitt.Kategorie(kategorie).label, anzahl)
            for kategorie, anzahl in self.anzahl_je_kategorie.items()
            if anzahl
        ]


@dataclass(frozen=True, slots=True)
class Programmbild:
    """One slot of the agenda; `gruppen` are the numbers of the groups that meet in it."""

    beginn: time
    titel: str
    mitwirkende: str = ""
    neue_seite: bool = False
    gruppen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Folienbild:
    """One slide; `bild` is the name of the picture file in the storage, empty without one."""

    ueberschrift: str
    text: str = ""
    art: str = "inhalt"
    bild: str = ""
    bildbeschreibung: str = ""


@dataclass(frozen=True, slots=True)
class Vortragsbild:
    """A talk; `programmpunkt` is the index of its slot in the picture's agenda."""

    titel: str
    slug: str
    programmpunkt: int | None = None
    vortragende: tuple[Personenbild, ...] = ()
    folien: tuple[Folienbild, ...] = ()


@dataclass(frozen=True, slots=True)
class Textseitenbild:
    """A free-text page and the page of the Heft on which it stands, counted from 1."""

    seite: int
    ueberschrift: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Themenbild:
    """A topic across groups."""

    titel: str
    slug: str
    beschreibung: str = ""


@dataclass(frozen=True, slots=True)
class Konferenzbild:
    """A whole conference; `themen` are those of which anything in the picture speaks, in their order."""

    titel: str
    datum: date
    slug: str = ""
    reihe: str = ""
    format: str = ""
    ort: str = ""
    beginn: time | None = None
    ende: time | None = None
    veranstalter: str = ""
    hinweis: str = ""
    programm: tuple[Programmbild, ...] = ()
    vortraege: tuple[Vortragsbild, ...] = ()
    gruppen: tuple[Gruppenbild, ...] = ()
    textseiten: tuple[Textseitenbild, ...] = ()
    themen: tuple[Themenbild, ...] = field(default=(), compare=False)
    entwurf: bool = field(default=True, compare=False)

    @property
    def zeit(self) -> str:
        """Begin and end, for example „9:00 bis 15:45 Uhr“; empty without a begin."""
        zeiten = [f"{z.hour}:{z.minute:02}" for z in (self.beginn, self.ende) if z]
        return f"{' bis '.join(zeiten)} Uhr" if zeiten else ""

    @property
    def vorlaeufige(self) -> tuple[int, ...]:
        """The numbers of the groups whose results are shown though they are not released."""
        return tuple(gruppe.nummer for gruppe in self.gruppen if gruppe.vorlaeufig)

    @property
    def vorlaeufig(self) -> bool:
        """Whether anything in the picture is not public yet."""
        return self.entwurf or bool(self.vorlaeufige)

    @property
    def zurueckgehaltene(self) -> tuple[int, ...]:
        """The numbers of the groups whose results are held back."""
        return tuple(gruppe.nummer for gruppe in self.gruppen if gruppe.zurueckgehalten)

    @property
    def anzahl(self) -> int:
        """How many statements the participants of all groups made."""
        return sum(gruppe.anzahl for gruppe in self.gruppen)

    @property
    def anzahl_je_kategorie(self) -> dict[str, int]:
        """The participants' statements of all groups by category."""
        return {
            kategorie: sum(gruppe.anzahl_je_kategorie[kategorie] for gruppe in self.gruppen)
            for kategorie in Abschnitt.Kategorie.values
        }


def konferenzbild(konferenz: Konferenz, *, alles: bool = False, offen: Collection[int] = ()) -> Konferenzbild:
    """Take the picture of a conference from the database, in twelve queries whatever its size.

    What groups said that are not released is held back, unless `alles` or the group's primary key is `offen`.
    """
    programm = list(konferenz.programmpunkte.all())
    gruppen = list(konferenz.arbeitsgruppen.all())
    stelle: dict[int | None, int] = {punkt.pk: index for index, punkt in enumerate(programm)}
    nummern = defaultdict[int | None, list[int]](list)
    for gruppe in gruppen:
        nummern[gruppe.programmpunkt_id].append(gruppe.nummer)
    katalog = Themenkatalog.laden()
    bilder = tuple(_gruppenbilder(gruppen, [g for g in gruppen if alles or g.pk in offen], katalog))
    besprochen = {
        slug
        for gruppe in bilder
        for abschnitt in gruppe.abschnitte
        for a in abschnitt.aeusserungen
        for slug in a.themen
    }
    return Konferenzbild(
        titel=konferenz.titel,
        datum=konferenz.datum,
        slug=konferenz.slug,
        reihe=konferenz.reihe,
        format=konferenz.format,
        ort=konferenz.ort,
        beginn=konferenz.beginn,
        ende=konferenz.ende,
        veranstalter=konferenz.veranstalter,
        hinweis=konferenz.hinweis,
        entwurf=not konferenz.ist_oeffentlich,
        programm=tuple(
            Programmbild(
                punkt.beginn, punkt.titel, punkt.mitwirkende, punkt.neue_seite, tuple(nummern[punkt.pk])
            )
            for punkt in programm
        ),
        vortraege=tuple(
            Vortragsbild(
                titel=vortrag.titel,
                slug=vortrag.slug,
                programmpunkt=stelle.get(vortrag.programmpunkt_id),
                vortragende=tuple(_person(person) for person in vortrag.vortragende.all()),
                folien=tuple(
                    Folienbild(f.ueberschrift, f.text, f.art, f.bild.name or "", f.bildbeschreibung)
                    for f in vortrag.folien.all()
                ),
            )
            for vortrag in konferenz.vortraege.prefetch_related("vortragende", "folien")
        ),
        gruppen=bilder,
        textseiten=tuple(Textseitenbild(t.seite, t.ueberschrift, t.text) for t in konferenz.textseiten.all()),
        themen=tuple(
            Themenbild(thema.titel, thema.slug, thema.beschreibung)
            for thema, _ in katalog.themen
            if thema.slug in besprochen
        ),
    )


def gruppenbild(gruppe: Arbeitsgruppe, *, alles: bool = False) -> Gruppenbild:
    """Take the picture of one group from the database, in six queries whatever its size.

    What it said is held back where it is not released, unless `alles`.
    """
    return next(_gruppenbilder([gruppe], [gruppe] if alles else [], Themenkatalog.laden()))


def ausschnitte(gruppen: Iterable[Arbeitsgruppe]) -> list[Konferenzbild]:
    """Take pictures of conferences with nothing but these groups, in six queries however many they are.

    The groups come with their conference. What is not released is held back.
    """
    liste = list(gruppen)
    bilder = list(_gruppenbilder(liste, [], Themenkatalog.laden()))
    return [
        Konferenzbild(
            titel=konferenz.titel,
            datum=konferenz.datum,
            slug=konferenz.slug,
            gruppen=tuple(b for g, b in zip(liste, bilder, strict=True) if g.konferenz_id == konferenz.pk),
            entwurf=not konferenz.ist_oeffentlich,
        )
        for konferenz in {gruppe.konferenz_id: gruppe.konferenz for gruppe in liste}.values()
    ]


def _person(person: Person) -> Personenbild:
    return Personenbild(person.titel, person.vorname, person.nachname)


def _gruppenbilder(
    gruppen: list[Arbeitsgruppe], offene: list[Arbeitsgruppe], katalog: Themenkatalog
) -> Iterator[Gruppenbild]:
    """Yield the pictures of groups; of those that are not released only the `offene` with what they said."""
    sichtbare = [gruppe for gruppe in gruppen if gruppe.ist_freigegeben or gruppe in offene]
    moderationen = defaultdict[int, list[Moderationsbild]](list)
    for moderation in Moderation.objects.filter(arbeitsgruppe__in=gruppen).select_related("person"):
        moderationen[moderation.arbeitsgruppe_id].append(
            Moderationsbild(_person(moderation.person), moderation.angabe)
        )
    unterpunkte = defaultdict[int | None, list[Unterpunktbild]](list)
    aeusserungen = defaultdict[int, list[Aeusserung]](list)
    for aeusserung in Aeusserung.objects.filter(abschnitt__arbeitsgruppe__in=sichtbare).order_by("position"):
        if aeusserung.uebergeordnet_id:
            unterpunkte[aeusserung.uebergeordnet_id].append(
                Unterpunktbild(aeusserung.text, aeusserung.kennung, aeusserung.redaktionell_geaendert)
            )
        else:
            aeusserungen[aeusserung.abschnitt_id].append(aeusserung)
    themen = katalog.zuordnen((a.pk, a.gefaltet) for liste in aeusserungen.values() for a in liste)
    abschnitte = defaultdict[int, list[Abschnittsbild]](list)
    for abschnitt in Abschnitt.objects.filter(arbeitsgruppe__in=sichtbare):
        abschnitte[abschnitt.arbeitsgruppe_id].append(
            Abschnittsbild(
                abschnitt.ueberschrift,
                abschnitt.kategorie,
                abschnitt.herkunft,
                tuple(
                    Aeusserungsbild(
                        a.text,
                        a.neue_seite,
                        tuple(unterpunkte[a.pk]),
                        a.kennung,
                        a.redaktionell_geaendert,
                        themen[a.pk],
                    )
                    for a in aeusserungen[abschnitt.pk]
                ),
            )
        )
    for gruppe in gruppen:
        yield Gruppenbild(
            nummer=gruppe.nummer,
            titel=gruppe.titel,
            fragestellung=gruppe.fragestellung,
            unterfragen=tuple(gruppe.unterfragen.splitlines()),
            moderation=tuple(moderationen[gruppe.pk]),
            abschnitte=tuple(abschnitte[gruppe.pk]),
            freigegeben=gruppe.ist_freigegeben,
            zurueckgehalten=gruppe not in sichtbare,
        )
