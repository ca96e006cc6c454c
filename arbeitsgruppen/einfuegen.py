"""From pasted text to headings and statements, whatever program it was copied from.

Slides lose their bullets when they are copied, word processors put tabs behind theirs, a mail quotes and
wraps, a PDF repeats the title on every page: all that is undone here, and nothing of the text is dropped.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from arbeitsgruppen.fund import MARKIERT, ZEICHEN_ALLEIN, Beiwerkart, Fund, Fundleser, Rahmen, kopfform
from arbeitsgruppen.gruppenseiten import (
    AUFZAEHLUNG,
    FRAGESTELLUNG,
    GRUPPE,
    GRUPPENKOPF,
    MODERATION,
    GeleseneGruppe,
    Stueck,
)
from arbeitsgruppen.namen import kurzform
from arbeitsgruppen.quelle import Quelle, Seite, Zeile, aus_seiten, bereinigt
from arbeitsgruppen.umbruch import verbunden

KOPF = re.compile(GRUPPENKOPF)
ZITAT = re.compile(r"\s{0,3}(?:>\s?)+")
TRENNLINIE = re.compile(r"\s*(?:[-=_*~#+–—]\s*){3,}")
# PowerPoint's line break inside a paragraph, while lines are read.
WEICHER_UMBRUCH = "\ufdd0"
# A text is wrapped if so many of its lines reach this near to the longest.
VOLLE_ZEILEN, RANDBREITE = 0.25, 12
SCHMALSTER_UMBRUCH = 40  # characters
# After these words, and before these signs, a sentence goes on.
UNVOLLSTAENDIG = re.compile(
    r"(^|\s)(d(as|em|en|er|es|ie|ass)|(k?ein|ihr|sein)(e[mnrs]?)?|zu[mr]?|i[mn]|a[mn]|auf|aus|beim?|bis|durch|für|mit"
    r"|nach|ohne|seit|über|um|und|oder|unter|v[oa]r|vo[mn]|wegen|als|wie|sowie|bzw\.|z\. ?B\.)$",
    re.IGNORECASE,
)
FORTGESETZT = re.compile(r"(und|oder|bzw\.|[/→)&…])(\s|$)")
KOPF_NACH_PUNKT = 60  # characters of a heading that only its place between bullets tells from text


def aus_text(text: str, rahmen: Rahmen) -> Fund:
    """Return what stands in a pasted text; `rahmen` says for which group."""
    text = _vorbereitet(text)
    seiten = text.split("\f") if "\f" in text else _an_titeln_geteilt(text, rahmen)
    return aus_quelle(aus_seiten(filter(str.strip, seiten)), rahmen)


def aus_quelle(quelle: Quelle, rahmen: Rahmen) -> Fund:
    """Return what stands on pages of lines, those of a PDF for example."""
    return _Textleser(quelle, rahmen).lesen()


def _vorbereitet(text: str) -> str:
    """Return a text with its indentation in spaces, without marks of quotation and drawn lines."""
    text = text.replace(WEICHER_UMBRUCH, "").replace("\v", WEICHER_UMBRUCH).replace("\r\n", "\n")
    text = re.sub(r"(?m)^[^\S\r\n\f]+", lambda t: t[0].replace("\t", "    "), text)
    zeilen = bereinigt(text).split("\n")
    return "\n".join("" if TRENNLINIE.fullmatch(zeile) else zeile for zeile in _ohne_zitat(zeilen))


def _ohne_zitat(zeilen: Sequence[str]) -> Iterator[str]:
    """Yield the lines without what a mail puts before those it quotes: always several that follow."""
    zitiert = [bool(ZITAT.match(zeile)) for zeile in zeilen]
    for index, zeile in enumerate(zeilen):
        umgeben = any(zitiert[max(index - 1, 0) : index]) or any(zitiert[index + 1 : index + 2])
        yield ZITAT.sub("", zeile, count=1) if zitiert[index] and umgeben else zeile


def _an_titeln_geteilt(text: str, rahmen: Rahmen) -> Iterator[str]:
    """Yield the pages of a text without page breaks: each begins with the title of a group."""
    zeilen = text.split("\n")
    wie_oft = Counter(zeile.strip() for zeile in zeilen)
    anfang = 0
    for index, zeile in enumerate(zeilen):
        text = zeile.strip()
        abgesetzt = not zeilen[index - 1].strip()
        if index > anfang and (_ist_titel(text, rahmen, wie_oft[text]) or (abgesetzt and _wie_titel(text))):
            yield "\n".join(zeilen[anfang:index])
            anfang = index
    yield "\n".join(zeilen[anfang:])


def _ist_titel(text: str, rahmen: Rahmen, anzahl: int = 1) -> bool:
    """Whether a line that stands so often in the text is the title of a group, not a sentence on one."""
    treffer = GRUPPE.fullmatch(text)
    if treffer is None:
        return kurzform(text) == kurzform(rahmen.titel)
    eigener, titel = kurzform(rahmen.titel), kurzform(treffer[2])
    return anzahl > 1 or eigener.startswith(titel) or titel.startswith(eigener)


def _wie_titel(text: str) -> bool:
    """Whether a line that stands apart looks like the title of a group: „AG 4: Arbeit“."""
    return bool(
        re.fullmatch(rf"{GRUPPENKOPF}", text) or re.match(r"(AG|Arbeitsgruppe)\D{0,6}\d+\s*[:–]", text)
    )


class _Textleser(Fundleser):
    """Goes through pages of lines."""

    def __init__(self, quelle: Quelle, rahmen: Rahmen):
        super().__init__(quelle, rahmen)
        self.hinweise.clear()  # they tell what was taken off the margins; here that is offered
        zeilen = [zeile for seite in quelle.seiten for zeile in seite.zeilen]
        self.eigene_nummer = any(
            seite.zeilen
            and (treffer := KOPF.match(seite.zeilen[0].text))
            and int(treffer[1]) == rahmen.nummer
            for seite in quelle.seiten
        )
        self.titel_gesehen = not any(
            seite.zeilen and KOPF.match(seite.zeilen[0].text) for seite in quelle.seiten
        )
        self.punkte_irgendwo = any(ZEICHEN_ALLEIN.fullmatch(zeile.roh) for zeile in zeilen)
        self.breit = _reicht_bis_zum_rand(zeilen)
        self.umbrochen = (
            quelle.umbruch_mit_leerzeichen
            or self.breit
            or any(_geht_weiter(*paar) for seite in quelle.seiten for paar in pairwise(seite.zeilen))
        )

    def lesen(self) -> Fund:
        """Read all pages."""
        for seite in self.quelle.seiten:
            self.aufschlagen(seite)
            zeilen = self._ohne_titel(self._ohne_rand(seite))
            if zeilen:
                self._inhalt(self.gruppe, zeilen)
        return self.fund()

    # --- what frames the statements -------------------------------------------------------------

    def _ohne_rand(self, seite: Seite) -> list[Zeile]:
        """Return the lines of a page; a heading that was taken for a running head is put back."""
        zeilen = list(seite.zeilen)
        for zeile in seite.rand:
            danach = next((z for z in seite.zeilen if z.nummer > zeile.nummer), None)
            oben = bool(seite.zeilen) and danach is seite.zeilen[0]
            if self._kopf_bekannt(zeile.text) or (oben and danach and AUFZAEHLUNG.fullmatch(danach.roh)):
                zeilen.append(zeile)
            else:
                self._beilegen(Beiwerkart.FUSS, zeile.text)
        return sorted(zeilen, key=lambda zeile: zeile.nummer)

    def _ohne_titel(self, zeilen: list[Zeile]) -> list[Zeile]:
        """Return what follows the title of a group, and go on with that group."""
        self.unter_titel = False
        if not zeilen:
            return zeilen
        text = zeilen[0].text
        danach = self._nach_titel(text)
        treffer = KOPF.match(text)
        if danach is not None:
            self._gruppe_aufschlagen(int(treffer[1]) if treffer else self.rahmen.nummer, self.rahmen.titel)
            laenge = 1
        elif treffer and (self.seitenweise or _ist_titel(text, self.rahmen) or _wie_titel(text)):
            # A number alone is a title as well.
            nummer, titel, laenge = self._titel(zeilen) if GRUPPE.match(text) else (int(treffer[1]), "", 1)
            self._gruppe_aufschlagen(nummer, titel)
        else:
            return zeilen
        self.unter_titel = self.titel_gesehen = True
        self._beilegen(Beiwerkart.TITEL, self.umbruch.verbinden(zeilen[:laenge], ein_absatz=True))
        return [*([replace(zeilen[0], roh=danach)] if danach else []), *zeilen[laenge:]]

    def _titellaenge(self, zeilen: list[Zeile], bekannt: str) -> int:
        """Return how many lines the title takes; one that nobody knows takes few."""
        laenge = super()._titellaenge(zeilen, bekannt)
        titel = re.sub(f"^{GRUPPENKOPF}", "", " ".join(zeile.text for zeile in zeilen[:laenge]))
        if kurzform(titel) == kurzform(bekannt):
            return laenge
        return next((i for i in range(1, laenge) if not self._fortsetzung(zeilen[i], zeilen[i - 1])), laenge)

    def _inhalt(self, gruppe: GeleseneGruppe, zeilen: list[Zeile]) -> None:
        """Read a page; what says „Fragestellung“ or „Moderation“ under a title is no statement."""
        ab = 0
        marken = [
            i for i, z in enumerate(zeilen) if FRAGESTELLUNG.fullmatch(z.text) or MODERATION.fullmatch(z.text)
        ]
        if marken and (self.unter_titel or marken[0] == 0):
            danach = range(marken[-1] + 1, len(zeilen))
            ab = next((i for i in danach if self._kopf_bekannt(zeilen[i].text)), len(zeilen))
            self._fragenseite(gruppe, zeilen[:ab])
        if zeilen[ab:]:
            self._aeusserungsseite(gruppe, zeilen[ab:])

    def _fragenseite(self, gruppe: GeleseneGruppe, zeilen: list[Zeile]) -> None:
        """Keep question and moderation beside the statements; the questions are known as headings then."""
        super()._fragenseite(gruppe, zeilen)
        self._bekannte.update(map(kopfform, gruppe.unterfragen))
        for stueck in self._stuecke(zeilen):
            self._beilegen(Beiwerkart.RAHMEN, self.umbruch.verbinden(stueck.inhalt))

    # --- statements -------------------------------------------------------------------------------

    def _aeusserungsseite(self, gruppe: GeleseneGruppe, zeilen: list[Zeile]) -> None:
        self._muster_hier = self._muster(zeilen)
        self.mit_punkten = any(map(self._ist_punkt, zeilen))
        self._danach = {davor.nummer: danach for davor, danach in pairwise(zeilen)}
        if self.seitenweise and not self._gehoert_zu_gruppe(zeilen):
            for stueck in self._stuecke(zeilen, gruppe):
                self._beilegen(Beiwerkart.ABSATZ, self._text(stueck))
            return
        stuecke = self._stuecke(zeilen, gruppe)
        koepfe = self._koepfe(stuecke)
        erster = min(koepfe, default=0)
        if self.unter_titel and erster and not any(stueck.ebene for stueck in stuecke[erster:]):
            # Some tools put a heading behind the bullets that stand below it on the page.
            stuecke.insert(0, stuecke.pop(erster))
            koepfe = {0}
        self._einordnen(stuecke, koepfe)

    def _gehoert_zu_gruppe(self, zeilen: list[Zeile]) -> bool:
        """Whether a page holds statements, not the cover or the agenda that come before them."""
        if any(self._kopf_bekannt(zeile.text) for zeile in zeilen):
            return True
        return self.titel_gesehen and (self.mit_punkten or not self.punkte_irgendwo)

    def _text(self, stueck: Stueck) -> str:
        return super()._text(stueck).replace(WEICHER_UMBRUCH, "\n").strip()

    def _beilegen(self, art: Beiwerkart, text: str, ort: str = "") -> None:
        super()._beilegen(art, text.replace(WEICHER_UMBRUCH, "\n").strip(), ort)

    def _kopf(self, stueck: Stueck) -> str:
        return super()._kopf(stueck).replace(WEICHER_UMBRUCH, " ").strip()

    # --- lines to pieces --------------------------------------------------------------------------

    def _ist_punkt(self, zeile: Zeile) -> bool:
        return bool(self._muster_hier.fullmatch(zeile.roh))

    def _neues_stueck(self, zeile: Zeile, vorher: Stueck, gruppe: GeleseneGruppe | None) -> bool:
        """Whether a line without a bullet begins something new, or goes on from the line before."""
        if gruppe is None:
            return super()._neues_stueck(zeile, vorher, gruppe)
        davor = vorher.zeilen[-1]
        voll = self.umbrochen and not self.umbruch.passte(davor.text, zeile.text)
        if MARKIERT.match(zeile.text) or MARKIERT.match(davor.text):
            return True
        if self._kopf_bekannt(zeile.text) and (vorher.ebene or not self._bekannt(vorher)):
            return zeile.nach_leerzeile or not voll
        if not vorher.ebene and self._bekannt(vorher):
            return not self._setzt_kopf_fort(zeile, vorher, voll)
        if not self.mit_punkten:
            return zeile.nach_leerzeile or not (self.breit and voll)
        if zeile.nach_leerzeile:
            return not (self.umbrochen and self._haengt_an(zeile, davor))
        if not vorher.ebene:
            return not self.umbrochen or not (voll or zeile.text[0].islower())
        return not voll and self._wie_kopf(zeile, davor)

    def _setzt_kopf_fort(self, zeile: Zeile, kopf: Stueck, voll: bool) -> bool:
        """Whether a line goes on from a known heading; what may end in any way says nothing by its words."""
        bisher = self._kopf(kopf)
        if self._kopf_bekannt(f"{bisher} und so weiter"):
            return voll or bisher.endswith((",", "-", "–", "—"))
        return self._kopf_bekannt(verbunden(bisher, zeile.text))

    def _haengt_an(self, zeile: Zeile, davor: Zeile) -> bool:
        """Whether a line goes on from the one before, although there is a blank line between them."""
        if UNVOLLSTAENDIG.search(davor.text[-20:]) or FORTGESETZT.match(zeile.text):
            return True
        return self.umbruch.haengt_an(zeile, davor)

    def _wie_kopf(self, zeile: Zeile, davor: Zeile) -> bool:
        """Whether a line right behind a bullet is a heading that nobody knows: bullets follow it."""
        danach = self._danach.get(zeile.nummer)
        return (
            danach is not None
            and self._ist_punkt(danach)
            and len(zeile.text) <= KOPF_NACH_PUNKT
            and not davor.text.endswith((",", ":", ";", "/", "(", "-", "–"))
            and not UNVOLLSTAENDIG.search(davor.text[-20:])
            and not (self.umbruch.markiert and davor.roh.endswith(" "))
            and _einzug(zeile) <= _einzug(danach)
            and self._taugt_als_kopf(zeile.text)
        )


def _einzug(zeile: Zeile) -> int:
    return len(zeile.roh) - len(zeile.roh.lstrip())


def _reicht_bis_zum_rand(zeilen: Sequence[Zeile]) -> bool:
    """Whether so many lines are about as long as the longest that they must have been wrapped there."""
    laengen = [len(zeile.text) for zeile in zeilen]
    breite = max(laengen, default=0)
    volle = sum(laenge > breite - RANDBREITE for laenge in laengen)
    return breite >= SCHMALSTER_UMBRUCH and volle > 1 and volle >= VOLLE_ZEILEN * len(laengen)


def _geht_weiter(davor: Zeile, zeile: Zeile) -> bool:
    """Whether a line can only be the rest of a bullet before it."""
    return (
        bool(AUFZAEHLUNG.fullmatch(davor.roh))
        and not AUFZAEHLUNG.fullmatch(zeile.roh)
        and (zeile.text[0].islower() or davor.text.endswith(("-", "\u2010", ",")))
    )
