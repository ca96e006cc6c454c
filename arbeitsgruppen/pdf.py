"""From HTML to PDF. The only module that knows WeasyPrint.

Every `<section>` is one page of the original and stays one page: where it holds too much, its text is
set smaller, step by step. What does not fit even at the smallest step is left at full size and flows
on; the style sheet repeats the headings on the pages that follow.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from django.core.files.storage import default_storage
from weasyprint import HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from arbeitsgruppen.schriften import SCHRIFTEN

# Sizes of the text in percent, tried one after another; 60 % of a statement's 20 points are 12.
STUFEN = (100, 95, 90, 85, 80, 75, 70, 65, 60)
# At 60 % a page holds some three times the text; what fills more pages than this at 100 % need not be tried.
HOECHSTENS_SEITEN = 4


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished PDF and the number of its pages."""

    daten: bytes
    seiten: int


def als_pdf(kopf: str, seiten: Sequence[str], bilder: Collection[str] = ()) -> Pdf:
    """Set pages as a tagged PDF; the same input gives the same bytes.

    `kopf` is the HTML up to the first page, each of `seiten` begins with `<section`, `bilder` names the
    files of the storage that may be read. Nothing else is fetched, from the network least of all.
    """
    satz = _Satz(kopf, seiten, bilder)
    stufen = satz.passende_stufen()
    dokument = satz.gesetzt(stufen)
    kennung = sha256(satz.html(stufen).encode()).hexdigest()[:32]
    return Pdf(dokument.write_pdf(pdf_identifier=kennung, **satz.OPTIONEN), len(dokument.pages))


class _Satz:
    """The pages on their way into the PDF; fonts and pictures are read once for all attempts.

    `stufen` says which pages to set (counted from 0) and at how many percent of their size.
    """

    OPTIONEN: Mapping[str, Any] = {"pdf_tags": True, "optimize_images": True, "dpi": 200}

    def __init__(self, kopf: str, seiten: Sequence[str], bilder: Collection[str]) -> None:
        self.kopf = kopf
        self.seiten = seiten
        self.abruf = _Abruf(bilder)
        self.schriften = FontConfiguration()
        self.zwischenspeicher: dict[str, Any] = {}

    def html(self, stufen: Mapping[int, int]) -> str:
        return self.kopf + "".join(
            self.seiten[nummer].replace(
                "<section", f'<section id="seite-{nummer}" style="font-size:{stufe}%"', 1
            )
            for nummer, stufe in stufen.items()
        )

    def gesetzt(self, stufen: Mapping[int, int]) -> Document:
        return HTML(string=self.html(stufen), url_fetcher=self.abruf).render(
            font_config=self.schriften, cache=self.zwischenspeicher, **self.OPTIONEN
        )

    def passende_stufen(self) -> dict[int, int]:
        stufen = dict.fromkeys(range(len(self.seiten)), STUFEN[0])
        offen = [n for n, anzahl in self._belegt(stufen).items() if 1 < anzahl <= HOECHSTENS_SEITEN]
        for stufe in STUFEN[1:]:
            if not offen:
                break
            belegt = self._belegt(dict.fromkeys(offen, stufe))
            stufen.update((nummer, stufe) for nummer in offen if belegt[nummer] == 1)
            offen = [nummer for nummer in offen if belegt[nummer] > 1]
        return stufen

    def _belegt(self, stufen: Mapping[int, int]) -> dict[int, int]:
        """Set pages and return how many each of them takes: its anchor stands on all of them."""
        anker = Counter(anker for seite in self.gesetzt(stufen).pages for anker in seite.anchors)
        return {nummer: anker[f"seite-{nummer}"] for nummer in stufen}


class _Abruf(URLFetcher):
    """Hands out the fonts of the Heft and the pictures named beforehand, and nothing else."""

    def __init__(self, bilder: Collection[str]) -> None:
        super().__init__(allowed_protocols=())
        self.bilder = frozenset(bilder)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url in SCHRIFTEN:
            return URLFetcherResponse(url, SCHRIFTEN[url].daten())
        name = unquote(url.removeprefix("bild:"))
        if not url.startswith("bild:") or name not in self.bilder:
            raise ValueError(f"not part of the Heft: {url}")
        with default_storage.open(name) as datei:
            return URLFetcherResponse(url, datei.read())
