"""From the pages of a printed documentation to the picture of a conference.

Each page is recognised by what stands on it: title, agenda, overview of groups, editorial notice,
a group's question page, a group's statements, a slide of a talk. A page of any other kind becomes a
free-text page in its place, a line that fits nowhere becomes a note with page and line: nothing of
the source is dropped silently.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time

from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Folienbild,
    Gruppenbild,
    Konferenzbild,
    Moderationsbild,
    Personenbild,
    Programmbild,
    Textseitenbild,
    Unterpunktbild,
    Vortragsbild,
)
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.namen import kurzform, person
from arbeitsgruppen.quelle import Quelle, Quellenfehler, Zeile
from arbeitsgruppen.ueberschriften import einordnung
from arbeitsgruppen.umbruch import ADRESSE, Umbruch, verbunden
from konferenz.adressen import adresse
from konferenz.freitext import PUNKT

MONATE = [
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
]
DATUM = re.compile(rf"(\d{{1,2}})\. ?(?:({'|'.join(MONATE)})|(\d{{1,2}})\.) ?(\d{{4}})")
UHRZEITEN = re.compile(r"(\d{1,2})[:.](\d{2})(?: Uhr)? ?(?:bis|[–-]) ?(\d{1,2})[:.](\d{2}) ?Uhr")
PROGRAMMPUNKT = re.compile(
    r"(?:ab )?(\d{1,2})(?:[:.](\d{2}))?(?:\s*Uhr)?"
    r"(?:\s*(?:bis|[–-])\s*(\d{1,2}(?:[:.]\d{2})?))?\s*Uhr\s+(\S.*)"
)
GRUPPENKOPF = r"(?:AG|Arbeitsgruppe)[\s-]*(?:Nr\.?\s*)?(\d+)\s*[:.–-]?"
GRUPPE = re.compile(rf"{GRUPPENKOPF}\s+(\S.*)")
# „o“, dashes and the asterisk are bullets only before a space; the others stand for nothing else.
AUFZAEHLUNG = re.compile(r"(\s*)([•‣◦▪■●○▸►➢➤✓❖⁃∙·\ue000-\uf8ff]\s*|[o*–—-]\s+)(.*)")
FRAGESTELLUNG = re.compile(r"(Fragestellung(en)?|Leitfragen?):?")
MODERATION = re.compile(r"Moderation(?::\s*(.*))?")
NUMMERIERT = re.compile(r"(\s*)(\d{1,2}[.)])\s+(\S.*)")
INHALTSVERZEICHNIS = re.compile(r"(\. ?){3,}\s*\d+$")
PROGRAMM = re.compile(r"((Tagesp|P)rogramm|Ablauf|Tagesordnung|Agenda):?")
HINWEIS = re.compile(r"ungefiltert|dokumentiert worden|Äußerungen der\s+Teilnehmenden")
OHNE_UEBERSCHRIFT = "(ohne Überschrift)"


@dataclass(frozen=True, slots=True)
class Fundstelle:
    """A line that could not be placed, with its page and line in the source."""

    seite: int
    zeile: int
    text: str


@dataclass(frozen=True, slots=True)
class Gliederung:
    """What a source holds: the picture, the lines without a place, and what is worth telling."""

    bild: Konferenzbild
    notizen: tuple[Fundstelle, ...] = ()
    unbekannt: tuple[tuple[int, str], ...] = ()  # group number and heading
    hinweise: tuple[str, ...] = ()


def gliedern(quelle: Quelle) -> Gliederung:
    """Build the picture of the conference that `quelle` documents.

    Raise Quellenfehler where no title page with a date is found.
    """
    return _Leser(quelle).lesen()


@dataclass(slots=True)
class _Stueck:
    """A run of lines that belong together: a bullet with its wrapped lines, or a paragraph."""

    zeilen: list[Zeile]
    ebene: str = ""  # the bullet and its indentation; empty for a paragraph
    inhalt: list[Zeile] = field(default_factory=list)  # the lines without the bullet


@dataclass(slots=True)
class _Abschnitt:
    ueberschrift: str
    kategorie: str
    herkunft: str
    ebenen: dict[str, int] = field(default_factory=dict)
    aeusserungen: list[tuple[str, bool, list[str]]] = field(default_factory=list)


@dataclass(slots=True)
class _Gruppe:
    nummer: int
    titel: str
    fragestellung: str = ""
    unterfragen: list[str] = field(default_factory=list)
    moderation: list[Moderationsbild] = field(default_factory=list)
    abschnitte: list[_Abschnitt] = field(default_factory=list)


class _Leser:
    """Goes through the pages once and gathers what they hold."""

    def __init__(self, quelle: Quelle):
        self.quelle = quelle
        self.bild: Konferenzbild | None = None
        self.programm: list[Programmbild] = []
        self.vortraege: list[Vortragsbild] = []
        self.folien: list[list[Folienbild]] = []  # of each talk
        self.im_vortrag = False
        self.gruppen: dict[int, _Gruppe] = {}
        self.titel: dict[int, str] = {}  # of groups, as agenda and overview print them
        self.uebersicht: dict[int, list[Personenbild]] = defaultdict(list)
        self.hinweis = ""
        self.textseiten: list[Textseitenbild] = []
        self.notizen: list[Fundstelle] = []
        self.unbekannt: list[tuple[int, str]] = []
        self.hinweise = list(quelle.hinweise)
        self.heftseite = 0

    def lesen(self) -> Gliederung:
        for seite in self.quelle.seiten:
            self.seite, self.umbruch = seite, Umbruch(self.quelle, seite)
            if not seite.zeilen:
                self.notizen.append(Fundstelle(seite.nummer, 1, "(Seite ohne Text)"))
                continue
            self.heftseite += 1
            self._seite_lesen(self._ohne_wiederholte_adresse(list(seite.zeilen)))
        if self.bild is None:
            raise Quellenfehler(
                "Auf keiner Seite steht ein Datum, daher ist die Titelseite nicht zu erkennen. "
                "Ergänzen Sie auf der ersten Seite eine Zeile wie „21. April 2021“."
            )
        return Gliederung(
            self._fertig(self.bild), tuple(self.notizen), tuple(self.unbekannt), tuple(self.hinweise)
        )

    # --- which kind of page -------------------------------------------------------------------

    def _seite_lesen(self, zeilen: list[Zeile]) -> None:
        text = " ".join(zeile.text for zeile in zeilen)
        gruppenzeilen = [zeile for zeile in zeilen if GRUPPE.fullmatch(zeile.text)]
        if self.bild is None and DATUM.search(text):
            self._titelseite(zeilen)
        elif any(PROGRAMMPUNKT.fullmatch(zeile.text) for zeile in zeilen) and (
            PROGRAMM.fullmatch(zeilen[0].text) or self.programm or (self.bild and not self.gruppen)
        ):
            self._programmseite(zeilen)
        elif (
            len({zeile.text for zeile in gruppenzeilen}) > 1
            and not self.gruppen
            and not PROGRAMM.fullmatch(zeilen[0].text)
            and not self._punkte(zeilen)
            and not any(INHALTSVERZEICHNIS.search(zeile.text) for zeile in gruppenzeilen)
        ):
            self._uebersichtsseite(zeilen)
        elif GRUPPE.match(zeilen[0].text) and self._gruppenseite(zeilen):
            self.im_vortrag = False
        elif not self.gruppen and not self.hinweis and HINWEIS.search(text) and not self._punkte(zeilen):
            self.im_vortrag = False
            self.hinweis = self._freitext(zeilen)
        elif self.bild and not self.gruppen and kurzform(self.bild.titel) in kurzform(text):
            self._vortragstitel(zeilen)
        elif self.im_vortrag:
            self.folien[-1].append(Folienbild(*self._ueberschrift_und_text(zeilen)))
        else:
            ueberschrift, inhalt = self._ueberschrift_und_text(zeilen)
            self.textseiten.append(Textseitenbild(self.heftseite, ueberschrift, inhalt))
            self.hinweise.append(
                f"Seite {self.seite.nummer} ist von unbekannter Art und wurde eine Textseite: "
                f"„{ueberschrift or inhalt[:60]}“"
            )

    def _ohne_wiederholte_adresse(self, zeilen: list[Zeile]) -> list[Zeile]:
        """Take a link's target off that some tools write once more at the end of the page."""
        letzte = zeilen[-1]
        if ADRESSE.fullmatch(letzte.text) and any(letzte.text in zeile.text for zeile in zeilen[:-1]):
            self.hinweise.append(
                f"Seite {self.seite.nummer}, Zeile {letzte.nummer}: Adresse steht schon auf der Seite, "
                f"nicht wiederholt: „{letzte.text}“"
            )
            return zeilen[:-1]
        return zeilen

    def _notieren(self, zeilen: Iterable[Zeile]) -> None:
        for zeile in zeilen:
            self.notizen.append(Fundstelle(self.seite.nummer, zeile.nummer, zeile.text))

    # --- title, agenda, overview ----------------------------------------------------------------

    def _titelseite(self, zeilen: list[Zeile]) -> None:
        ende = next(index for index, zeile in enumerate(zeilen) if DATUM.search(zeile.text))
        davor, ab_datum = zeilen[:ende], zeilen[ende:]
        anfang = next((i for i, zeile in enumerate(davor) if zeile.text[0] in '„“"»'), None)
        if anfang is None:
            # Without quotation marks the first block is the format, unless there is only one.
            anfang = next(
                (
                    i
                    for i, zeile in enumerate(davor)
                    if i and zeile.nach_leerzeile and not self.umbruch.haengt_an(zeile, davor[i - 1])
                ),
                0,
            )
        format_, titel = (
            self.umbruch.verbinden(teil, ein_absatz=True) for teil in (davor[:anfang], davor[anfang:])
        )
        tag, monat, monatszahl, jahr = DATUM.search(ab_datum[0].text).groups()  # type: ignore[union-attr]
        try:
            datum = date(int(jahr), MONATE.index(monat) + 1 if monat else int(monatszahl), int(tag))
        except ValueError as fehler:
            raise Quellenfehler(
                f"Das Datum auf Seite {self.seite.nummer} gibt es nicht: „{ab_datum[0].text}“. "
                f"Berichtigen Sie es."
            ) from fehler
        self.bild = Konferenzbild(
            titel=re.sub(r"^[„“\"»](.*)[“”\"«]$", r"\1", titel), format=format_, datum=datum
        )
        for zeile in ab_datum:
            rest = DATUM.sub("", zeile.text, count=1) if zeile is ab_datum[0] else zeile.text
            if zeiten := UHRZEITEN.search(rest):
                stunde, minute, bis_stunde, bis_minute = map(int, zeiten.groups())
                self.bild = replace(
                    self.bild, beginn=self._zeit(stunde, minute), ende=self._zeit(bis_stunde, bis_minute)
                )
                rest = rest.replace(zeiten[0], "")
            if rest.strip(" ,|·"):
                self._notieren([zeile])
        if not titel:
            raise Quellenfehler(
                f"Auf Seite {self.seite.nummer} steht vor dem Datum kein Titel. "
                f"Ergänzen Sie ihn in einer eigenen Zeile."
            )

    def _zeit(self, stunde: int, minute: int) -> time:
        try:
            return time(stunde, minute)
        except ValueError as fehler:
            raise Quellenfehler(
                f"Auf Seite {self.seite.nummer} steht eine Uhrzeit, die es nicht gibt: {stunde}:{minute:02}. "
                f"Berichtigen Sie sie."
            ) from fehler

    def _programmseite(self, zeilen: list[Zeile]) -> None:
        self.im_vortrag = False
        neue_seite = True
        eintraege: list[list[Zeile]] = []
        for zeile in zeilen:
            if PROGRAMMPUNKT.fullmatch(zeile.text):
                eintraege.append([zeile])
            elif eintraege:
                eintraege[-1].append(zeile)
            elif not PROGRAMM.fullmatch(zeile.text):
                self._notieren([zeile])
            elif zeile.text != "Tagesprogramm":
                self.hinweise.append(
                    f"Seite {self.seite.nummer}: „{zeile.text}“ heißt im Heft „Tagesprogramm“"
                )
        for erste, *weitere in eintraege:
            stunde, minute, ende, titel = PROGRAMMPUNKT.fullmatch(erste.text).groups()  # type: ignore[union-attr]
            if ende:
                self.hinweise.append(
                    f"Seite {self.seite.nummer}, Zeile {erste.nummer}: Ende {ende} Uhr nicht übernommen, "
                    f"ein Programmpunkt endet mit dem Beginn des nächsten"
                )
            angaben, nummern = self._programmangaben(erste, weitere)
            if angaben and angaben[0][0] is erste:
                titel = verbunden(titel, angaben.pop(0)[1])
            self.programm.append(
                Programmbild(
                    self._zeit(int(stunde), int(minute or 0)),
                    titel,
                    "\n".join(text for _, text in angaben),
                    neue_seite and bool(self.programm),
                    tuple(nummern),
                )
            )
            neue_seite = False

    def _programmangaben(
        self, erste: Zeile, weitere: list[Zeile]
    ) -> tuple[list[tuple[Zeile, str]], list[int]]:
        """Return the printed lines under a slot, each with the line it continues, and its groups."""
        angaben: list[tuple[Zeile, str]] = []
        nummern: list[int] = []
        vorher, vorher_gruppe = erste, 0
        for zeile in weitere:
            fortsetzung = not zeile.nach_leerzeile and self._fortsetzung(zeile, vorher)
            if treffer := GRUPPE.fullmatch(zeile.text):
                vorher_gruppe = int(treffer[1])
                nummern.append(vorher_gruppe)
                self.titel[vorher_gruppe] = treffer[2]
            elif fortsetzung and vorher_gruppe:
                self.titel[vorher_gruppe] = verbunden(self.titel[vorher_gruppe], zeile.text)
            else:
                vorher_gruppe = 0
                if fortsetzung and vorher is erste:
                    angaben.append((erste, zeile.text))
                elif fortsetzung and angaben:
                    angaben[-1] = (angaben[-1][0], verbunden(angaben[-1][1], zeile.text))
                else:
                    angaben.append((zeile, zeile.text))
            vorher = zeile
        return angaben, nummern

    def _fortsetzung(self, zeile: Zeile, vorher: Zeile) -> bool:
        """Whether a short line (a name, a title) goes on from the line before."""
        return (
            (self.umbruch.markiert and vorher.roh.endswith(" "))
            or vorher.text.endswith((",", "-"))
            or vorher.text.split()[-1].islower()
            or zeile.text[0].islower()
        )

    def _uebersichtsseite(self, zeilen: list[Zeile]) -> None:
        self.im_vortrag = False
        im_programm = dict(self.titel)
        nummer, offen = 0, ""
        for index, zeile in enumerate(zeilen):
            if treffer := GRUPPE.fullmatch(zeile.text):
                nummer, offen = int(treffer[1]), "titel"
                self.titel[nummer] = treffer[2]
            elif nummer and (treffer := MODERATION.fullmatch(zeile.text)) and treffer[1]:
                self.uebersicht[nummer].append(person(treffer[1].strip()))
                offen = ""
            elif offen and not zeile.nach_leerzeile:
                self.titel[nummer] = verbunden(self.titel[nummer], zeile.text)
            elif zeile.text.rstrip(":") != "Arbeitsgruppen" or index not in (0, len(zeilen) - 1):
                self._notieren([zeile])
        for nummer, titel in im_programm.items():
            if kurzform(titel) != kurzform(self.titel[nummer]):
                self.hinweise.append(f"AG {nummer} heißt im Programm anders als in der Übersicht: „{titel}“")

    # --- talks and free text --------------------------------------------------------------------

    def _vortragstitel(self, zeilen: list[Zeile]) -> None:
        ueberschrift, text = self._ueberschrift_und_text(zeilen)
        absaetze = text.split("\n\n")
        punkt = next(
            (i for i, punkt in enumerate(self.programm) if kurzform(punkt.titel) == kurzform(ueberschrift)),
            None,
        )
        titel = absaetze[0].replace("\n", " ") if punkt is not None and absaetze[0] else ueberschrift
        mitwirkende = self.programm[punkt].mitwirkende if punkt is not None else ""
        zeile = absaetze[-1].replace("\n", " ")
        vortragende = [person(zeile)] if zeile and kurzform(zeile) in kurzform(mitwirkende) else []
        self.vortraege.append(Vortragsbild(titel, self._freie_adresse(titel), punkt, tuple(vortragende)))
        self.folien.append([Folienbild(ueberschrift, text, art="titel")])
        self.im_vortrag = True

    def _freie_adresse(self, titel: str) -> str:
        vergeben = {vortrag.slug for vortrag in self.vortraege}
        slug = adresse(titel, 60) or "vortrag"
        return next(s for s in (slug, *(f"{slug}-{n}" for n in range(2, 1000))) if s not in vergeben)

    def _ueberschrift_und_text(self, zeilen: list[Zeile]) -> tuple[str, str]:
        stuecke = self._stuecke(zeilen)
        if stuecke[0].ebene:
            return "", self._stuecke_als_text(stuecke)
        kopf = self.umbruch.verbinden(stuecke[0].zeilen, ein_absatz=True)
        if len(kopf) > 300:  # a page of prose has no heading
            return "", self._stuecke_als_text(stuecke)
        return kopf, self._stuecke_als_text(stuecke[1:])

    def _freitext(self, zeilen: list[Zeile]) -> str:
        return self._stuecke_als_text(self._stuecke(zeilen))

    def _stuecke_als_text(self, stuecke: Sequence[_Stueck]) -> str:
        text = ""
        for index, stueck in enumerate(stuecke):
            inhalt = self.umbruch.verbinden(stueck.inhalt)
            if stueck.ebene:
                inhalt = PUNKT + inhalt.replace("\n", " ")
            listenpunkt = index and (stueck.ebene or stuecke[index - 1].ebene)
            text += ("\n" if listenpunkt else "\n\n" if index else "") + inhalt
        return text

    # --- groups ---------------------------------------------------------------------------------

    def _gruppenseite(self, zeilen: list[Zeile]) -> bool:
        """Read a page under a group's title; return False for one that holds nothing of a group."""
        nummer = int(GRUPPE.match(zeilen[0].text)[1])  # type: ignore[index]
        bekannt = self.gruppen[nummer].titel if nummer in self.gruppen else self.titel.get(nummer, "")
        laenge = self._titellaenge(zeilen, bekannt)
        kopf = GRUPPE.fullmatch(self.umbruch.verbinden(zeilen[:laenge], ein_absatz=True))
        titel, rest = kopf[2] if kopf else "", zeilen[laenge:]
        fragen = any(self._ist_marke(rest, i) for i in range(len(rest)))
        if not fragen and not self._punkte(rest):
            return False
        if nummer not in self.gruppen:
            self.gruppen[nummer] = _Gruppe(nummer, titel)
            if bekannt and kurzform(bekannt) != kurzform(titel):
                self.hinweise.append(f"AG {nummer} heißt in Programm oder Übersicht anders: „{bekannt}“")
        elif kurzform(titel) != kurzform(bekannt):
            self._notieren(zeilen[:laenge])
        if fragen:
            # A question page may go on with statements: from its first known heading on.
            ab = next((i for i, zeile in enumerate(rest) if einordnung(zeile.text)), len(rest))
            ab = ab if self._punkte(rest[ab:]) else len(rest)
            self._fragenseite(self.gruppen[nummer], rest[:ab])
            rest = rest[ab:]
        if rest:
            self._aeusserungsseite(self.gruppen[nummer], rest)
        return True

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

    def _fragenseite(self, gruppe: _Gruppe, zeilen: list[Zeile]) -> None:
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

    def _aeusserungsseite(self, gruppe: _Gruppe, zeilen: list[Zeile]) -> None:
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

    def _koepfe(self, stuecke: list[_Stueck]) -> set[int]:
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

    def _kopf(self, stueck: _Stueck) -> str:
        return self.umbruch.verbinden(stueck.zeilen, ein_absatz=True)

    def _bekannt(self, stueck: _Stueck) -> bool:
        text = self._kopf(stueck)
        return einordnung(text) is not None or any(
            kurzform(text) == kurzform(kopf)
            for gruppe in self.gruppen.values()
            for kopf in (*gruppe.unterfragen, *(abschnitt.ueberschrift for abschnitt in gruppe.abschnitte))
        )

    def _abschnitt(self, gruppe: _Gruppe, ueberschrift: str) -> _Abschnitt:
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
        gruppe.abschnitte.append(_Abschnitt(ueberschrift, kategorie, herkunft))
        return gruppe.abschnitte[-1]

    def _ohne_ueberschrift(self, gruppe: _Gruppe) -> _Abschnitt:
        self.hinweise.append(f"Seite {self.seite.nummer} (AG {gruppe.nummer}) hat keine Überschrift")
        return gruppe.abschnitte[-1] if gruppe.abschnitte else self._abschnitt(gruppe, OHNE_UEBERSCHRIFT)

    def _aeusserung(self, abschnitt: _Abschnitt, stueck: _Stueck, neue_seite: bool) -> bool:
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

    def _stuecke(self, zeilen: Sequence[Zeile], gruppe: _Gruppe | None = None) -> list[_Stueck]:
        """Group lines to bullets and paragraphs, whatever blank lines layout left in between."""
        stuecke: list[_Stueck] = []
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
                zeichen = "1." if muster is NUMMERIERT else treffer[2].strip()
                # The same bullet further in is the next level, as with pdftotext -layout.
                ebene = zeichen + (">" if len(treffer[1]) > kleinster + 1 else "")
                stuecke.append(
                    _Stueck([zeile], ebene, [replace(zeile, roh=treffer[3])] if treffer[3].strip() else [])
                )
            elif vorher is None or self._neues_stueck(zeile, vorher, gruppe):
                stuecke.append(_Stueck([zeile], inhalt=[zeile]))
            else:
                vorher.zeilen.append(zeile)
                vorher.inhalt.append(zeile)
        return stuecke

    def _mitten_im_satz(self, zeichen: str, vorher: Zeile) -> bool:
        """Whether a dash at the start of a line belongs to a wrapped sentence."""
        return zeichen.strip() in ("-", "–", "—") and self.umbruch.markiert and vorher.roh.endswith(" ")

    def _neues_stueck(self, zeile: Zeile, vorher: _Stueck, gruppe: _Gruppe | None) -> bool:
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

    # --- the end --------------------------------------------------------------------------------

    def _fertig(self, bild: Konferenzbild) -> Konferenzbild:
        nummern = set(self.gruppen) | set(self.titel)
        for nummer in sorted(nummern - set(self.gruppen)):
            self.gruppen[nummer] = _Gruppe(nummer, self.titel[nummer])
            self.hinweise.append(f"AG {nummer} steht in Programm oder Übersicht, hat aber keine eigene Seite")
        for nummer, namen in self.uebersicht.items():
            moderation = self.gruppen[nummer].moderation
            if not moderation:
                moderation += [Moderationsbild(name, "") for name in namen]
            for name in namen:
                if name not in [eintrag.person for eintrag in moderation]:
                    self.hinweise.append(
                        f"AG {nummer}: Die Übersicht nennt eine andere Moderation: „{name.name}“"
                    )
        if self.gruppen and not any(gruppe.abschnitte for gruppe in self.gruppen.values()):
            self.hinweise.append(
                "Keine einzige Äußerung gefunden: Stehen sie in der Quelle hinter Aufzählungszeichen, "
                "unter „AG 1: Titel“ und einer Überschrift?"
            )
        titel = re.split(r"\s[–—-]\s", bild.titel)[0]
        return replace(
            bild,
            slug=adresse(f"{titel} {bild.datum.year}"),
            hinweis=self.hinweis,
            programm=tuple(self.programm),
            vortraege=tuple(
                replace(v, folien=tuple(f)) for v, f in zip(self.vortraege, self.folien, strict=True)
            ),
            gruppen=tuple(_gruppenbild(self.gruppen[nummer]) for nummer in sorted(self.gruppen)),
            textseiten=tuple(self.textseiten),
        )


def _gruppenbild(gruppe: _Gruppe) -> Gruppenbild:
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


def _aeusserungsbilder(abschnitt: _Abschnitt) -> Iterator[Aeusserungsbild]:
    for text, neue_seite, unterpunkte in abschnitt.aeusserungen:
        yield Aeusserungsbild(text, neue_seite, tuple(Unterpunktbild(punkt) for punkt in unterpunkte))
