"""From the parts of a Heft to PDF. With seite.py the only module that knows WeasyPrint.

Every part is laid out as a document of its own and kept, so that after an edit only what changed is laid
out again; the pages are then joined and written as one PDF/UA-1 and PDF/A-3a file. What depends on a page's
place in the whole, its number above all, stands in the margins, which are laid out last and painted on top.
"""

import gc
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import pydyf
import pyphen
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from arbeitsgruppen.satz import SEITE, SEITEN, Anhang, Grenzen, Pdf, Satz, SatzFehler, Teil
from arbeitsgruppen.schriften import SCHRIFTEN
from arbeitsgruppen.seite import Schriftkasten, Seite

# Sizes of the text in percent, tried one after another; 60 % of a statement's 20 points are 12.
STUFEN = (100, 95, 90, 85, 80, 75, 70, 65, 60)
# At 60 % a page holds some three times the text; what fills more pages than this at 100 % need not be tried.
HOECHSTENS_SEITEN = 4
# How often the parts are laid out that print the page numbers of others; mostly once is enough.
DURCHGAENGE = 4
# So many pages are kept from one Heft to the next, margins counted as pages; and so many words with the
# places where they can be hyphenated.
GEMERKTE_SEITEN = 1_000
GEMERKTE_WOERTER = 3_000
# Margins are laid out so many pages at a time: a document's layout takes time that grows faster than its
# length (2,200 pages: 13 to 20 s as one, 7 to 9 s in blocks).
RAENDER_ZUSAMMEN = 50
# Characters of HTML that make a page, for telling how far the setting is before it is done.
ZEICHEN_JE_SEITE = 4_000

Fortschritt = Callable[[int, int, str], None]

# What a ToUnicode table begins with.
ZEICHENTABELLE = b"/CIDInit /ProcSet findresource begin"

# PDF/UA-1 identification (ISO 14289-1, 5). PDF/A knows no such property: its description comes along
# (ISO 19005-3, 6.6.2.3.3).
KENNZEICHNUNG = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:language><rdf:Bag><rdf:li>de</rdf:li></rdf:Bag></dc:language></rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


@dataclass(frozen=True, slots=True)
class _Lage:
    """A part as laid out, its pages packed; `anker` says on which of them (from 0) an id stands.

    `einmalig`: it can be written only once.
    """

    seiten: tuple[bytes | Seite, ...]
    anker: Mapping[str, int]
    einmalig: bool


class Setzerei:
    """Sets one Heft after another, keeping fonts, style sheets and laid-out parts between them."""

    def __init__(self) -> None:
        self._abruf = _Abruf()
        self._schriftordnung = FontConfiguration()
        self._schriften = Schriftkasten()
        self._stile: dict[str, CSS] = {}
        self._lagen: OrderedDict[str, _Lage] = OrderedDict()
        self._zuletzt = 0  # pages of the last Heft
        # Registered once: the rules are the same for every Heft, and unused fonts are not embedded.
        self._stil("".join(schrift.regel for schrift in SCHRIFTEN.values()))

    def setzen(
        self,
        satz: Satz,
        grenzen: Grenzen = Grenzen(),  # noqa: B008  # frozen
        fortschritt: Fortschritt = lambda fertig, gesamt, name: None,
    ) -> Pdf:
        """Return the PDF; the same Satz gives the same bytes, whatever was set before.

        `fortschritt` is told the pages done, the pages expected in all and the name of the part at hand.
        Raises SatzFehler when there are more pages than allowed.
        """
        # The collector would go through all that lives on again and again, the more the longer the Heft;
        # instead the garbage of each part is collected when it is laid out.
        gc.disable()
        try:
            return self._gesetztes(satz, grenzen, fortschritt)
        finally:
            gc.enable()

    def _gesetztes(self, satz: Satz, grenzen: Grenzen, fortschritt: Fortschritt) -> Pdf:
        self._abruf.bilder = satz.bilder
        lagen = self._lagen_aller_teile(satz, grenzen, fortschritt)
        seiten = [Seite.auspacken(seite) for lage in lagen for seite in lage.seiten]

        def melden() -> None:  # for each page: also writing may take long, and shall not be taken for stuck
            fortschritt(len(seiten), len(seiten), "PDF schreiben")

        melden()
        raender = self._raender(satz, lagen)
        dokument = Document(
            [
                seite.fertig(rand, self._schriften, melden)
                for seite, rand in zip(seiten, raender, strict=True)
            ],
            _metadaten(satz),
            self._abruf,
            self._schriftordnung,
            {},
            "srgb",
        )
        daten = dokument.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_identifier=satz.kennung,
            finisher=_nacharbeiten,
            attachments=[_attachment(anhang, satz.geaendert) for anhang in satz.anhaenge],
            optimize_images=True,
            dpi=200,
        )
        self._zuletzt = len(seiten)
        for schluessel in [schluessel for schluessel, lage in self._lagen.items() if lage.einmalig]:
            del self._lagen[schluessel]
        return Pdf(daten, len(seiten), _seitenzahlen(lagen))

    def _lagen_aller_teile(self, satz: Satz, grenzen: Grenzen, fortschritt: Fortschritt) -> list[_Lage]:
        """Lay out all parts, those last that print the page numbers of others."""
        lagen: list[_Lage] = []
        fertig, offen = 0, sum(map(_erwartete_seiten, satz.teile))
        for teil in satz.teile:
            fortschritt(fertig, fertig + offen, teil.name)
            lagen.append(self._lage(_gefuellt(teil, {}), satz.stil))
            fertig += len(lagen[-1].seiten)
            offen -= _erwartete_seiten(teil)
            if fertig > grenzen.seiten:
                raise SatzFehler(
                    f"Das Heft hat mehr als {grenzen.seiten} Seiten, so viele schon bis „{teil.name}“. "
                    f"Wählen Sie einzelne Arbeitsgruppen."
                )
        # With the page numbers in it, such a part can take another page or one less, which moves those behind
        # it: again until nothing moves. One that swings for ever between two numbers of pages is left at one.
        for _ in range(DURCHGAENGE):
            nummern = _seitenzahlen(lagen)
            vorher = [len(lage.seiten) for lage in lagen]
            for index, teil in enumerate(satz.teile):
                if teil.verweise:
                    lagen[index] = self._lage(_gefuellt(teil, nummern), satz.stil)
            if vorher == [len(lage.seiten) for lage in lagen]:
                break
        return lagen

    def _lage(self, teil: Teil, stil: str, im_rand: bool = False) -> _Lage:
        # The pictures' content is in the key by their names, which heft.py makes from it.
        schluessel = sha256(repr((stil, teil.html, teil.einpassen, im_rand)).encode()).hexdigest()
        if schluessel in self._lagen:
            self._lagen.move_to_end(schluessel)
        else:
            self._lagen[schluessel] = self._neue_lage(teil, self._stil(stil), im_rand)
            gc.collect(1)  # only what is new: not the parts laid out before, which have survived this once
        return self._lagen[schluessel]

    def _neue_lage(self, teil: Teil, stil: CSS, im_rand: bool) -> _Lage:
        dokument = self._gesetzt(teil.html, stil)
        if teil.einpassen and 1 < len(dokument.pages) <= HOECHSTENS_SEITEN:
            for stufe in STUFEN[1:]:
                html = teil.html.replace("<section", f'<section style="font-size:{stufe}%"', 1)
                kleiner = self._gesetzt(html, stil)
                if len(kleiner.pages) == 1:
                    dokument = kleiner
                    break
        anker: dict[str, int] = {}
        for nummer, seite in enumerate(dokument.pages):
            for name in seite.anchors:
                anker.setdefault(name, nummer)
        seiten = [Seite(seite, self._schriften, im_rand) for seite in dokument.pages]
        return _Lage(
            tuple(seite.packen() for seite in seiten), anker, any(seite.einmalig for seite in seiten)
        )

    def _gesetzt(self, html: str, stil: CSS) -> Document:
        return HTML(string=f'<html lang="de"><body>{html}', url_fetcher=self._abruf).render(
            font_config=self._schriftordnung,
            cache={},  # pictures are decoded from it when they are written; it lives as long as the page
            stylesheets=[stil],
            pdf_tags=True,
            optimize_images=True,
            dpi=200,
        )

    def _raender(self, satz: Satz, lagen: Sequence[_Lage]) -> list[Seite | None]:
        """Lay out the margins of all pages, one page each."""
        anzahl = sum(len(lage.seiten) for lage in lagen)
        if not satz.randstil:
            return [None] * anzahl
        je_seite = (teil.rand for teil, lage in zip(satz.teile, lagen, strict=True) for _ in lage.seiten)
        abschnitte = [
            f'<section class="rand">{rand.replace(SEITE, str(nummer)).replace(SEITEN, str(anzahl))}</section>'
            for nummer, rand in enumerate(je_seite, 1)
        ]
        raender: list[Seite | None] = []
        for anfang in range(0, anzahl, RAENDER_ZUSAMMEN):
            html = "".join(abschnitte[anfang : anfang + RAENDER_ZUSAMMEN])
            lage = self._lage(Teil("", html), satz.randstil, im_rand=True)
            raender.extend(map(Seite.auspacken, lage.seiten))
        return raender

    def _stil(self, css: str) -> CSS:
        if css not in self._stile:
            self._stile[css] = CSS(string=css, url_fetcher=self._abruf, font_config=self._schriftordnung)
        return self._stile[css]

    def aufraeumen(self) -> None:
        """Forget what was not used for longest, so that memory stays flat over any number of Hefte.

        To be called after each Heft, when nobody waits any more. The last one is kept with its margins,
        however long it is.
        """
        seiten = sum(len(lage.seiten) for lage in self._lagen.values())
        while seiten > max(GEMERKTE_SEITEN, 2 * self._zuletzt):
            _, lage = self._lagen.popitem(last=False)
            seiten -= len(lage.seiten)
        for woerterbuch in pyphen.hdcache.values():
            if len(woerterbuch.cache) > GEMERKTE_WOERTER:
                woerterbuch.cache.clear()
        gc.collect()


def _erwartete_seiten(teil: Teil) -> int:
    return 1 if teil.einpassen else 1 + len(teil.html) // ZEICHEN_JE_SEITE


def _seitenzahlen(lagen: Iterable[_Lage]) -> dict[str, int]:
    """Return the page of every id, counted from 1 through the whole Heft."""
    nummern: dict[str, int] = {}
    davor = 1
    for lage in lagen:
        for name, seite in lage.anker.items():
            nummern.setdefault(name, davor + seite)
        davor += len(lage.seiten)
    return nummern


def _gefuellt(teil: Teil, nummern: Mapping[str, int]) -> Teil:
    """Write the page numbers into a part; an unknown one becomes three figures wide."""
    if not teil.verweise:
        return teil
    html = re.sub(
        r'data-ziel="([^"]+)">(?=</a>)', lambda ziel: f"{ziel[0]}{nummern.get(ziel[1], '000')}", teil.html
    )
    return replace(teil, html=html)


class _Metadaten(DocumentMetadata):
    """Metadata that say PDF/UA-1 beside the PDF/A level that WeasyPrint writes, and the language."""

    def generate_rdf_metadata(self, variant: str, version: int, conformance: str) -> bytes:
        rdf = super().generate_rdf_metadata(variant, version, conformance)
        anfang, ende, _ = rdf.rpartition(b"</rdf:RDF>")
        return bytes(anfang + KENNZEICHNUNG + ende)

    def include_in_pdf(self, *argumente: Any) -> None:
        # Uncompressed (the last argument), legible for archives that know nothing of PDF.
        super().include_in_pdf(*argumente[:-1], False)


def _metadaten(satz: Satz) -> _Metadaten:
    return _Metadaten(
        title=satz.titel,
        authors=[satz.autor] if satz.autor else None,
        description=satz.beschreibung,
        generator="Konferenzdokumentation",
        modified=satz.geaendert or None,
        lang="de",
    )


def _attachment(anhang: Anhang, geaendert: str) -> Attachment:
    # Without dates of its own WeasyPrint takes the present time, and the bytes would never be the same.
    tag = datetime.fromisoformat(geaendert or "1970-01-01").replace(tzinfo=UTC)
    return Attachment(
        string=anhang.daten,
        name=anhang.name,
        description=anhang.beschreibung,
        relationship=anhang.beziehung,
        created=tag,
        modified=tag,
    )


def _nacharbeiten(dokument: Document, pdf: pydyf.PDF) -> None:
    """Mend what WeasyPrint 70.0 writes, before it is written.

    A bullet that is text before the item lies inside the item's body; its place is beside it, as Lbl next
    to LBody (ISO 32000-1, 14.8.4.3.3). A figure's box is given in CSS pixels from the top of the page
    instead of points from its foot, a header cell says not what it heads (only cells name their headers,
    and a column of headers has none to name it), and every attachment stands twice in the catalogue.
    """
    hoehen = dict(zip(pdf.page_references, (seite.height for seite in dokument.pages), strict=True))
    elemente = {
        objekt.reference: objekt
        for objekt in pdf.objects
        if isinstance(objekt, pydyf.Dictionary) and objekt.get("Type") == "/StructElem"
    }
    for figur in [element for element in elemente.values() if element["S"] == "/Figure"]:
        links, oben, rechts, unten = figur["A"]["BBox"]
        hoehe = hoehen[figur["Pg"]]
        figur["A"]["BBox"] = pydyf.Array(0.75 * x for x in (links, hoehe - unten, rechts, hoehe - oben))
    for kopf in [element for element in elemente.values() if element["S"] == "/TH"]:
        zeile = elemente[kopf["P"]]
        kopf["A"]["Scope"] = "/Column" if elemente[zeile["P"]]["S"] == "/THead" else "/Row"
    for zeichen in [element for element in elemente.values() if element["S"] == "/Lbl"]:
        koerper = elemente.get(zeichen["P"])
        while koerper is not None and koerper["S"] not in ("/LBody", "/L"):
            koerper = elemente.get(koerper["P"])
        if koerper is not None and koerper["S"] == "/LBody":
            elemente[zeichen["P"]]["K"].remove(zeichen.reference)
            punkt = elemente[koerper["P"]]
            punkt["K"].insert(punkt["K"].index(koerper.reference), zeichen.reference)
            zeichen["P"] = punkt.reference
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    # A glyph that is only part of a character (Thai, for one) has no text, which ISO 14289-1, 7.21.7 forbids:
    # a word joiner, which nobody sees or hears.
    for tabelle in pdf.objects:
        if isinstance(tabelle, pydyf.Stream) and tabelle.stream[:1] == [ZEICHENTABELLE]:
            tabelle.stream[:] = [re.sub(rb"> <>$", b"> <2060>", zeile) for zeile in tabelle.stream]
    # pydyf writes and packs every object twice, once for the file and once for its identifier.
    pdf.objects[1:] = map(_Geschrieben, pdf.objects[1:])


class _Geschrieben(pydyf.Object):
    """An object of a PDF that is final and already written as bytes."""

    data = b""
    compressible = True

    def __init__(self, objekt: pydyf.Object) -> None:
        super().__init__()
        self.number, self.generation, self.free = objekt.number, objekt.generation, objekt.free
        self.data, self.compressible = objekt.data, objekt.compressible


class _Abruf(URLFetcher):
    """Hands out the fonts of the Heft and the pictures that come with it, and nothing else."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=())
        self.bilder: Mapping[str, bytes] = {}

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url in SCHRIFTEN:
            return URLFetcherResponse(url, SCHRIFTEN[url].daten())
        name = unquote(url.removeprefix("bild:"))
        if not url.startswith("bild:") or name not in self.bilder:
            raise ValueError(f"not part of the Heft: {url}")
        return URLFetcherResponse(url, self.bilder[name])


@property  # type: ignore[misc]
def _seitenverweise(pdf: pydyf.PDF) -> tuple[bytes, ...]:
    anzahl, verweise = vars(pdf).get("_gemerkte_verweise", (0, ()))
    if anzahl != pdf.pages["Count"]:
        verweise = tuple(f"{nummer} 0 R".encode("ascii") for nummer in pdf.pages["Kids"][::3])
        pdf._gemerkte_verweise = (pdf.pages["Count"], verweise)
    return verweise


# pydyf 0.13 builds the tuple of all pages' references each time it is asked, and WeasyPrint asks for every
# tag: quadratic (282 s for 4,200 pages against 50 s). test_pdf.py says what to do with another version.
pydyf.PDF.page_references = _seitenverweise
