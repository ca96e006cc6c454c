"""The circle closes: the Heft, imported as PDF, is the conference it was made of."""

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from arbeitsgruppen.bild import Konferenzbild
from arbeitsgruppen.gliederung import gliedern
from arbeitsgruppen.heft import heft
from arbeitsgruppen.pdf import Setzerei
from arbeitsgruppen.quelle import lesen
from tests import vorlage


def ohne_weissraum(bild: Konferenzbild) -> Any:
    """Return a picture as plain values in which any white space is one space: a PDF keeps no more."""

    def ohne(wert: Any) -> Any:
        if isinstance(wert, str):
            return re.sub(r"\s+", " ", wert)
        if isinstance(wert, dict):
            return {k: ohne(v) for k, v in wert.items()}
        return [ohne(v) for v in wert] if isinstance(wert, list | tuple) else wert

    return ohne(asdict(bild))


def test_heft_als_pdf_importiert_ergibt_dieselbe_konferenz(tmp_path: Path) -> None:
    bild = vorlage.echte().bild
    datei = tmp_path / "heft.pdf"
    datei.write_bytes(Setzerei().setzen(heft(replace(bild, entwurf=False)).satz).daten)
    gelesen = gliedern(lesen(datei))
    assert ohne_weissraum(gelesen.bild) == ohne_weissraum(bild)
    assert gelesen.notizen == ()
    assert any("21. April 2021" in hinweis for hinweis in gelesen.hinweise)  # the running foot is named
