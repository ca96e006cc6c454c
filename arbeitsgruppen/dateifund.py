"""From a file to headings and statements: what its layout says, and where it says nothing, its words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from arbeitsgruppen.dateien import Datei
from arbeitsgruppen.dateileser.bloecke import Art, Block, Dateiseite
from arbeitsgruppen.einfuegen import aus_quelle, aus_text
from arbeitsgruppen.fund import ZEICHEN_ALLEIN, Beiwerkart, Fund, Fundleser, Rahmen
from arbeitsgruppen.gruppenseiten import FRAGESTELLUNG, GRUPPE, GRUPPENKOPF, MODERATION, Stueck
from arbeitsgruppen.quelle import Quelle, Seite, Zeile
from arbeitsgruppen.tabellenfund import aus_tabelle

GRUPPENTITEL = re.compile(GRUPPENKOPF)
STANDARDNAME = re.compile(r"(Tabelle|Sheet|Blatt|Table)\s?\d*", re.IGNORECASE)
BEIWERK = {Art.NOTIZ: Beiwerkart.NOTIZ, Art.FUSS: Beiwerkart.FUSS, Art.RAHMEN: Beiwerkart.RAHMEN}
PUNKT = "•"
SPALTE = "    "  # how far a level is indented


def aus_datei(datei: Datei, rahmen: Rahmen) -> Fund:
    """Return what a file holds for the group that `rahmen` describes."""
    if datei.quelle is not None:
        fund = aus_quelle(datei.quelle, rahmen)
    elif datei.seiten:
        fund = _Blockleser(datei, rahmen).lesen()
    else:
        fund = aus_text(datei.text, rahmen)
    return replace(fund, hinweise=(*datei.hinweise, *fund.hinweise))


class _Blockleser(Fundleser):
    """Goes through pages of blocks."""

    def __init__(self, datei: Datei, rahmen: Rahmen):
        super().__init__(Quelle(()), rahmen)
        self.datei = datei
        self.seitenweise = datei.seitenweise and len(datei.seiten) > 1
        self.name = ""
        koepfe = [b.text for s in datei.seiten for b in s.bloecke if b.art == Art.KOPF]
        self.gegliedert = any(self._titelteile(text) is None for text in koepfe)
        self.eigene_nummer = any(
            (treffer := GRUPPENTITEL.match(text)) and int(treffer[1]) == rahmen.nummer for text in koepfe
        )

    def lesen(self) -> Fund:
        """Read all pages."""
        for nummer, seite in enumerate(self.datei.seiten, 1):
            self.aufschlagen(Seite(nummer, ()))
            self.name, self.unter_titel = seite.name, False
            bloecke = list(self._ausgebreitet(seite))
            for teil in self._an_titeln_geteilt([b for b in bloecke if b.art not in BEIWERK]):
                self._teil_lesen(teil)
            for block in bloecke:
                if block.art in BEIWERK:
                    self._beilegen(BEIWERK[block.art], block.text)
        return self.fund()

    def _ort(self) -> str:
        return self.name

    # --- blocks as they are meant -----------------------------------------------------------------

    def _ausgebreitet(self, seite: Dateiseite) -> Iterator[Block]:
        """Yield the blocks of a page: a table as headings and items, a list in one paragraph as several."""
        if not self.datei.seitenweise and self._blatt_als_kopf(seite.name):
            yield Block(Art.KOPF, seite.name)
        for block in seite.bloecke:
            if block.art == Art.TABELLE:
                for zelle in aus_tabelle(
                    block.zeilen, self._kopf_bekannt, self._taugt_als_kopf, self.hinweise
                ):
                    yield from _zerlegt(zelle)
            else:
                yield from _zerlegt(block)

    def _blatt_als_kopf(self, name: str) -> bool:
        """Whether the name of a sheet is the heading of what stands on it."""
        if self._kopf_bekannt(name):
            return True
        mehrere = len(self.datei.seiten) > 1
        return mehrere and self._taugt_als_kopf(name) and not STANDARDNAME.fullmatch(name)

    def _an_titeln_geteilt(self, bloecke: Sequence[Block]) -> Iterator[list[Block]]:
        """Yield the blocks of a page up to each title of a group, and go on with that group in between."""
        teil: list[Block] = []
        for index, block in enumerate(bloecke):
            teile = self._titelteile(block.text) if block.art == Art.KOPF or index == 0 else None
            if teile is None:
                teil.append(block)
                continue
            if teil:
                yield teil
            titel, kopf = teile
            nummer = GRUPPENTITEL.match(titel)
            name = GRUPPE.fullmatch(titel)
            self._gruppe_aufschlagen(
                int(nummer[1]) if nummer else self.rahmen.nummer, name[2] if name else self.rahmen.titel
            )
            self.unter_titel = True
            self._beilegen(Beiwerkart.TITEL, block.text)
            teil = [replace(block, art=Art.KOPF, text=kopf)] if kopf else []
        yield teil

    def _titelteile(self, text: str) -> tuple[str, str] | None:
        """Return the title of a group and what follows it in the same block, None for any other text."""
        zeile = text.replace("\n", " ").strip()
        danach = self._nach_titel(zeile)
        if danach is not None:
            return zeile.removesuffix(danach).rstrip(" :|–—-"), danach
        erste, _, weitere = text.strip().partition("\n")
        if GRUPPENTITEL.fullmatch(erste.strip()) or GRUPPE.fullmatch(erste.strip()):
            return erste.strip(), weitere.strip()
        return None

    def _teil_lesen(self, bloecke: list[Block]) -> None:
        marken = [b for b in bloecke if FRAGESTELLUNG.fullmatch(b.text) or MODERATION.fullmatch(b.text)]
        if marken and not any(self._kopf_bekannt(block.text) for block in bloecke):
            for block in bloecke:
                self._beilegen(Beiwerkart.RAHMEN, block.text)
            return
        self.mit_punkten = any(block.art in (Art.PUNKT, Art.FREI) for block in bloecke)
        stuecke, koepfe = self._als_stuecke(bloecke)
        self.mit_punkten |= any(stueck.ebene for stueck in stuecke)
        if self.gegliedert or koepfe:
            koepfe |= {i for i, stueck in enumerate(stuecke) if not stueck.ebene and self._bekannt(stueck)}
        else:
            koepfe = self._koepfe(stuecke)
        self._einordnen(stuecke, koepfe)

    # --- blocks to pieces -------------------------------------------------------------------------

    def _als_stuecke(self, bloecke: Sequence[Block]) -> tuple[list[Stueck], set[int]]:
        """Return blocks as pieces, and which of them are headings by layout or, in a box, by their words."""
        zeilen = [_zeile(block, nummer) for nummer, block in enumerate(bloecke, 1)]
        muster = self._muster([z for z, b in zip(zeilen, bloecke, strict=True) if b.art != Art.KOPF])
        stuecke, koepfe = [], set()
        for index, (block, zeile) in enumerate(zip(bloecke, zeilen, strict=True)):
            if block.art == Art.KOPF or self._kopf_im_kasten(bloecke, index):
                koepfe.add(index)
                stuecke.append(Stueck([zeile], inhalt=[zeile]))
                continue
            ebene = "" if block.art == Art.ABSATZ else PUNKT
            inhalt = zeile
            if (treffer := muster.match(zeile.roh)) and treffer[3].strip():
                ebene = self._zeichen(treffer[2])
                inhalt = replace(zeile, roh=zeile.roh[treffer.start(3) :])
            stuecke.append(Stueck([zeile], ebene, [inhalt]))
        return stuecke, koepfe

    def _kopf_im_kasten(self, bloecke: Sequence[Block], index: int) -> bool:
        """Whether a text without a bullet is a heading: it is known, or bold and what follows is not."""
        block = bloecke[index]
        danach = bloecke[index + 1] if index + 1 < len(bloecke) else None
        if block.art not in (Art.FREI, Art.ABSATZ) or danach is None:
            return False
        if self._kopf_bekannt(block.text):
            return not self._kopf_bekannt(danach.text)  # else it is one of a list of questions
        folgt = danach.art not in (Art.KOPF, Art.TABELLE) and not danach.fett
        return block.fett and folgt and self._taugt_als_kopf(block.text.strip())

    def _kopf(self, stueck: Stueck) -> str:
        return super()._kopf(stueck).replace("\n", " ")


def _zeile(block: Block, nummer: int) -> Zeile:
    """Return a block as a line that is indented as deep as its level."""
    text = block.text.lstrip()
    einzug = block.text[: len(block.text) - len(text)].replace("\t", SPALTE)
    return Zeile(SPALTE * block.ebene + einzug + text, nummer, block.abgesetzt)


def _zerlegt(block: Block) -> Iterator[Block]:
    """Yield the items of a list whose lines somebody broke by hand inside one paragraph."""
    zeilen = block.text.split("\n")
    anfaenge = [i for i, zeile in enumerate(zeilen) if ZEICHEN_ALLEIN.match(zeile)]
    if block.art in (Art.KOPF, *BEIWERK) or len(anfaenge) < 2:
        yield block
        return
    grenzen = sorted({0, *anfaenge, len(zeilen)})
    for von, bis in pairwise(grenzen):
        text = "\n".join(zeilen[von:bis])
        if text.strip():
            einzug = len(text) - len(text.lstrip(" \t"))
            yield replace(block, text=text, ebene=block.ebene + (1 if einzug > 1 else 0))
