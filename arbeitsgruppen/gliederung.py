"""From the pages of a printed documentation to the picture of a conference.

Each page is recognised by what stands on it: title, agenda, overview of groups, editorial notice,
a group's question page, a group's statements, a slide of a talk. A page of any other kind becomes a
free-text page in its place, a line that fits nowhere becomes a note with page and line: nothing of
the source is dropped silently.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from arbeitsgruppen.bild import (
    Folienbild,
    Konferenzbild,
    Moderationsbild,
    Personenbild,
    Programmbild,
    Textseitenbild,
    Vortragsbild,
)
from arbeitsgruppen.gruppenseiten import (
    GRUPPE,
    MODERATION,
    Fundstelle,
    GeleseneGruppe,
    Gruppenleser,
    Stueck,
    gruppenbild,
)
from arbeitsgruppen.namen import kurzform, person
from arbeitsgruppen.quelle import Quelle, Quellenfehler, Zeile
from arbeitsgruppen.umbruch import ADRESSE, verbunden
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
INHALTSVERZEICHNIS = re.compile(r"(\. ?){3,}\s*\d+$")
PROGRAMM = re.compile(r"((Tagesp|P)rogramm|Ablauf|Tagesordnung|Agenda):?")
HINWEIS = re.compile(r"ungefiltert|dokumentiert worden|Äußerungen der\s+Teilnehmenden")


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


class _Leser(Gruppenleser):
    """Goes through the pages once and gathers what they hold."""

    def __init__(self, quelle: Quelle):
        super().__init__(quelle)
        self.bild: Konferenzbild | None = None
        self.programm: list[Programmbild] = []
        self.vortraege: list[Vortragsbild] = []
        self.folien: list[list[Folienbild]] = []  # of each talk
        self.im_vortrag = False
        self.uebersicht: dict[int, list[Personenbild]] = defaultdict(list)
        self.hinweis = ""
        self.textseiten: list[Textseitenbild] = []
        self.heftseite = 0

    def lesen(self) -> Gliederung:
        for seite in self.quelle.seiten:
            self.aufschlagen(seite)
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

    def _stuecke_als_text(self, stuecke: Sequence[Stueck]) -> str:
        text = ""
        for index, stueck in enumerate(stuecke):
            inhalt = self.umbruch.verbinden(stueck.inhalt)
            if stueck.ebene:
                inhalt = PUNKT + inhalt.replace("\n", " ")
            listenpunkt = index and (stueck.ebene or stuecke[index - 1].ebene)
            text += ("\n" if listenpunkt else "\n\n" if index else "") + inhalt
        return text

    # --- the end --------------------------------------------------------------------------------

    def _fertig(self, bild: Konferenzbild) -> Konferenzbild:
        nummern = set(self.gruppen) | set(self.titel)
        for nummer in sorted(nummern - set(self.gruppen)):
            self.gruppen[nummer] = GeleseneGruppe(nummer, self.titel[nummer])
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
            gruppen=tuple(gruppenbild(self.gruppen[nummer]) for nummer in sorted(self.gruppen)),
            textseiten=tuple(self.textseiten),
        )
