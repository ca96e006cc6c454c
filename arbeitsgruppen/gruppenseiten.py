"""The pages of working groups: from lines to headings with statements, sub-points, question and moderation.

`Gruppenleser` knows nothing of what else a source holds; gliederung.py reads a whole documentation with it,
einfuegen.py what a moderator sends.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Gruppenbild,
    Moderationsbild,
    Unterpunktbild,
)
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.namen import kurzform, person
from arbeitsgruppen.quelle import Quelle, Seite, Zeile
from arbeitsgruppen.ueberschriften import einordnung
from arbeitsgruppen.umbruch import Umbruch, verbunden

GRUPPENKOPF = r"(?:AG|Arbeitsgruppe)[\s-]*(?:Nr\.?\s*)?(\d+)\s*[:.–-]?"
GRUPPE = re.compile(rf"{GRUPPENKOPF}\s+(\S.*)")
# „o“, dashes and the asterisk are bullets only before a space, the § of Word's third level before several
# (a law's has one); the others stand for nothing else.
AUFZAEHLUNG = re.compile(r"(\s*)([•‣◦▪■●○▸►➢➤✓❖⁃∙·\ue000-\uf8ff]\s*|[o*–—-]\s+|§\s{2,})(.*)")
FRAGESTELLUNG = re.compile(r"(Fragestellung(en)?|Leitfragen?):?")
MODERATION = re.compile(r"Moderation(?::\s*(.*))?")
NUMMERIERT = re.compile(r"(\s*)(\d{1,2}[.)])\s+(\S.*)")
OHNE_UEBERSCHRIFT = "(ohne Überschrift)"


@dataclass(frozen=True, slots=True)
class Fundstelle:
    """A line that could not be placed, with its page and line in the source."""

    seite: int
    zeile: int
    text: str


@dataclass(slots=True)
class Stueck:
    """A run of lines that belong together: a bullet with its wrapped lines, or a paragraph."""

    zeilen: list[Zeile]
    ebene: str = ""  # the bullet and its indentation; empty for a paragraph
    inhalt: list[Zeile] = field(default_factory=list)  # the lines without the bullet


@dataclass(slots=True)
class GelesenerAbschnitt:
    """A heading with what has been read under it so far: text, whether it begins a page, sub-points."""

    ueberschrift: str
    kategorie: str
    herkunft: str
    ebenen: dict[str, int] = field(default_factory=dict)
    aeusserungen: list[tuple[str, bool, list[str]]] = field(default_factory=list)


@dataclass(slots=True)
class GeleseneGruppe:
    """A group with what has been read of it so far."""

    nummer: int
    titel: str
    fragestellung: str = ""
    unterfragen: list[str] = field(default_factory=list)
    moderation: list[Moderationsbild] = field(default_factory=list)
    abschnitte: list[GelesenerAbschnitt] = field(default_factory=list)


class Gruppenleser:
    """Goes through pages of groups and gathers what they hold; `aufschlagen` turns to the page at hand."""

    def __init__(self, quelle: Quelle):
        self.quelle = quelle
        self.gruppen: dict[int, GeleseneGruppe] = {}
        self.titel: dict[int, str] = {}  # of groups, as other pages print them
        self.notizen: list[Fundstelle] = []
        self.unbekannt: list[tuple[int, str]] = []
        self.hinweise = list(quelle.hinweise)

    def aufschlagen(self, seite: Seite) -> None:
        """Go on with this page."""
        self.seite, self.umbruch = seite, Umbruch(self.quelle, seite)

    def _notieren(self, zeilen: Iterable[Zeile]) -> None:
        for zeile in zeilen:
            self.notizen.append(Fundstelle(self.seite.nummer, zeile.nummer, zeile.text))

    def _gruppenseite(self, zeilen: list[Zeile]) -> bool:
        """Read a page under a group's title; return False for one that holds nothing of a group."""
        nummer, titel, laenge = self._titel(zeilen)
        bekannt, rest = self._bekannter_titel(nummer), zeilen[laenge:]
        if not self._hat_marken(rest) and not self._punkte(rest):
            return False
        if nummer not in self.gruppen:
            self.gruppen[nummer] = GeleseneGruppe(nummer, titel)
            if bekannt and kurzform(bekannt) != kurzform(titel):
                self.hinweise.append(f"AG {nummer} heißt in Programm oder Übersicht anders: „{bekannt}“")
        elif kurzform(titel) != kurzform(bekannt):
            self._notieren(zeilen[:laenge])
        self._inhalt(self.gruppen[nummer], rest)
        return True

    def _titel(self, zeilen: list[Zeile]) -> tuple[int, str, int]:
        """Return number and title of the group that heads a page, and how many lines they take."""
        nummer = int(GRUPPE.match(zeilen[0].text)[1])  # type: ignore[index]
        laenge = self._titellaenge(zeilen, self._bekannter_titel(nummer))
        kopf = GRUPPE.fullmatch(self.umbruch.verbinden(zeilen[:laenge], ein_absatz=True))
        return nummer, kopf[2] if kopf else "", laenge

    def _bekannter_titel(self, nummer: int) -> str:
        return self.gruppen[nummer].titel if nummer in self.gruppen else self.titel.get(nummer, "")

    def _inhalt(self, gruppe: GeleseneGruppe, zeilen: list[Zeile]) -> None:
        """Read what stands on a page under the title of the group."""
        ab = 0
        if self._hat_marken(zeilen):
            # A question page may go on with statements: from its first known heading on.
            ab = next((i for i, zeile in enumerate(zeilen) if einordnung(zeile.text)), len(zeilen))
            ab = ab if self._punkte(zeilen[ab:]) else len(zeilen)
            self._fragenseite(gruppe, zeilen[:ab])
        if zeilen[ab:]:
            self._aeusserungsseite(gruppe, zeilen[ab:])

    def _hat_marken(self, zeilen: list[Zeile]) -> bool:
        return any(self._ist_marke(zeilen, index) for index in range(len(zeilen)))

    def _ist_marke(self, zeilen: list[Zeile], index: int) -> bool:
        """Whether a line says „Fragestellung“ or „Moderation“ as a label, not as a word of a statement."""
        text = zeilen[index].text
        return bool(FRAGESTELLUNG.fullmatch(text) or MODERATION.fullmatch(text)) and not any(
            einordnung(zeile.text) for zeile in zeilen[:index]
        )

    def _titellaenge(self, zeilen: list[Zeile], bekannt: str) -> int:
        """Return how many lines the group's title takes; without a blank line only its words tell."""
        gesucht = kurzform(bekannt)
        gelesen = kurzform(re.sub(f"^{GRUPPENKOPF}", "", zeilen[0].text))
        for anzahl in range(1, len(zeilen) + 1):
            if gelesen == gesucht:
                return anzahl
            if anzahl == len(zeilen) or not gesucht.startswith(gelesen):
                break
            gelesen += kurzform(zeilen[anzahl].text)
        for anzahl, zeile in enumerate(zeilen[1:], 1):
            if (
                zeile.nach_leerzeile
                or AUFZAEHLUNG.fullmatch(zeile.roh)
                or FRAGESTELLUNG.fullmatch(zeile.text)
                or einordnung(zeile.text)
            ):
                return anzahl
        return len(zeilen)

    def _fragenseite(self, gruppe: GeleseneGruppe, zeilen: list[Zeile]) -> None:
        teile = defaultdict[str, list[Zeile]](list)
        teil = "davor"
        for zeile in zeilen:
            if FRAGESTELLUNG.fullmatch(zeile.text):
                teil = "fragen"
            elif treffer := MODERATION.fullmatch(zeile.text):
                teil = "moderation"
                if treffer[1]:
                    teile[teil].append(replace(zeile, roh=treffer[1]))
            else:
                teile[teil].append(zeile)
        self._notieren(teile["davor"])
        absaetze: list[str] = []
        for stueck in self._stuecke(teile["fragen"]):
            if stueck.ebene:
                gruppe.unterfragen.append(self.umbruch.verbinden(stueck.inhalt, ein_absatz=True))
            elif absaetze and stueck.inhalt[0].text[0].islower():
                absaetze[-1] = verbunden(absaetze[-1], self.umbruch.verbinden(stueck.inhalt))
            else:
                absaetze.append(self.umbruch.verbinden(stueck.inhalt))
        gruppe.fragestellung = "\n".join(filter(None, [gruppe.fragestellung, *absaetze]))
        vorher = None
        angaben: list[tuple[str, Zeile]] = []
        for roh in teile["moderation"]:
            punkt = AUFZAEHLUNG.fullmatch(roh.roh)
            zeile = replace(roh, roh=punkt[3]) if punkt and punkt[3].strip() else roh
            vorher = None if punkt else vorher
            if vorher and self._fortsetzung(zeile, vorher):
                angaben[-1] = (verbunden(angaben[-1][0], zeile.text), angaben[-1][1])
            else:
                angaben.append((zeile.text, zeile))
            vorher = zeile
        for angabe, zeile in angaben:
            name, _, zusatz = angabe.partition(",")
            moderation = Moderationsbild(person(name.strip()), zusatz.strip())
            if moderation.person in [eintrag.person for eintrag in gruppe.moderation]:
                self._notieren([replace(zeile, roh=angabe)])  # a group has a person as moderator once
            else:
                gruppe.moderation.append(moderation)

    def _aeusserungsseite(self, gruppe: GeleseneGruppe, zeilen: list[Zeile]) -> None:
        stuecke = self._stuecke(zeilen, gruppe)
        koepfe = self._koepfe(stuecke)
        if koepfe and not any(stueck.ebene for stueck in stuecke[min(koepfe) :]):
            # Some tools put a heading behind the bullets that stand below it on the page.
            stuecke.insert(0, stuecke.pop(min(koepfe)))
            koepfe = {0}
        neue_seite = True
        abschnitt = None
        for index, stueck in enumerate(stuecke):
            if index in koepfe:
                abschnitt = self._abschnitt(gruppe, self._kopf(stueck))
            elif not stueck.ebene:
                self._notieren(stueck.zeilen)
            else:
                abschnitt = abschnitt or self._ohne_ueberschrift(gruppe)
                neue_seite &= not self._aeusserung(abschnitt, stueck, neue_seite)

    def _koepfe(self, stuecke: list[Stueck]) -> set[int]:
        """Return which pieces are headings.

        Before bullets every known heading is one; where a run of paragraphs holds none, its first is
        the heading. Behind the last bullet a heading stands only where the page has no other.
        """
        letzter_punkt = max((i for i, stueck in enumerate(stuecke) if stueck.ebene), default=-1)
        koepfe = {i for i, s in enumerate(stuecke[:letzter_punkt]) if not s.ebene and self._bekannt(s)}
        anfang = None
        for index, stueck in enumerate(stuecke):
            if not stueck.ebene:
                anfang = index if anfang is None else anfang
            elif anfang is not None:
                if not koepfe & set(range(anfang, index)):
                    koepfe.add(anfang)
                anfang = None
        if not koepfe and anfang is not None:
            danach = range(anfang, len(stuecke))
            koepfe.add(next((i for i in danach if self._bekannt(stuecke[i])), anfang))
        return koepfe

    def _kopf(self, stueck: Stueck) -> str:
        return self.umbruch.verbinden(stueck.zeilen, ein_absatz=True)

    def _bekannt(self, stueck: Stueck) -> bool:
        text = self._kopf(stueck)
        return einordnung(text) is not None or any(
            kurzform(text) == kurzform(kopf)
            for gruppe in self.gruppen.values()
            for kopf in (*gruppe.unterfragen, *(abschnitt.ueberschrift for abschnitt in gruppe.abschnitte))
        )

    def _abschnitt(self, gruppe: GeleseneGruppe, ueberschrift: str) -> GelesenerAbschnitt:
        """Return the Abschnitt under a heading: the last one going on, or a new one."""
        if gruppe.abschnitte and kurzform(gruppe.abschnitte[-1].ueberschrift) == kurzform(ueberschrift):
            return gruppe.abschnitte[-1]
        bekannt = einordnung(ueberschrift)
        if bekannt is None and kurzform(ueberschrift) not in map(kurzform, gruppe.unterfragen):
            self.unbekannt.append((gruppe.nummer, ueberschrift))
        kategorie, herkunft = bekannt or (
            Abschnitt.Kategorie.WEITERES.value,
            Abschnitt.Herkunft.TEILNEHMENDE.value,
        )
        gruppe.abschnitte.append(GelesenerAbschnitt(ueberschrift, kategorie, herkunft))
        return gruppe.abschnitte[-1]

    def _ohne_ueberschrift(self, gruppe: GeleseneGruppe) -> GelesenerAbschnitt:
        self.hinweise.append(f"Seite {self.seite.nummer} (AG {gruppe.nummer}) hat keine Überschrift")
        return gruppe.abschnitte[-1] if gruppe.abschnitte else self._abschnitt(gruppe, OHNE_UEBERSCHRIFT)

    def _aeusserung(self, abschnitt: GelesenerAbschnitt, stueck: Stueck, neue_seite: bool) -> bool:
        """Add a statement or sub-point; return whether there was one."""
        text = self.umbruch.verbinden(stueck.inhalt)
        if not text:
            self.hinweise.append(
                f"Seite {self.seite.nummer}, Zeile {stueck.zeilen[0].nummer}: Aufzählungszeichen ohne Text"
            )
            return False
        ebene = abschnitt.ebenen.setdefault(stueck.ebene, len(abschnitt.ebenen))
        if ebene and abschnitt.aeusserungen:
            abschnitt.aeusserungen[-1][2].append(text)
            if ebene > 1:
                self.hinweise.append(
                    f"Seite {self.seite.nummer}, Zeile {stueck.zeilen[0].nummer}: tiefer gegliederter Punkt "
                    f"auf die erste Ebene der Unterpunkte gesetzt"
                )
        else:
            abschnitt.aeusserungen.append((text, neue_seite, []))
        return True

    # --- lines to pieces ------------------------------------------------------------------------

    def _punkte(self, zeilen: Sequence[Zeile]) -> bool:
        return any(self._muster(zeilen).fullmatch(zeile.roh) for zeile in zeilen)

    def _muster(self, zeilen: Sequence[Zeile]) -> re.Pattern[str]:
        """Return what begins a bullet here: a sign, or where there is none a number that counts up."""
        if not any(AUFZAEHLUNG.fullmatch(zeile.roh) for zeile in zeilen):
            nummern = [int(t[2][:-1]) for zeile in zeilen if (t := NUMMERIERT.fullmatch(zeile.roh))]
            if len(nummern) > 1 and nummern == list(range(nummern[0], nummern[0] + len(nummern))):
                return NUMMERIERT
        return AUFZAEHLUNG

    def _stuecke(self, zeilen: Sequence[Zeile], gruppe: GeleseneGruppe | None = None) -> list[Stueck]:
        """Group lines to bullets and paragraphs, whatever blank lines layout left in between."""
        stuecke: list[Stueck] = []
        muster = self._muster(zeilen) if gruppe else AUFZAEHLUNG
        punkte = [t for z in zeilen if (t := muster.fullmatch(z.roh))]
        kleinster = min((len(punkt[1]) for punkt in punkte), default=0)
        haupt = punkte[0][2].strip() if punkte else ""
        for zeile in zeilen:
            treffer = muster.fullmatch(zeile.roh)
            vorher = stuecke[-1] if stuecke else None
            if (
                treffer
                and treffer[2].strip() != haupt
                and vorher
                and vorher.ebene
                and self._mitten_im_satz(treffer[2], vorher.zeilen[-1])
            ):
                treffer = None
            if treffer:
                # The same bullet further in is the next level, as with pdftotext -layout.
                ebene = self._zeichen(treffer[2]) + (">" if len(treffer[1]) > kleinster + 1 else "")
                stuecke.append(
                    Stueck([zeile], ebene, [replace(zeile, roh=treffer[3])] if treffer[3].strip() else [])
                )
            elif vorher is None or self._neues_stueck(zeile, vorher, gruppe):
                stuecke.append(Stueck([zeile], inhalt=[zeile]))
            else:
                vorher.zeilen.append(zeile)
                vorher.inhalt.append(zeile)
        return stuecke

    def _zeichen(self, zeichen: str) -> str:
        """Return the bullet without what differs from one line to the next."""
        return "1." if zeichen[0].isdigit() else zeichen.strip()

    def _mitten_im_satz(self, zeichen: str, vorher: Zeile) -> bool:
        """Whether a dash at the start of a line belongs to a wrapped sentence."""
        return zeichen.strip() in ("-", "–", "—") and self.umbruch.markiert and vorher.roh.endswith(" ")

    def _neues_stueck(self, zeile: Zeile, vorher: Stueck, gruppe: GeleseneGruppe | None) -> bool:
        if gruppe is not None:
            abgesetzt = zeile.nach_leerzeile or not any(z.nach_leerzeile for z in self.seite.zeilen)
            if vorher.ebene and abgesetzt and einordnung(zeile.text):
                return True
            if (
                not vorher.ebene
                and einordnung(self._kopf(vorher))
                and not einordnung(verbunden(self._kopf(vorher), zeile.text))
            ):
                return True
        return zeile.nach_leerzeile and not self.umbruch.haengt_an(zeile, vorher.zeilen[-1])

    def _fortsetzung(self, zeile: Zeile, vorher: Zeile) -> bool:
        """Whether a short line (a name, a title) goes on from the line before."""
        return (
            (self.umbruch.markiert and vorher.roh.endswith(" "))
            or vorher.text.endswith((",", "-"))
            or vorher.text.split()[-1].islower()
            or zeile.text[0].islower()
        )


def gruppenbild(gruppe: GeleseneGruppe) -> Gruppenbild:
    """Return the picture of a group that has been read."""
    return Gruppenbild(
        gruppe.nummer,
        gruppe.titel,
        gruppe.fragestellung,
        tuple(gruppe.unterfragen),
        tuple(gruppe.moderation),
        tuple(
            Abschnittsbild(a.ueberschrift, a.kategorie, a.herkunft, tuple(_aeusserungsbilder(a)))
            for a in gruppe.abschnitte
        ),
    )


def _aeusserungsbilder(abschnitt: GelesenerAbschnitt) -> Iterator[Aeusserungsbild]:
    for text, neue_seite, unterpunkte in abschnitt.aeusserungen:
        yield Aeusserungsbild(text, neue_seite, tuple(Unterpunktbild(punkt) for punkt in unterpunkte))
