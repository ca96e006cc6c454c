"""Files of LibreOffice: text documents, presentations and spreadsheets."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from lxml import etree

from arbeitsgruppen.dateileser.anordnung import Kasten, in_lesefolge
from arbeitsgruppen.dateileser.bloecke import Art, Block, Sammler, Tabellenzeile
from arbeitsgruppen.dateileser.tabelle import als_bloecke

NAMENSRAEUME = {
    kurz: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
    for kurz, name in {
        "draw": "drawing",
        "fo": "xsl-fo-compatible",
        "office": "office",
        "presentation": "presentation",
        "style": "style",
        "svg": "svg-compatible",
        "table": "table",
        "text": "text",
    }.items()
}
KURZ = {lang: kurz for kurz, lang in NAMENSRAEUME.items()}
LAENGE = re.compile(r"(-?\d+(?:\.\d+)?)(mm|cm|in|pt|px)")
IN_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "px": 25.4 / 96}
TITELSTILE = ("Title", "Heading")
RAND = ("footer", "header", "date-time", "page-number")
# What stands inside a paragraph but is no part of its text.
NICHT_IM_TEXT = {"text:note", "text:tracked-changes", "office:annotation", "draw:frame", "draw:custom-shape"}


def lesen(inhalt: bytes, sammler: Sammler) -> None:
    """Add the pages of a document, whichever of the three kinds it is."""
    with ZipFile(BytesIO(inhalt)) as archiv:
        teile = [_baum(archiv, name) for name in ("styles.xml", "content.xml") if name in archiv.namelist()]
    leser = _Leser(teile, sammler)
    for koerper in teile[-1].find("office:body", NAMENSRAEUME):
        match _name(koerper):
            case "office:presentation":
                leser.folien(koerper)
            case "office:spreadsheet":
                leser.blaetter(koerper)
            case "office:text":
                leser.text(koerper)


def _baum(archiv: ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(archiv.read(name), parser)


@dataclass(slots=True)
class _Stil:
    eltern: str = ""
    fett: bool | None = None
    neue_seite: bool = False
    verborgen: bool = False


@dataclass(slots=True)
class _Leser:
    teile: list[Any]  # styles and content
    sammler: Sammler
    stile: dict[str, _Stil] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for teil in self.teile:
            for stil in teil.iter(_lang("style:style")):
                self.stile[_attribut(stil, "style:name")] = _stil(stil)

    # --- the three kinds --------------------------------------------------------------------------

    def text(self, koerper: Any) -> None:
        """Add the pages that page breaks made by hand divide a text document into."""
        self.sammler.dokument(self._mit_seitenwechsel(koerper), self._nebentexte(koerper))

    def folien(self, koerper: Any) -> None:
        """Add every slide that is shown."""
        for nummer, folie in enumerate(koerper.iterfind("draw:page", NAMENSRAEUME), 1):
            if self._geerbt(_attribut(folie, "draw:style-name")).verborgen:
                self.sammler.hinweise.append(
                    f"Folie {nummer} ist ausgeblendet und wurde nicht gelesen. Blenden Sie sie ein, wenn sie "
                    f"dazugehört."
                )
            else:
                self.sammler.seite(f"Folie {nummer}", self._folie(folie))

    def blaetter(self, koerper: Any) -> None:
        """Add every sheet."""
        for blatt in koerper.iterfind("table:table", NAMENSRAEUME):
            zeilen = [[("\n".join(zelle), False) for zelle in zeile] for zeile in self._tabellenzeilen(blatt)]
            self.sammler.seite(_attribut(blatt, "table:name"), als_bloecke(zeilen))

    # --- slides -----------------------------------------------------------------------------------

    def _folie(self, folie: Any) -> Iterator[Block]:
        formen = [form for form in folie if _name(form).startswith("draw:")]
        titel = [form for form in formen if _klasse(form) == "title"]
        raender = [form for form in formen if _klasse(form) in RAND]
        for form in titel:
            if text := "\n".join(block.text for block in self._bloecke(_textrahmen(form))):
                yield Block(Art.KOPF, text)
        for form in _geordnet(form for form in formen if form not in titel and form not in raender):
            yield from self._form(form)
        notizen = folie.find("presentation:notes", NAMENSRAEUME)
        for form in (*(notizen if notizen is not None else ()), *raender):
            art = Art.FUSS if _klasse(form) in RAND else Art.NOTIZ
            yield from (Block(art, block.text) for block in self._bloecke(_textrahmen(form)))

    def _form(self, form: Any) -> Iterator[Block]:
        if _name(form) == "draw:g":
            for teil in _geordnet(form):
                yield from self._form(teil)
            return
        for block in self._bloecke(_textrahmen(form)):
            if block.art == Art.ABSATZ:
                art = Art.RAHMEN if _klasse(form) == "subtitle" else Art.FREI
                yield Block(art, block.text, block.ebene, block.fett, block.abgesetzt)
            else:
                yield block

    # --- text -------------------------------------------------------------------------------------

    def _bloecke(self, eltern: Any) -> Iterator[Block]:
        return (block for block, _ in self._mit_seitenwechsel(eltern))

    def _mit_seitenwechsel(self, eltern: Any, ebene: int = -1) -> Iterator[tuple[Block, bool]]:
        """Yield the paragraphs, lists and tables below an element, and whether each begins a page."""
        abgesetzt = False
        for element in eltern:
            match _name(element):
                case "text:p" | "text:h":
                    block, neue_seite = self._absatz(element, ebene, abgesetzt)
                    abgesetzt = not block.text.strip()
                    if not abgesetzt:
                        yield block, neue_seite
                    for kasten in element.iter(_lang("draw:text-box")):
                        for inhalt in self._bloecke(kasten):
                            yield Block(Art.FREI, inhalt.text, fett=inhalt.fett), False
                case "text:list":
                    for punkt in element:
                        yield from self._mit_seitenwechsel(punkt, ebene + 1)
                    abgesetzt = False
                case "table:table":
                    yield Block(Art.TABELLE, zeilen=tuple(self._tabellenzeilen(element))), False
                case "text:section" | "text:numbered-paragraph":
                    yield from self._mit_seitenwechsel(element, ebene)

    def _absatz(self, element: Any, ebene: int, abgesetzt: bool) -> tuple[Block, bool]:
        name = _attribut(element, "text:style-name")
        stil = self._geerbt(name)
        text = _text(element)
        if _name(element) == "text:h" or any(stil in TITELSTILE for stil in self._stilfolge(name)):
            return Block(Art.KOPF, text, abgesetzt=abgesetzt), stil.neue_seite
        art = Art.PUNKT if ebene >= 0 else Art.ABSATZ
        fett = bool(stil.fett) or self._ganz_fett(element)
        return Block(art, text, max(ebene, 0), fett, abgesetzt), stil.neue_seite

    def _ganz_fett(self, element: Any) -> bool:
        """Whether all that stands in a paragraph is set bold."""
        lose = [element.text, *(kind.tail for kind in element)]
        spannen = [kind for kind in element if _text(kind).strip()]
        return (
            bool(spannen)
            and not any(text and text.strip() for text in lose)
            and all(self._geerbt(_attribut(spanne, "text:style-name")).fett for spanne in spannen)
        )

    def _nebentexte(self, koerper: Any) -> Iterator[Block]:
        """Yield footnotes, comments and what stands in the margins."""
        for name in ("text:note-body", "office:annotation"):
            for notiz in koerper.iter(_lang(name)):
                yield from (Block(Art.NOTIZ, _text(absatz)) for absatz in notiz.iter(_lang("text:p")))
        for name in ("style:header", "style:footer"):
            for rand in self.teile[0].iter(_lang(name)):
                yield from (Block(Art.FUSS, _text(absatz)) for absatz in rand.iter(_lang("text:p")))

    def _tabellenzeilen(self, tabelle: Any) -> Iterator[Tabellenzeile]:
        grenzen = self.sammler.grenzen
        for zeile in tabelle.iter(_lang("table:table-row")):
            zellen: list[tuple[str, ...]] = []
            for zelle in zeile:
                absaetze = tuple(self._zellenabsaetze(zelle))
                oft = _anzahl(zelle, "table:number-columns-repeated", grenzen.spalten)
                zellen += [absaetze] * min(oft, grenzen.spalten - len(zellen))
            oft = _anzahl(zeile, "table:number-rows-repeated", grenzen.zeilen + 1) if any(zellen) else 1
            yield from [tuple(zellen)] * oft

    def _zellenabsaetze(self, zelle: Any) -> Iterator[str]:
        if _name(zelle) == "table:table-cell":
            for block in self._bloecke(zelle):
                if block.art != Art.TABELLE:
                    yield "    " * block.ebene + block.text

    # --- styles -----------------------------------------------------------------------------------

    def _stilfolge(self, name: str) -> Iterator[str]:
        """Yield a style and those it comes from."""
        gesehen: set[str] = set()
        while name and name not in gesehen:
            gesehen.add(name)
            yield name
            name = self.stile[name].eltern if name in self.stile else ""

    def _geerbt(self, name: str) -> _Stil:
        """Return a style; only the weight of its type is inherited."""
        stile = [self.stile.get(n, _Stil()) for n in self._stilfolge(name)]
        eigener = stile[0] if stile else _Stil()
        fett = next((stil.fett for stil in stile if stil.fett is not None), None)
        return _Stil(eigener.eltern, fett, eigener.neue_seite, eigener.verborgen)


def _stil(element: Any) -> _Stil:
    stil = _Stil(_attribut(element, "style:parent-style-name"))
    for eigenschaften in element:
        if gewicht := _attribut(eigenschaften, "fo:font-weight"):
            stil.fett = gewicht in ("bold", "600", "700", "800", "900")
        stil.neue_seite |= _attribut(eigenschaften, "fo:break-before") == "page"
        stil.verborgen |= _attribut(eigenschaften, "presentation:visibility") == "hidden"
    return stil


def _lang(name: str) -> str:
    """Return a name with its namespace as lxml writes it."""
    kurz, _, lokal = name.partition(":")
    return f"{{{NAMENSRAEUME[kurz]}}}{lokal}"


def _name(element: Any) -> str:
    """Return the name of an element with the usual prefix."""
    namensraum, _, lokal = element.tag[1:].partition("}")
    return f"{KURZ.get(namensraum, '')}:{lokal}"


def _attribut(element: Any, name: str) -> str:
    return element.get(_lang(name), "")


def _text(element: Any) -> str:
    return "".join(_texte(element))


def _texte(element: Any) -> Iterator[str]:
    yield _weiss(element.text)
    for kind in element:
        match _name(kind):
            case "text:s":
                yield " " * _anzahl(kind, "text:c", 100)
            case "text:tab":
                yield "\t"
            case "text:line-break":
                yield "\n"
            case name if name not in NICHT_IM_TEXT:
                yield from _texte(kind)
        yield _weiss(kind.tail)


def _weiss(text: str | None) -> str:
    """Return a text with its white space as it counts: only elements stand for more than one space."""
    return re.sub(r"[ \t\r\n]+", " ", text or "")


def _anzahl(element: Any, name: str, hoechstens: int) -> int:
    return max(1, min(int(_attribut(element, name) or 1), hoechstens))


def _klasse(form: Any) -> str:
    return _attribut(form, "presentation:class")


def _textrahmen(form: Any) -> Any:
    """Return the element of a shape in which its paragraphs stand."""
    kasten = form.find("draw:text-box", NAMENSRAEUME)
    return form if kasten is None else kasten


def _geordnet(formen: Iterable[Any]) -> list[Any]:
    return in_lesefolge([Kasten(*_masse(form), form) for form in formen])


def _masse(form: Any) -> tuple[int, int, int, int]:
    """Return left, top, width and height in hundredths of a millimetre; for a group, of its first part."""
    while _name(form) == "draw:g" and len(form):
        form = form[0]
    links, oben, breite, hoehe = (
        round(float(treffer[1]) * IN_MM[treffer[2]] * 100)
        if (treffer := LAENGE.fullmatch(_attribut(form, name)))
        else 0
        for name in ("svg:x", "svg:y", "svg:width", "svg:height")
    )
    return links, oben, breite, hoehe
