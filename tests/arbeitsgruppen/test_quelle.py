"""Reading files: every kind of bad input ends in one German line."""

import os
from pathlib import Path

import pypdfium2
import pytest

from arbeitsgruppen import quelle
from arbeitsgruppen.quelle import Quellenfehler, lesen
from tests import vorlage


def test_text_mit_seitenvorschueben_hat_seine_seiten() -> None:
    gelesen = lesen(vorlage.TEXT)
    assert len(gelesen.seiten) == 87
    assert gelesen.umbruch_mit_leerzeichen
    assert gelesen.seiten[1].zeilen[0].text == "Tagesprogramm"
    assert gelesen.seiten[1].zeilen[0].nummer == 2  # behind a blank line


def test_utf16_mit_bom_wird_gelesen(tmp_path: Path) -> None:
    datei = tmp_path / "q.txt"
    datei.write_text("Äußerung\fzwei", encoding="utf-16")
    assert [s.zeilen[0].text for s in lesen(datei).seiten] == ["Äußerung", "zwei"]


def test_steuerzeichen_kommen_nicht_in_den_text(tmp_path: Path) -> None:
    datei = tmp_path / "q.txt"
    datei.write_text("a\x0bb" + "x" * 500 + "\x07", encoding="utf-8")
    assert [z.text for z in lesen(datei).seiten[0].zeilen] == ["a", "b" + "x" * 500]


@pytest.mark.parametrize(
    ("inhalt", "ursache", "abhilfe"),
    [
        (b"", "leer", "Geben Sie"),
        (b" \n\f\n\xef\xbb\xbf", "keinen Text", "Geben Sie"),
        (b"abc\0def", "keine Textdatei", "Speichern Sie"),
        (b"PK\x03\x04rest", "keine Textdatei", "Speichern Sie"),
        (
            os.urandom(64).replace(b"\0", b"\1") + b"\xff\xff\0",
            "keine Textdatei|nicht in UTF-8",
            "Speichern Sie",
        ),
        ("Grußwort".encode("latin-1"), "nicht in UTF-8", "Speichern Sie"),
        (b"%PDF-1.7\nkaputt", "kein lesbares PDF", "Speichern Sie"),
    ],
    ids=["leer", "Weißraum", "NUL", "ZIP", "Zufall", "Latin-1", "kaputtes PDF"],
)
def test_unlesbare_datei_wird_mit_ursache_und_abhilfe_abgelehnt(
    tmp_path: Path, inhalt: bytes, ursache: str, abhilfe: str
) -> None:
    datei = tmp_path / "q.txt"
    datei.write_bytes(inhalt)
    with pytest.raises(Quellenfehler, match=ursache) as fehler:
        lesen(datei)
    assert abhilfe in str(fehler.value)
    assert "\n" not in str(fehler.value)


def test_200_mb_werden_abgelehnt_ohne_sie_zu_lesen(tmp_path: Path) -> None:
    datei = tmp_path / "gross.txt"
    with datei.open("wb") as offen:
        offen.truncate(200 * 1024 * 1024)  # sparse: takes no space
    with pytest.raises(Quellenfehler, match="200 MB zu groß"):
        lesen(datei)


def test_ordner_und_fehlende_datei_werden_abgelehnt(tmp_path: Path) -> None:
    with pytest.raises(Quellenfehler, match="Ordner"):
        lesen(tmp_path)
    with pytest.raises(Quellenfehler, match="gibt es nicht"):
        lesen(tmp_path / "fehlt.txt")


def test_pdf_ohne_text_wird_abgelehnt(tmp_path: Path) -> None:
    datei = tmp_path / "bild.pdf"
    dokument = pypdfium2.PdfDocument.new()
    dokument.new_page(200, 100)
    dokument.save(datei)
    with pytest.raises(Quellenfehler, match="OCR"):
        lesen(datei)


def test_pdf_mit_kennwort_wird_abgelehnt(tmp_path: Path) -> None:
    datei = tmp_path / "geheim.pdf"
    datei.write_bytes((Path(__file__).parent / "daten" / "mit-kennwort.pdf").read_bytes())
    with pytest.raises(Quellenfehler, match="Kennwort"):
        lesen(datei)


def test_pdf_mit_zu_vielen_seiten_wird_abgelehnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quelle, "MEISTE_SEITEN", 2)
    datei = tmp_path / "lang.pdf"
    dokument = pypdfium2.PdfDocument.new()
    for _ in range(3):
        dokument.new_page(200, 100)
    dokument.save(datei)
    with pytest.raises(Quellenfehler, match="3 Seiten"):
        lesen(datei)
