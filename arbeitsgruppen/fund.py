"""What is found in a text or a file that somebody sends: headings with statements, and what stands beside.

`Fundleser` sorts pieces (bullets and paragraphs) into Abschnitte; where the pieces come from is the business
of einfuegen.py (pasted text) and dateifund.py (files).
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from arbeitsgruppen.bild import Aeusserungsbild, Unterpunktbild
from arbeitsgruppen.gruppenseiten import (
    GRUPPENKOPF,
    OHNE_UEBERSCHRIFT,
    GeleseneGruppe,
    GelesenerAbschnitt,
    Gruppenleser,
    Stueck,
)
from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe
from arbeitsgruppen.namen import kurzform
from arbeitsgruppen.quelle import Quelle, Seite, Zeile
from arbeitsgruppen.ueberschriften import einordnung

KOPF_HOECHSTENS = 120  # characters of a heading that nobody knows; a longer line is a sentence
UEBERSCHRIFT_HOECHSTENS = 500  # what fits into an Abschnitt
# How a heading that goes on from the slide before says so.
FORTSETZUNG = re.compile(
    r"\s{0,3}(?:[-–—]\s?)?(?:\(?(?:Fortsetzung|Forts\.|Fs\.)\)?|\((?:\d\d?|I{1,3}|IV|V)\)"
    r"|\(\d\d?(?:/| von )\d\d?\)|\d/\d)$",
    re.IGNORECASE,
)
ZEICHEN = r"[•‣◦▪■●○▸►➢➤✓✔❖⁃∙·□☐▫\ue000-\uf8ff]\s*|[o*+–—-]\s+"
ZEICHEN_ALLEIN = re.compile(rf"(\s*)({ZEICHEN})(.*)")
# The same bullets, and those that only a list of them tells from text: numbers, letters, dashes.
ZEICHEN_ODER_NUMMER = {
    (True, False): re.compile(rf"(\s*)({ZEICHEN}|\d\d?[.)]\s+)(.*)"),
    (False, True): re.compile(rf"(\s*)({ZEICHEN}|[a-zA-Z][.)]\s+)(.*)"),
    (True, True): re.compile(rf"(\s*)({ZEICHEN}|(?:\d\d?|[a-zA-Z])[.)]\s+)(.*)"),
}
STRICH_OHNE_ABSTAND = re.compile(r"(\s*)([-–—*+•]\s*)(?=[^\W\d])(.*)")
NUMMERIERT = re.compile(r"\s*(?:(\d{1,2})|([a-zA-Z]))[.)]\s+\S")
MARKIERT = re.compile(r"#{1,6}\s+\S")  # a heading as Etherpad, HedgeDoc and others write it
NUMMER = re.compile(r"(?:\d\d?|[a-zA-Z])[.)]\s+")
# What heads a mail or a quotation in it and is no heading of statements.
MAILKOPF = re.compile(
    r"(Am|On)\s.{0,200}(schrieb|wrote)\b.*|(Von|An|Cc|Betreff|Datum|Gesendet|From|To|Subject|Sent|Date):.*"
    r"|-+\s?(Ursprüngliche Nachricht|Original Message|Weitergeleitete Nachricht).*",
    re.IGNORECASE,
)
# Where two bullets begin at the same place, the one with the higher rank stands for a deeper level, as word
# processors set them; numbers are the outermost, and what is not named here is like the round ones.
RANG = {z: rang for rang, reihe in enumerate(("1", "", "o◦○", "-–—", "▪■□▫\uf0a7", "a")) for z in reihe}
RANG_DER_RUNDEN = 1
ANFUEHRUNG = '„“”"»«›‹#'
EINZUG = 2  # so many columns further in is a level deeper


class Beiwerkart(StrEnum):
    """What stands beside the statements; the value is what users read."""

    NOTIZ = "Notizen"
    FUSS = "Kopf- und Fußzeilen"
    TITEL = "Titel"
    RAHMEN = "Fragestellung und Moderation"
    ABSATZ = "Absätze ohne Aufzählungszeichen"


@dataclass(frozen=True, slots=True)
class Beiwerk:
    """A text that is probably no statement, with its place and the number of the Abschnitt it stands in."""

    art: Beiwerkart
    text: str
    ort: str = ""
    abschnitt: int | None = None


@dataclass(frozen=True, slots=True)
class Fundabschnitt:
    """A heading that was found, with its statements; `fremd` names the other group whose title it bears."""

    ueberschrift: str
    kategorie: str
    herkunft: str
    aeusserungen: tuple[Aeusserungsbild, ...] = ()
    fremd: str = ""


@dataclass(frozen=True, slots=True)
class Fund:
    """All that was found, in the order of the source; nothing of it is missing."""

    abschnitte: tuple[Fundabschnitt, ...] = ()
    beiwerk: tuple[Beiwerk, ...] = ()
    hinweise: tuple[str, ...] = ()

    @property
    def umfang(self) -> int:
        """How many statements, sub-points and other texts it holds."""
        aeusserungen = [a for abschnitt in self.abschnitte for a in abschnitt.aeusserungen]
        return len(self.beiwerk) + sum(1 + len(a.unterpunkte) for a in aeusserungen)

    @property
    def anzahl(self) -> int:
        """How many statements there are, sub-points not counted."""
        return sum(len(abschnitt.aeusserungen) for abschnitt in self.abschnitte)


def zusammen(erster: Fund, zweiter: Fund) -> Fund:
    """Return what was found in two sources one behind the other, under the same headings together."""
    abschnitte = list(erster.abschnitte)
    stellen = {(kopfform(a.ueberschrift), a.fremd): stelle for stelle, a in enumerate(abschnitte)}
    neue_stellen: list[int] = []
    for abschnitt in zweiter.abschnitte:
        schluessel = (kopfform(abschnitt.ueberschrift), abschnitt.fremd)
        stelle = stellen.setdefault(schluessel, len(abschnitte))
        neue_stellen.append(stelle)
        if stelle == len(abschnitte):
            abschnitte.append(abschnitt)
        else:
            aeusserungen = abschnitte[stelle].aeusserungen + abschnitt.aeusserungen
            abschnitte[stelle] = replace(abschnitte[stelle], aeusserungen=aeusserungen)
    beiwerk = (
        replace(b, abschnitt=None if b.abschnitt is None else neue_stellen[b.abschnitt])
        for b in zweiter.beiwerk
    )
    return Fund(tuple(abschnitte), (*erster.beiwerk, *beiwerk), erster.hinweise + zweiter.hinweise)


@dataclass(frozen=True, slots=True)
class Rahmen:
    """What a group is called and which headings it knows: by these its pages are recognised."""

    nummer: int
    titel: str
    ueberschriften: tuple[str, ...] = ()

    @classmethod
    def von(cls, gruppe: Arbeitsgruppe) -> "Rahmen":
        """Return the frame of a group in the database."""
        koepfe = gruppe.abschnitte.values_list("ueberschrift", flat=True)
        return cls(gruppe.nummer, gruppe.titel, (*gruppe.unterfragen.splitlines(), *koepfe))


class Fundleser(Gruppenleser):
    """Sorts the pieces of one page after the other into the Abschnitte of the group at hand.

    Compared with a printed documentation nothing is certain: there may be no title, no heading, no bullet.
    """

    def __init__(self, quelle: Quelle, rahmen: Rahmen):
        super().__init__(quelle)
        self.rahmen = rahmen
        self.titel[rahmen.nummer] = rahmen.titel
        self.eigene = self.gruppe = GeleseneGruppe(rahmen.nummer, rahmen.titel)
        self.gruppen[rahmen.nummer] = self.eigene
        self.eigene_nummer = False  # whether the own number heads any page
        self.seitenweise = len(quelle.seiten) > 1
        self.unter_titel = False  # whether the page at hand bears the title of a group
        self.mit_punkten = False  # whether it has bullets
        self.abschnitt: GelesenerAbschnitt | None = None
        self.neue_seite = False
        self._bekannte = set(map(kopfform, rahmen.ueberschriften))
        self._abschnitte: dict[tuple[int, str], GelesenerAbschnitt] = {}
        self._beiwerk: list[tuple[Beiwerk, GelesenerAbschnitt | None]] = []

    def fund(self) -> Fund:
        """Return what has been found so far."""
        stellen: dict[int, int] = {}
        abschnitte: list[Fundabschnitt] = []
        leere: list[Beiwerk] = []
        for gruppe in self.gruppen.values():
            fremd = "" if gruppe is self.eigene else f"AG {gruppe.nummer}: {gruppe.titel}".rstrip(": ")
            for abschnitt in gruppe.abschnitte:
                if abschnitt.aeusserungen:
                    stellen[id(abschnitt)] = len(abschnitte)
                    abschnitte.append(_fundabschnitt(abschnitt, fremd))
                else:
                    leere.append(Beiwerk(Beiwerkart.TITEL, abschnitt.ueberschrift))
        beiwerk = [replace(b, abschnitt=stellen.get(id(a))) for b, a in self._beiwerk]
        return Fund(
            tuple(abschnitte), (*leere, *_zahlen_vereint(beiwerk)), tuple(dict.fromkeys(self.hinweise))
        )

    def aufschlagen(self, seite: Seite) -> None:
        """Go on with this page; what follows a page break begins a page in the Heft, too."""
        super().aufschlagen(seite)
        self.neue_seite = self.seitenweise

    # --- groups and headings ----------------------------------------------------------------------

    def _gruppe_aufschlagen(self, nummer: int, titel: str) -> None:
        """Go on with the group of this title: the own one if number or title say so, else another.

        Groups of the same title exist; only where the own number never occurs the title decides.
        """
        gleichnamig = kurzform(titel) == kurzform(self.rahmen.titel)
        if nummer == self.rahmen.nummer or (gleichnamig and not self.eigene_nummer):
            gruppe = self.eigene
        else:
            gruppe = self.gruppen.setdefault(nummer, GeleseneGruppe(nummer, titel))
        if gruppe is not self.gruppe:
            self.gruppe, self.abschnitt = gruppe, None

    def _nach_titel(self, text: str) -> str | None:
        """Return what follows the title of the own group in a line, None where it does not begin with it."""
        titel = kurzform(self.rahmen.titel)
        anfang = re.match(rf"({GRUPPENKOPF}\s*)?", text)
        gelesen = ""
        for ende in range(anfang.end() if anfang else 0, len(text)):
            gelesen += kurzform(text[ende])
            if gelesen == titel:
                danach = text[ende + 1 :].strip(" \t\n\xa0:|–—-")
                return None if danach[:1].islower() else danach  # else it is a sentence
            if not titel.startswith(gelesen):
                break
        return None

    def _bekannt(self, stueck: Stueck) -> bool:
        return self._kopf_bekannt(self._kopf(stueck))

    def _kopf_bekannt(self, text: str) -> bool:
        if len(text) > UEBERSCHRIFT_HOECHSTENS:
            return False
        ueberschrift = als_ueberschrift(text)
        return eingeordnet(ueberschrift) is not None or kopfform(ueberschrift) in self._bekannte

    def _taugt_als_kopf(self, text: str) -> bool:
        """Whether a line that nobody knows looks like a heading."""
        return (
            len(text) <= KOPF_HOECHSTENS
            and any(map(str.isalpha, text))
            and (text[0].isalnum() or text[0] in ANFUEHRUNG)
            and not text[0].islower()
            and not text.endswith((".", ",", ";"))
            and not MAILKOPF.fullmatch(text)
        )

    def _abschnitt(self, gruppe: GeleseneGruppe, ueberschrift: str) -> GelesenerAbschnitt:
        """Return the Abschnitt under a heading: one that goes on, wherever it began, or a new one."""
        kopf = als_ueberschrift(ueberschrift)
        if _buchstaben(kopf) not in map(_buchstaben, (ueberschrift, NUMMER.sub("", ueberschrift, count=1))):
            self._beilegen(Beiwerkart.TITEL, ueberschrift)
        schluessel = (gruppe.nummer, kopfform(kopf))
        if schluessel not in self._abschnitte:
            kategorie, herkunft = eingeordnet(kopf) or (
                Abschnitt.Kategorie.WEITERES.value,
                Abschnitt.Herkunft.TEILNEHMENDE.value,
            )
            self._abschnitte[schluessel] = GelesenerAbschnitt(kopf, kategorie, herkunft)
            gruppe.abschnitte.append(self._abschnitte[schluessel])
            self._bekannte.add(kopfform(kopf))
        return self._abschnitte[schluessel]

    # --- which pieces are headings, which lines begin a bullet ------------------------------------

    def _koepfe(self, stuecke: list[Stueck]) -> set[int]:
        """Return which pieces are headings.

        Those that are known or marked always; before bullets also the one paragraph that looks like one.
        """
        koepfe = {i for i in range(len(stuecke)) if self._ist_kopf(stuecke, i)}
        markiert = any(MARKIERT.match(stuecke[i].zeilen[0].text) for i in koepfe)
        if not markiert:
            koepfe |= set(self._vor_punkten(stuecke, koepfe))
            if not self.mit_punkten:
                koepfe |= set(self._ohne_punkte(stuecke, koepfe))
        return koepfe

    def _ist_kopf(self, stuecke: list[Stueck], index: int) -> bool:
        stueck = stuecke[index]
        if not stueck.ebene:
            return bool(MARKIERT.match(stueck.zeilen[0].text)) or self._bekannt(stueck)
        # Known headings may be numbered; without anything under them they are a list of questions.
        danach = stuecke[index + 1] if index + 1 < len(stuecke) else stueck
        return stueck.ebene[0].isalnum() and stueck.ebene != danach.ebene and self._bekannt(stueck)

    def _vor_punkten(self, stuecke: list[Stueck], koepfe: set[int]) -> Iterator[int]:
        """Yield a heading for each run of paragraphs before bullets that has none yet.

        It stands first on a page and else last, right before its bullets. Behind the last bullet there is
        one only where a page under a title has no other.
        """
        gibt_es = bool(koepfe) or not self.unter_titel
        for anfang, ende in _absatzfolgen(stuecke):
            am_ende = ende == len(stuecke)
            if koepfe & set(range(anfang, ende)) or (am_ende and gibt_es):
                continue
            taugliche = [i for i in range(anfang, ende) if self._taugt_als_kopf(self._kopf(stuecke[i]))]
            if taugliche:
                gibt_es = True
                yield taugliche[0 if (anfang == 0 and self.seitenweise) or am_ende else -1]

    def _ohne_punkte(self, stuecke: list[Stueck], koepfe: set[int]) -> Iterator[int]:
        """Yield the headings of a page without bullets: what ends in a colon or begins every block."""
        anfaenge = [i for i, s in enumerate(stuecke) if i == 0 or s.zeilen[0].nach_leerzeile]
        for i, stueck in enumerate(stuecke[:-1]):
            text = self._kopf(stueck)
            if text.endswith(":") and i + 1 not in koepfe and self._taugt_als_kopf(text):
                yield i
        laengen = [ende - anfang for anfang, ende in pairwise([*anfaenge, len(stuecke)])]
        if not koepfe and len(laengen) > 1 and min(laengen) > 1:
            yield from (i for i in anfaenge if self._taugt_als_kopf(self._kopf(stuecke[i])))

    def _muster(self, zeilen: Sequence[Zeile]) -> re.Pattern[str]:
        """Return what begins a bullet here: a sign, a number that counts up, a dash without a space."""
        nummern = [t for z in zeilen if (t := NUMMERIERT.match(z.roh))]
        gezaehlt = (
            _zaehlt([int(t[1]) for t in nummern if t[1]]),
            _zaehlt([ord(t[2].lower()) - ord("a") + 1 for t in nummern if t[2]]),
        )
        if any(gezaehlt):
            return ZEICHEN_ODER_NUMMER[gezaehlt]
        ohne_abstand = sum(bool(STRICH_OHNE_ABSTAND.fullmatch(zeile.roh)) for zeile in zeilen)
        if ohne_abstand > 1 and not any(ZEICHEN_ALLEIN.fullmatch(zeile.roh) for zeile in zeilen):
            return STRICH_OHNE_ABSTAND
        return ZEICHEN_ALLEIN

    def _zeichen(self, zeichen: str) -> str:
        """Return the bullet without what differs from one line to the next."""
        return "a." if re.match(r"[a-zA-Z][.)]", zeichen) else super()._zeichen(zeichen)

    # --- pieces to statements -----------------------------------------------------------------------

    def _einordnen(self, stuecke: Sequence[Stueck], koepfe: Set[int]) -> None:
        """Sort the pieces of a page into the Abschnitte whose headings stand at the places `koepfe`."""
        for kopf, teil in _abschnittsweise(stuecke, koepfe):
            if kopf is not None:
                self.abschnitt = self._abschnitt(self.gruppe, self._kopf(kopf))
            punkte = [stueck for stueck in teil if stueck.ebene]
            vorspann = kopf is None and self.abschnitt is None and bool(koepfe)
            haupt = _hauptebene(punkte or teil)
            if len({_tiefe(stueck) for stueck in punkte if _ist_tiefer(_tiefe(stueck), haupt)}) > 1:
                self.hinweise.append("Tiefer gegliederte Punkte stehen als Unterpunkte auf einer Ebene.")
            for stueck in teil:
                if (punkte or vorspann) and not stueck.ebene:
                    self._beilegen(Beiwerkart.ABSATZ, self._text(stueck))
                else:
                    self._aufnehmen(stueck, haupt)

    def _aufnehmen(self, stueck: Stueck, haupt: tuple[int, int]) -> None:
        """Add a piece as a statement, or as a sub-point where it stands deeper than `haupt`."""
        text = self._text(stueck)
        if not text:
            return  # a bullet without text
        if self.abschnitt is None:
            self.abschnitt = self._abschnitt(self.gruppe, OHNE_UEBERSCHRIFT)
        if _ist_tiefer(_tiefe(stueck), haupt) and self.abschnitt.aeusserungen:
            self.abschnitt.aeusserungen[-1][2].append(text)
        else:
            self.abschnitt.aeusserungen.append((text, self.neue_seite, []))
            self.neue_seite = False

    def _text(self, stueck: Stueck) -> str:
        return self.umbruch.verbinden(stueck.inhalt)

    def _beilegen(self, art: Beiwerkart, text: str, ort: str = "") -> None:
        """Keep a text that is probably no statement; the same title or footer only once."""
        einmal = art in (Beiwerkart.TITEL, Beiwerkart.FUSS)
        if text.strip() and not (einmal and any(b.art == art and b.text == text for b, _ in self._beiwerk)):
            self._beiwerk.append((Beiwerk(art, text, ort or self._ort()), self.abschnitt))

    def _ort(self) -> str:
        return f"Seite {self.seite.nummer}" if self.seitenweise else ""


def _zahlen_vereint(beiwerk: Sequence[Beiwerk]) -> Iterator[Beiwerk]:
    """Yield what stands beside, all page numbers as one."""
    zahlen = [b.text for b in beiwerk if b.art == Beiwerkart.FUSS and b.text.isdecimal()]
    yield from (b for b in beiwerk if b.art != Beiwerkart.FUSS or not b.text.isdecimal())
    if zahlen:
        yield Beiwerk(Beiwerkart.FUSS, ", ".join(zahlen))


def als_ueberschrift(text: str) -> str:
    """Return a heading without what only marks it as one, counts it or says that it goes on."""
    kopf = re.sub(r"^#{1,6}\s+", "", text.replace("\n", " ").strip())
    kopf = FORTSETZUNG.sub("", kopf).rstrip(": ") or kopf
    ohne_nummer = kopf[treffer.end() :] if (treffer := NUMMER.match(kopf)) else kopf
    return ohne_nummer if eingeordnet(ohne_nummer) else kopf


def kopfform(ueberschrift: str) -> str:
    """Return what two headings have in common that are the same, however somebody typed them."""
    return kurzform(ueberschrift).rstrip("?!.:") or kurzform(ueberschrift)


def eingeordnet(kopf: str) -> tuple[str, str] | None:
    """Return category and origin of a known heading, whether or not its question mark was written."""
    return einordnung(kopf) or einordnung(f"{kopf}?")


def _buchstaben(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _abschnittsweise(
    stuecke: Sequence[Stueck], koepfe: Set[int]
) -> Iterator[tuple[Stueck | None, list[Stueck]]]:
    """Yield each heading with the pieces under it; what stands before the first has none."""
    kopf: Stueck | None = None
    teil: list[Stueck] = []
    for index, stueck in enumerate(stuecke):
        if index in koepfe:
            if kopf is not None or teil:
                yield kopf, teil
            kopf, teil = stueck, []
        else:
            teil.append(stueck)
    if kopf is not None or teil:
        yield kopf, teil


def _tiefe(stueck: Stueck) -> tuple[int, int]:
    """Return how far in a piece stands and the rank of its bullet."""
    roh = stueck.zeilen[0].roh
    return len(roh) - len(roh.lstrip()), RANG.get(stueck.ebene[:1], RANG_DER_RUNDEN)


def _absatzfolgen(stuecke: Sequence[Stueck]) -> Iterator[tuple[int, int]]:
    """Yield the runs of paragraphs on a page that has bullets: the first and the one behind the last."""
    if not any(stueck.ebene for stueck in stuecke):
        return
    grenzen = [-1, *(i for i, stueck in enumerate(stuecke) if stueck.ebene), len(stuecke)]
    yield from ((davor + 1, danach) for davor, danach in pairwise(grenzen) if danach > davor + 1)


def _zaehlt(werte: Sequence[int]) -> bool:
    """Whether numbers at the beginning of lines count up, perhaps several times from the start."""
    paare = list(pairwise(werte))
    return any(b == a + 1 for a, b in paare) and all(b in (1, a + 1) for a, b in paare)


def _ist_tiefer(tiefe: tuple[int, int], haupt: tuple[int, int]) -> bool:
    if abs(tiefe[0] - haupt[0]) >= EINZUG:
        return tiefe[0] > haupt[0]
    return tiefe[1] > haupt[1]


def _hauptebene(stuecke: Sequence[Stueck]) -> tuple[int, int]:
    """Return the level of statements in a run of pieces: the first of those that stand furthest out."""
    tiefen = [_tiefe(stueck) for stueck in stuecke]
    aussen = min((einzug for einzug, _ in tiefen), default=0)
    return next((tiefe for tiefe in tiefen if tiefe[0] < aussen + EINZUG), (0, 0))


def _fundabschnitt(abschnitt: GelesenerAbschnitt, fremd: str) -> Fundabschnitt:
    aeusserungen = tuple(
        Aeusserungsbild(text, neue_seite, tuple(Unterpunktbild(punkt) for punkt in unterpunkte))
        for text, neue_seite, unterpunkte in abschnitt.aeusserungen
    )
    return Fundabschnitt(abschnitt.ueberschrift, abschnitt.kategorie, abschnitt.herkunft, aeusserungen, fremd)
