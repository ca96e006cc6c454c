"""Workbooks: every text comes back to the letter, in openpyxl and LibreOffice; nothing becomes a formula."""

import csv
import re
import subprocess
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from arbeitsgruppen.arbeitsmappe import GRENZE, Blatt, arbeitsmappe
from arbeitsgruppen.bild import konferenzbild
from arbeitsgruppen.daten import zeilen
from arbeitsgruppen.tabellen import als_xlsx, zeilen_als_xlsx
from tests.arbeitsgruppen.test_daten import SEITE, eine, texte
from tests.ausgelassen import libreoffice

TAG = date(2024, 5, 3)
BOESE = (
    "=1+1",
    '=HYPERLINK("https://boese.example")',
    "+49 711 1234",
    "- Strich",
    "@alle",
    "\tmit Tabulator",
    "\rmit Wagenrücklauf",
    "\nmit Zeilenwechsel",
    "  =mit Leerzeichen davor ",
    "'=mit Hochkomma",
    "'ne Idee",
    "''",
    "#N/A",
    "TRUE",
    "1/2",
    "007",
    "1e5",
    "3.5.2024",
    "_x000D_ ist hier Text",
    "_x005F_x000D_",
    "_x000d_",
    "__x0041_",
    "zwei\nZeilen\n\nund\r\nnoch eine",
    "a  b   c",
    "„Äußerung“ 😀 ✅ ﷽ ‮",
    '"zitiert"; und, mehr',
    "<b>&amp;</b> ]]>",
    "=cmd|' /C calc'!A0",
)
STEUERZEICHEN = ("Glocke\x07", "\x00Null", "\x0b", "Ende\x1f", "\ufffe\uffff", "\x7f\x85\u2028", "\x1b[0m")


def gelesen(daten: bytes, blatt: str) -> list[list[Any]]:
    """Return the rows of a sheet; texts with the notation of ECMA-376 for what XML cannot hold undone."""
    mappe = load_workbook(BytesIO(daten))

    def wert(zelle):
        if zelle.data_type == "s":
            return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda t: chr(int(t[1], 16)), zelle.value)
        assert zelle.data_type in "nd", zelle.data_type
        return zelle.value

    return [[wert(zelle) for zelle in zeile] for zeile in mappe[blatt].iter_rows()]


def mappe(*texte: str) -> bytes:
    blatt = Blatt("Texte", (("Nr.", 5), ("Text", 40)), list(enumerate(texte, 1)))
    return arbeitsmappe([blatt], "Probe", TAG)


@pytest.mark.parametrize("text", BOESE + STEUERZEICHEN)
def test_text_kommt_buchstabengetreu_wieder(text: str) -> None:
    assert gelesen(mappe(text), "Texte")[1:] == [[1, text]]


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@example(["_x0007_", "\x07"])
@example([""])
@given(st.lists(texte | st.text("_x0123DFaé\r\n\t=\x07'", max_size=14), min_size=1, max_size=4))
def test_jeder_text_kommt_buchstabengetreu_wieder(liste: list[str]) -> None:
    zeilen = gelesen(mappe(*liste), "Texte")[1:]

    assert [text or "" for _, text in zeilen] == liste


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t1", "\r1", "\n1", " =1"])
def test_was_beim_bearbeiten_zur_formel_wuerde_traegt_das_zeichen_fuer_text(text: str) -> None:
    zelle = load_workbook(BytesIO(mappe(text)))["Texte"]["B2"]

    assert zelle.data_type == "s"
    assert zelle.quotePrefix


def test_harmloser_text_traegt_kein_zeichen() -> None:
    assert not load_workbook(BytesIO(mappe("a = b")))["Texte"]["B2"].quotePrefix


@pytest.mark.parametrize(
    "text", ["x" * (GRENZE + 1), "😀" * GRENZE, "\x07" * 5_000, "Wort \n" * 20_000], ids=range(4)
)
def test_zu_langer_text_geht_in_weiteren_zellen_weiter(text: str) -> None:
    _, (nummer, *stuecke) = gelesen(mappe(text), "Texte")

    assert nummer == 1
    assert "".join(stuecke) == text
    assert all(len(s.encode("utf-16-le")) <= 2 * GRENZE for s in stuecke)


def test_text_von_genau_der_groessten_laenge_bleibt_in_einer_zelle() -> None:
    assert gelesen(mappe("x" * GRENZE), "Texte")[1:] == [[1, "x" * GRENZE]]


def test_derselbe_inhalt_ergibt_dieselben_bytes_und_nennt_keine_zeit_des_schreibens() -> None:
    eine_mappe = mappe("a", "=b")

    assert eine_mappe == mappe("a", "=b")
    with ZipFile(BytesIO(eine_mappe)) as archiv:
        assert {eintrag.date_time for eintrag in archiv.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        kern = archiv.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\d", kern)) == {"2024-05-03"}


def test_kopf_steht_fest_hat_filter_und_spalten_sind_breit_genug(echte_konferenz) -> None:
    for blatt in load_workbook(BytesIO(als_xlsx(konferenzbild(echte_konferenz), SEITE, TAG))):
        assert blatt.freeze_panes == "A2", blatt.title
        assert blatt.auto_filter.ref == blatt.dimensions, blatt.title
        assert all(zelle.font.bold for zelle in blatt[1])
        assert all(zelle.alignment.wrap_text for zeile in blatt.iter_rows() for zelle in zeile)
        assert all(spalte.width >= 6 for spalte in blatt.column_dimensions.values())


def test_wirkliche_konferenz_hat_ein_blatt_je_art(echte_konferenz) -> None:
    bild = konferenzbild(echte_konferenz)
    daten = als_xlsx(bild, SEITE, TAG)

    blaetter = load_workbook(BytesIO(daten)).sheetnames
    assert blaetter == [
        "Über diese Daten",
        "Äußerungen",
        "Arbeitsgruppen",
        "Programm",
        "Vorträge",
        "Folien",
        "Mitwirkende",
    ]
    _, *rest = gelesen(daten, "Äußerungen")
    assert [zeile[9] for zeile in rest] == [zeile.text for zeile in zeilen(bild, SEITE)]
    assert len(rest) == 462 + 2
    assert len(gelesen(daten, "Arbeitsgruppen")) == 1 + 8
    assert len(gelesen(daten, "Folien")) == 1 + sum(len(v.folien) for v in bild.vortraege)
    assert len(gelesen(daten, "Mitwirkende")) > 8


def test_erstes_blatt_sagt_was_das_ist_und_wie_man_es_zitiert(echte_konferenz, settings) -> None:
    settings.HERAUSGEBER, settings.DATEN_LIZENZ = "Landesamt", "dl-by-de/2.0"
    daten = als_xlsx(konferenzbild(echte_konferenz), SEITE, TAG)

    angaben: dict[str, Any] = dict(map(tuple, gelesen(daten, "Über diese Daten")[1:]))
    assert echte_konferenz.titel in angaben["Was das ist"]
    assert angaben["Adresse"] == f"{SEITE}/{echte_konferenz.slug}/"
    assert angaben["Herausgegeben von"] == "Landesamt"
    assert angaben["Lizenz"].startswith("Datenlizenz Deutschland – Namensnennung – Version 2.0, https://")
    assert angaben["Quellenangabe"] == (
        f"Landesamt: {echte_konferenz.titel}. Dokumentation der Konferenz vom 21. April 2021. "
        f"{SEITE}/{echte_konferenz.slug}/ (Stand: 3. Mai 2024)"
    )


def test_ohne_angabe_wird_keine_lizenz_behauptet() -> None:
    angaben: dict[str, Any] = dict(
        map(tuple, gelesen(als_xlsx(eine(slug="fachtag"), SEITE, TAG), "Über diese Daten")[1:])
    )

    assert "Lizenz" not in angaben
    assert "Herausgegeben von" not in angaben


def test_gefundene_aeusserungen_werden_dieselbe_tabelle_mit_dem_was_gesucht_war(echte_konferenz) -> None:
    bild = konferenzbild(echte_konferenz)
    daten = zeilen_als_xlsx(zeilen(bild, SEITE), f"{SEITE}/suche/?q=a", "„a“ in allen Konferenzen", TAG)

    assert gelesen(daten, "Äußerungen") == gelesen(als_xlsx(bild, SEITE, TAG), "Äußerungen")
    assert ["Gesucht", "„a“ in allen Konferenzen"] in gelesen(daten, "Über diese Daten")


# LibreOffice


def geoeffnet(daten: bytes, ordner: Path) -> dict[str, list[list[str]]]:
    """Open a workbook in LibreOffice; return what its sheets show, texts in quotes and all else without."""
    datei = ordner / "mappe.xlsx"
    datei.write_bytes(daten)
    # Tokens of the filter: separator, quote, UTF-8, first line, columns, language, quote all texts, as shown,
    # formulas, trim, sheets (-1: each in a file of its own).
    filter_ = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,true,true,false,false,false,-1"
    subprocess.run(
        [
            libreoffice() or "soffice",
            f"-env:UserInstallation={(ordner / 'profil').as_uri()}",
            "--headless",
            "--convert-to",
            filter_,
            "--outdir",
            ordner,
            datei,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {
        pfad.stem.removeprefix("mappe-"): list(
            csv.reader(pfad.open(encoding="utf-8-sig", newline=""), delimiter=";", strict=True)
        )
        for pfad in ordner.glob("mappe-*.csv")
    }


@pytest.mark.calc
def test_libreoffice_zeigt_boese_texte_buchstabengetreu_als_text(tmp_path: Path) -> None:
    texte = [*BOESE, *STEUERZEICHEN]
    blaetter = geoeffnet(mappe(*texte), tmp_path)

    # The one thing that Calc itself cannot hold: a return before a line feed in a cell of several lines.
    assert [zeile[1] for zeile in blaetter["Texte"][1:]] == [t.replace("\r\n", "\n") for t in texte]
    roh = (tmp_path / "mappe-Texte.csv").read_text(encoding="utf-8-sig")
    assert '"=1+1"' in roh  # in quotes: a text; the number before it is not
    assert '\n1;"=1+1"' in roh


@pytest.mark.calc
def test_libreoffice_liest_die_wirkliche_konferenz_gleich(tmp_path: Path, echte_konferenz) -> None:
    daten = als_xlsx(konferenzbild(echte_konferenz), SEITE, TAG)

    def wie_gezeigt(wert: object) -> str:
        return f"{wert:%d.%m.%Y}" if isinstance(wert, date) else "" if wert is None else str(wert)

    blaetter = geoeffnet(daten, tmp_path)
    assert len(blaetter) == 7
    for name, zeilen_ in blaetter.items():
        assert zeilen_ == [[wie_gezeigt(w) for w in zeile] for zeile in gelesen(daten, name)], name
