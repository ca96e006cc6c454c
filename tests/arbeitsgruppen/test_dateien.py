"""Files are read by their content, within limits, in a process that can do no harm."""

import os
import random
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from arbeitsgruppen.dateien import AUFWENDIG, GRENZEN, UNLESBAR, Datei, lesen
from arbeitsgruppen.dateileser.bloecke import Art, Dateifehler
from tests import dateien, vorlage

GRUPPE = vorlage.echte().bild.gruppen[2]
PDF_MIT_KENNWORT = Path(__file__).parent / "daten" / "mit-kennwort.pdf"


def meldung(inhalt: bytes, **grenzen) -> str:
    with pytest.raises(Dateifehler) as fehler:
        lesen(inhalt, replace(GRENZEN, **grenzen))
    return str(fehler.value)


def bloecke(datei: Datei, *arten: Art) -> list[tuple[str, int]]:
    """Return text and level of all blocks of a kind."""
    return [(b.text, b.ebene) for s in datei.seiten for b in s.bloecke if b.art in arten]


def gespeichert(dokument) -> bytes:
    ausgabe = BytesIO()
    dokument.save(ausgabe)
    return ausgabe.getvalue()


def mit_teil(archiv: bytes, name: str, inhalt: bytes) -> bytes:
    """Return an archive in which one part is another, or there is one more."""
    ausgabe = BytesIO()
    with zipfile.ZipFile(BytesIO(archiv)) as alt, zipfile.ZipFile(ausgabe, "w", zipfile.ZIP_DEFLATED) as neu:
        for eintrag in alt.infolist():
            if eintrag.filename != name:
                neu.writestr(eintrag, alt.read(eintrag))
        neu.writestr(name, inhalt)
    return ausgabe.getvalue()


# --- bombs ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bombe() -> bytes:
    """Return a workbook of less than a megabyte with a sheet of 700 MB."""
    zeilen = b"<row><c t='inlineStr'><is><t>Aeusserung</t></is></c></row>" * 20_000
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    gepackt, groesse, pruefsumme = [], 0, 0
    while groesse < 700 * 2**20:
        gepackt.append(packer.compress(zeilen))
        groesse += len(zeilen)
        pruefsumme = zlib.crc32(zeilen, pruefsumme)
    gepackt.append(packer.flush())
    return _mit_rohem_eintrag(
        gespeichert(Workbook()), "xl/worksheets/sheet1.xml", b"".join(gepackt), groesse, pruefsumme
    )


def _mit_rohem_eintrag(archiv: bytes, name: str, gepackt: bytes, groesse: int, pruefsumme: int) -> bytes:
    """Return an archive with an entry whose packed bytes are given, and what it says of itself."""
    ausgabe = BytesIO()
    with zipfile.ZipFile(BytesIO(archiv)) as alt, zipfile.ZipFile(ausgabe, "w", zipfile.ZIP_DEFLATED) as neu:
        for eintrag in alt.infolist():
            if eintrag.filename != name:
                neu.writestr(eintrag, alt.read(eintrag))
        eintrag = zipfile.ZipInfo(name)
        eintrag.compress_type, eintrag.compress_size = zipfile.ZIP_DEFLATED, len(gepackt)
        eintrag.file_size, eintrag.CRC, eintrag.header_offset = groesse, pruefsumme, ausgabe.tell()
        ausgabe.write(eintrag.FileHeader() + gepackt)
        neu.start_dir = ausgabe.tell()
        neu.filelist.append(eintrag)
        neu.NameToInfo[name] = eintrag
    return ausgabe.getvalue()


def test_bombe_wird_in_unter_einer_sekunde_abgewiesen(bombe):
    assert len(bombe) < 4 * 2**20
    beginn = time.perf_counter()
    text = meldung(bombe)

    assert "Entpackt wären es 7" in text
    assert "Laden Sie nur die Seiten der Arbeitsgruppe hoch" in text
    assert time.perf_counter() - beginn < 1


def test_stark_gepackte_kleinere_bombe_faellt_am_verhaeltnis_auf():
    nullen = b" " * (20 * 2**20)
    text = meldung(mit_teil(gespeichert(Workbook()), "xl/media/bild.bin", nullen))

    assert "ungewöhnlich stark gepackt" in text


def test_bombe_die_ueber_ihre_groesse_luegt_wird_abgewiesen():
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    gepackt = packer.compress(b"<a/>" * 50_000_000) + packer.flush()
    archiv = _mit_rohem_eintrag(gespeichert(Workbook()), "xl/worksheets/sheet1.xml", gepackt, 1_000, 0)
    beginn = time.perf_counter()

    assert "beschädigt" in meldung(archiv)
    assert time.perf_counter() - beginn < 1


def test_eintraege_die_sich_ueberlappen_werden_abgewiesen():
    ausgabe = BytesIO()
    with zipfile.ZipFile(ausgabe, "w", zipfile.ZIP_DEFLATED) as archiv:
        archiv.writestr("[Content_Types].xml", b"x" * 1000)
        for nummer in range(100):
            doppelt = zipfile.ZipInfo(f"{nummer}.xml")
            erster = archiv.filelist[0]
            for feld in ("compress_type", "compress_size", "file_size", "CRC", "header_offset"):
                setattr(doppelt, feld, getattr(erster, feld))
            archiv.filelist.append(doppelt)
    assert "beschädigt" in meldung(ausgabe.getvalue())


def test_ein_verzeichnis_mit_zu_vielen_eintraegen_wird_nicht_gelesen():
    ausgabe = BytesIO()
    with zipfile.ZipFile(ausgabe, "w") as archiv:
        for nummer in range(6_000):
            archiv.writestr(f"{nummer}", b"")
    assert "vielen Teilen" in meldung(ausgabe.getvalue())


def test_verzeichnis_das_seine_laenge_verschweigt_haelt_nicht_auf():
    archiv = gespeichert(Workbook())
    stelle = archiv.rfind(b"PK\x05\x06")
    gelogen = archiv[: stelle + 10] + struct.pack("<HL", 1, 0xFFFFFFF0) + archiv[stelle + 16 :]
    assert "vielen Teilen" in meldung(gelogen)


def test_archiv_in_der_datei_bleibt_zu(bombe):
    folien = mit_teil(dateien.pptx(GRUPPE), "ppt/embeddings/Mappe.xlsx", bombe)
    assert len(lesen(folien).seiten) == len(lesen(dateien.pptx(GRUPPE)).seiten)


@pytest.mark.parametrize("kodierung", ["utf-8", "utf-16"])
def test_xml_mit_entitaeten_wird_nicht_gelesen(kodierung):
    bombe = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><p>&b;</p>'.encode(kodierung)
    assert "Entitäten" in meldung(mit_teil(dateien.pptx(GRUPPE), "ppt/slides/slide1.xml", bombe))


def test_entitaet_hinter_einem_langen_kommentar_wird_gefunden():
    text = b"<!--" + os.urandom(300_000).hex().encode() + b"--><!DOCTYPE a [<!ENTITY a 'ha'>]><a/>"
    assert "Entitäten" in meldung(mit_teil(dateien.pptx(GRUPPE), "ppt/slides/slide1.xml", text))


def test_tabelle_die_sich_fuer_riesig_ausgibt_wird_trotzdem_gelesen():
    mappe = Workbook()
    mappe.active["A1"] = "Äußerung"
    mappe.active["A1048576"] = "ganz unten"
    beginn = time.perf_counter()

    assert bloecke(lesen(gespeichert(mappe)), Art.FREI) == [("Äußerung", 0), ("ganz unten", 0)]
    assert time.perf_counter() - beginn < 10


def test_tabelle_mit_zu_vielen_spalten_wird_abgewiesen():
    mappe = Workbook()
    mappe.active["XFD1"] = "ganz rechts"
    assert "mehr als 100 Spalten" in meldung(gespeichert(mappe))


# --- limits -----------------------------------------------------------------------------------------


def test_zu_grosse_datei_wird_nicht_einmal_gelesen(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("gelesen"))
    assert "höchstens 50 MB" in meldung(b"x" * (GRENZEN.datei + 1))


def test_zu_viele_seiten_werden_abgewiesen():
    assert "mehr als 3 Seiten" in meldung(dateien.pptx(GRUPPE), seiten=3)


@pytest.mark.parametrize("grenze", [{"zeilen": 20}, {"zeichen": 100}])
@pytest.mark.parametrize("bauen", [dateien.pptx, dateien.odt, dateien.csv_liste, dateien.xlsx_spalten])
def test_zu_viel_text_wird_abgewiesen(bauen, grenze):
    assert "Laden Sie nur den Teil hoch" in meldung(bauen(GRUPPE), **grenze)


def test_zu_langer_reiner_text_wird_abgewiesen():
    assert "mehr als 10 Zeilen" in meldung(b"Zeile\n" * 20, zeilen=10)


@pytest.mark.parametrize("grenze", [{"zeit": 0.05}, {"speicher": 20 * 2**20}])
def test_was_zu_lange_dauert_oder_zu_viel_speicher_nimmt_wird_abgebrochen(grenze):
    assert meldung(dateien.pptx(GRUPPE), **grenze) in (AUFWENDIG, UNLESBAR)


def test_rechenzeit_ist_begrenzt():
    mappe = Workbook(write_only=True)
    blatt = mappe.create_sheet()
    for nummer in range(60_000):
        blatt.append([f"Äußerung {nummer} " * 3] * 4)
    assert meldung(gespeichert(mappe), zeilen=10**6, zeichen=10**9, teil=10**8, rechenzeit=1) == AUFWENDIG


@pytest.mark.parametrize(
    "tat",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('example.de', 80)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
    ],
)
def test_der_leser_kann_weder_ins_netz_noch_programme_starten(tat):
    programm = (
        "import os, socket, subprocess, sys, io\n"
        "from arbeitsgruppen.dateileser import __main__ as leser, formate\n"
        "from arbeitsgruppen.dateileser.bloecke import Grenzen\n"
        f"formate.lesen = lambda *_: {tat}\n"
        "leser.main(Grenzen())"
    )
    prozess = subprocess.run([sys.executable, "-c", programm], input=b"x", capture_output=True)
    assert b"PermissionError: this process may not do this" in prozess.stderr


def test_umgebung_des_lesers_enthaelt_kein_geheimnis(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "geheim")
    umgebungen = []
    echt = subprocess.run

    def gemerkt(*args, **kwargs):
        umgebungen.append(kwargs["env"])
        return echt(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", gemerkt)
    lesen(b"Was hakt?")
    assert "geheim" not in umgebungen[0].values()


# --- what a file is ---------------------------------------------------------------------------------


def ole(name: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + name.encode("utf-16-le") + bytes(600)


def makros() -> bytes:
    return mit_teil(dateien.pptx(GRUPPE), "ppt/vbaProject.bin", b"x")


def verschluesselte_odt() -> bytes:
    return mit_teil(dateien.odt(GRUPPE), "META-INF/manifest.xml", b"<a><manifest:encryption-data/></a>")


def zip_mit_kennwort() -> bytes:
    archiv = bytearray(dateien.pptx(GRUPPE))
    stelle = archiv.find(b"PK\x01\x02")
    archiv[stelle + 8] |= 1
    return bytes(archiv)


def bildschirmpraesentation() -> bytes:
    typen = b"application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml"
    return mit_teil(dateien.pptx(GRUPPE), "[Content_Types].xml", b"<Types>" + typen + b"</Types>")


@pytest.mark.parametrize(
    ("inhalt", "erwartet"),
    [
        (b"", "ist leer"),
        (b"\xef\xbb\xbf \r\n", "ist leer"),
        (ole("PowerPoint Document"), "als .pptx"),
        (ole("WordDocument"), "als .docx"),
        (ole("Workbook"), "als .xlsx"),
        (ole("EncryptedPackage"), "Kennwort"),
        (ole("__substg1.0_1000"), "E-Mail"),
        (ole("sonst"), "in einem alten Format"),
        (makros, "Makros"),
        (zip_mit_kennwort, "Kennwort"),
        (verschluesselte_odt, "Kennwort"),
        (bildschirmpraesentation, "als .pptx"),
        (lambda: PDF_MIT_KENNWORT.read_bytes(), "Kennwort"),
        (b"%PDF-1.7 kaputt", "kein lesbares PDF"),
        (b"PK\x03\x04 kaputt", "beschädigt"),
        (lambda: dateien.pptx(GRUPPE)[:20_000], "beschädigt"),
        (b"{\\rtf1 Text}", "RTF"),
        (b"  <!DOCTYPE html><p>", "Internetseite"),
        (b"\x89PNG\r\n\x1a\n\0\0", "ein Bild"),
        (b"\xff\xd8\xff\xe0\0", "ein Bild"),
        (bytes(range(256)) * 10, "von keiner Art"),
        (b"\x01\x02\x03 abc", "von keiner Art"),
        (lambda: gespeichert(Presentation()), "keine Folien"),
        (lambda: gespeichert(docx.Document()), "kein Text gefunden"),
        (lambda: gespeichert(Workbook()), "kein Text gefunden"),
        (lambda: mit_teil(dateien.pptx(GRUPPE), "ppt/presentation.xml", b"<kaputt"), "beschädigt"),
    ],
    ids=lambda wert: wert[:20] if isinstance(wert, str) else "datei",
)
def test_was_nicht_gelesen_werden_kann_nennt_ursache_und_abhilfe(inhalt, erwartet):
    text = meldung(inhalt() if callable(inhalt) else inhalt)

    assert erwartet in text
    assert text.endswith((".", "."))
    assert len(text.split(". ")) > 1  # the cause, then the mend


@pytest.mark.parametrize("saat", range(6))
def test_beliebig_beschaedigte_datei_wird_gelesen_oder_gemeldet(saat):
    wuerfel = random.Random(saat)  # noqa: S311  # damage is no secret
    bauen = (dateien.pptx, dateien.docx_von_hand, dateien.xlsx_spalten, dateien.odt)[saat % 4]
    with zipfile.ZipFile(BytesIO(bauen(GRUPPE))) as archiv:
        teile = {eintrag.filename: bytearray(archiv.read(eintrag)) for eintrag in archiv.infolist()}
    teil = teile[wuerfel.choice([name for name in teile if name.endswith((".xml", ".rels"))])]
    for _ in range(3):
        stelle = wuerfel.randrange(len(teil))
        teil[stelle : stelle + 3] = bytes(wuerfel.choice(b'<>/"= a9') for _ in range(wuerfel.randrange(4)))
    ausgabe = BytesIO()
    with zipfile.ZipFile(ausgabe, "w") as archiv:
        for name, inhalt in teile.items():
            archiv.writestr(name, bytes(inhalt))
    with suppress(Dateifehler):
        assert lesen(ausgabe.getvalue()).seiten


def test_archiv_ohne_dokument_wird_abgewiesen():
    ausgabe = BytesIO()
    with zipfile.ZipFile(ausgabe, "w") as archiv:
        archiv.writestr("ergebnisse.pptx", dateien.pptx(GRUPPE))
    assert "gepackter Ordner" in meldung(ausgabe.getvalue())


def test_formate_werden_am_inhalt_erkannt():
    # No name is given at all.
    assert lesen(dateien.pptx(GRUPPE)).seitenweise
    assert lesen(dateien.docx_von_hand(GRUPPE)).seiten
    assert not lesen(dateien.xlsx_spalten(GRUPPE)).seitenweise
    assert lesen(dateien.csv_liste(GRUPPE)).seiten
    assert lesen(dateien.odt(GRUPPE)).seiten
    assert lesen(dateien.odp(GRUPPE)).seitenweise
    assert lesen(b"- a\n- b").text == "- a\n- b"


# --- plain text -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kodierung", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_wird_in_jeder_ueblichen_kodierung_gelesen(kodierung):
    datei = lesen("Äußerungen – „wörtlich“\n- Straße".encode(kodierung))

    assert datei.text.removeprefix("\ufeff") == "Äußerungen – „wörtlich“\n- Straße"
    assert datei.hinweise == ()


def test_text_von_windows_wird_gelesen_mit_einem_hinweis():
    datei = lesen("Äußerungen – „wörtlich“".encode("cp1252"))

    assert datei.text == "Äußerungen – „wörtlich“"
    assert "Prüfen Sie die Umlaute" in datei.hinweise[0]


@pytest.mark.parametrize("trennzeichen", [";", ",", "\t", "|"])
@pytest.mark.parametrize("kodierung", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_wird_mit_jedem_trennzeichen_erkannt(trennzeichen, kodierung):
    (seite,) = lesen(dateien.csv_liste(GRUPPE, trennzeichen, kodierung)).seiten
    (tabelle,) = seite.bloecke

    assert tabelle.art == Art.TABELLE
    assert len(tabelle.zeilen) == 73
    assert tabelle.zeilen[1] == (("1",), ("Was läuft bei Ihnen gut?",), ("VwV Sprachkurse für Geduldete",))


def test_csv_mit_zeilenumbruch_in_einem_feld_und_trennzeichen_in_der_ersten_zeile():
    datei = lesen(b'sep=#\r\nAbschnitt#Text\r\nGut#"a; ""b""\nc"\r\n')
    assert datei.seiten[0].bloecke[0].zeilen[1] == (("Gut",), ('a; "b"\nc',))


@pytest.mark.parametrize(
    "text",
    [
        "gute Zusammenarbeit, kurze Wege\nEhrenamt, Sprache",
        "•\tkurze Wege\n•\tEhrenamt",
        "1.\tkurze Wege\n2.\tEhrenamt",
        "a; b\nc",
    ],
)
def test_text_mit_trennzeichen_ist_noch_keine_tabelle(text):
    assert lesen(text.encode()).text == text


# --- PowerPoint -------------------------------------------------------------------------------------


def folie(layout: int = 5):
    praesentation = Presentation()
    return praesentation, praesentation.slides.add_slide(praesentation.slide_layouts[layout])


def kasten(folie, links: float, oben: float, text: str, breite: float = 3):
    form = folie.shapes.add_textbox(Inches(links), Inches(oben), Inches(breite), Inches(0.5))
    form.text_frame.text = text
    return form


def test_folie_trennt_titel_liste_notizen_und_fusszeile():
    datei = lesen(dateien.pptx(GRUPPE))
    erste = datei.seiten[1]

    assert erste.name == "Folie 2"
    assert bloecke(datei, Art.KOPF)[1] == ("Was läuft bei Ihnen gut?", 0)
    assert next(b.text for b in erste.bloecke if b.art == Art.PUNKT) == "VwV Sprachkurse für Geduldete"
    assert [b.text for b in erste.bloecke if b.art == Art.NOTIZ] == ["Notiz zu Seite 2"]
    assert [b.text for b in erste.bloecke if b.art == Art.FUSS] == ["Fachtag 2021", "2"]


def test_vergleichsfolie_liest_jede_spalte_unter_ihrer_ueberschrift():
    praesentation, seite = folie(4)
    seite.shapes.title.text = "Ergebnisse"
    for nummer, text in ((1, "Gut"), (2, "kurze Wege"), (3, "Hakt"), (4, "Wohnraum")):
        seite.placeholders[nummer].text = text
    datei = lesen(gespeichert(praesentation))

    assert bloecke(datei, Art.KOPF, Art.PUNKT) == [
        ("Ergebnisse", 0),
        ("Gut", 0),
        ("kurze Wege", 0),
        ("Hakt", 0),
        ("Wohnraum", 0),
    ]


def test_kaesten_werden_gelesen_wie_sie_liegen():
    praesentation, seite = folie(6)
    kasten(seite, 5, 3, "rechts unten")
    kasten(seite, 5, 1, "rechts oben")
    kasten(seite, 0.5, 2.9, "links unten")
    kasten(seite, 0.5, 1, "links oben")
    kasten(seite, 0.5, 0.1, "quer darüber", breite=8)

    texte = [text for text, _ in bloecke(lesen(gespeichert(praesentation)), Art.FREI)]
    assert texte[0] == "quer darüber"
    assert texte.index("links oben") < texte.index("links unten")
    assert texte.index("rechts oben") < texte.index("rechts unten")


def test_beschriftung_links_steht_vor_ihrem_text_rechts():
    praesentation, seite = folie(6)
    for nummer, (name, text) in enumerate((("Gut", "kurze Wege"), ("Hakt", "Wohnraum"))):
        kasten(seite, 3.6, 1 + 2 * nummer, text)
        kasten(seite, 0.5, 1 + 2 * nummer, name)
    texte = [text for text, _ in bloecke(lesen(gespeichert(praesentation)), Art.FREI)]
    assert texte == ["Gut", "kurze Wege", "Hakt", "Wohnraum"]


def test_gruppierte_formen_tabellen_und_weiche_umbrueche():
    praesentation, seite = folie(6)
    gruppe = seite.shapes.add_group_shape()
    kasten(gruppe, 1, 1, "in der Gruppe\vzweite Zeile")
    tabelle = seite.shapes.add_table(1, 2, Inches(1), Inches(3), Inches(6), Inches(1)).table
    tabelle.cell(0, 0).text, tabelle.cell(0, 1).text = "Gut\nHakt", "b"
    datei = lesen(gespeichert(praesentation))

    assert bloecke(datei, Art.FREI) == [("in der Gruppe\nzweite Zeile", 0)]
    assert datei.seiten[0].bloecke[1].zeilen == ((("Gut", "Hakt"), ("b",)),)


def test_ausgeblendete_folie_und_bilder_werden_gemeldet():
    praesentation, seite = folie(5)
    seite.shapes.title.text = "Wo hakt es?"
    from PIL import Image

    bild = BytesIO()
    Image.new("RGB", (10, 10)).save(bild, "PNG")
    seite.shapes.add_picture(bild, 0, 0)
    versteckt = praesentation.slides.add_slide(praesentation.slide_layouts[5])
    versteckt.shapes.title.text = "geheim"
    versteckt.element.set("show", "0")
    datei = lesen(gespeichert(praesentation))

    assert [seite.name for seite in datei.seiten] == ["Folie 1"]
    assert datei.hinweise == (
        "Folie 1 enthält ein Bild oder Diagramm: Was darin steht, wird nicht gelesen.",
        "Folie 2 ist ausgeblendet und wurde nicht gelesen. Blenden Sie sie ein, wenn sie dazugehört.",
    )


def test_pfeil_aus_einer_symbolschrift_wird_ein_pfeil():
    praesentation, seite = folie(6)
    form = kasten(seite, 1, 1, "")
    absatz = form.text_frame.paragraphs[0]
    absatz.add_run().text = "Anträge "
    lauf = absatz.add_run()
    lauf.text = "à"
    lauf._r.get_or_add_rPr().append(
        lauf._r.makeelement(
            "{http://schemas.openxmlformats.org/drawingml/2006/main}sym", {"typeface": "Wingdings"}
        )
    )
    absatz.add_run().text = " Hilfe à la carte"
    assert bloecke(lesen(gespeichert(praesentation)), Art.FREI) == [("Anträge → Hilfe à la carte", 0)]


# --- Word -------------------------------------------------------------------------------------------


def test_dokument_kennt_ueberschriften_listen_ebenen_und_raender():
    dokument = docx.Document()
    dokument.add_heading("Wo hakt es?", 2)
    dokument.add_paragraph("Sprachkurse", "List Bullet")
    dokument.add_paragraph("in der Stadt", "List Bullet 2")
    dokument.add_paragraph("erstens", "List Number")
    dokument.add_paragraph("Einleitung")
    dokument.sections[0].header.paragraphs[0].text = "Protokoll"
    datei = lesen(gespeichert(dokument))

    assert bloecke(datei, Art.KOPF) == [("Wo hakt es?", 0)]
    assert bloecke(datei, Art.PUNKT) == [("Sprachkurse", 0), ("in der Stadt", 1), ("erstens", 0)]
    assert bloecke(datei, Art.ABSATZ) == [("Einleitung", 0)]
    assert bloecke(datei, Art.FUSS) == [("Protokoll", 0)]


def test_sehr_langes_dokument_wird_bald_abgewiesen():
    koerper = "".join(f"<w:p><w:r><w:t>Satz {n}</w:t></w:r></w:p>" for n in range(200_000))
    raum = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    text = f"<w:document {raum}><w:body>{koerper}</w:body></w:document>".encode()
    beginn = time.perf_counter()

    assert "mehr als 10000 Zeilen" in meldung(
        mit_teil(dateien.docx_von_hand(GRUPPE), "word/document.xml", text)
    )
    assert time.perf_counter() - beginn < 8


def test_ebene_einer_liste_steht_am_absatz():
    dokument = docx.Document()
    absatz = dokument.add_paragraph("tief", "List Paragraph")
    eigenschaften = absatz._p.get_or_add_pPr().get_or_add_numPr()
    eigenschaften.get_or_add_ilvl().val, eigenschaften.get_or_add_numId().val = 2, 1
    assert bloecke(lesen(gespeichert(dokument)), Art.PUNKT) == [("tief", 2)]


def _w(name: str, **attribute: str):
    element = OxmlElement(name)
    for schluessel, wert in attribute.items():
        element.set(qn(f"w:{schluessel}"), wert)
    return element


def test_eingefuegtes_der_aenderungsverfolgung_zaehlt_geloeschtes_nicht():
    dokument = docx.Document()
    absatz = dokument.add_paragraph("Kurse ")
    for art, name, text in (("w:ins", "w:t", "fehlen"), ("w:del", "w:delText", "laufen gut")):
        aenderung = _w(art, id="1", author="x")
        lauf, inhalt = _w("w:r"), _w(name)
        inhalt.text = text
        lauf.append(inhalt)
        aenderung.append(lauf)
        absatz._p.append(aenderung)
    assert bloecke(lesen(gespeichert(dokument)), Art.ABSATZ) == [("Kurse fehlen", 0)]


def test_inhaltssteuerelemente_und_symbole_werden_gelesen():
    dokument = docx.Document()
    rahmen, inhalt = _w("w:sdt"), _w("w:sdtContent")
    absatz = dokument.add_paragraph("im Formular ")
    lauf = absatz.add_run()
    lauf._r.append(_w("w:sym", font="Wingdings", char="F0E0"))
    rahmen.append(inhalt)
    absatz._p.addprevious(rahmen)
    inhalt.append(absatz._p)
    assert bloecke(lesen(gespeichert(dokument)), Art.ABSATZ) == [("im Formular →", 0)]


def test_verbundene_zellen_von_word_stehen_einmal():
    dokument = docx.Document()
    tabelle = dokument.add_table(2, 2)
    tabelle.cell(0, 0).merge(tabelle.cell(1, 0)).text = "Gut"
    tabelle.cell(0, 1).text, tabelle.cell(1, 1).text = "a", "b"
    (block,) = lesen(gespeichert(dokument)).seiten[0].bloecke
    assert [[tuple(filter(None, zelle)) for zelle in zeile] for zeile in block.zeilen] == [
        [("Gut",), ("a",)],
        [(), ("b",)],
    ]


def test_seitenumbrueche_teilen_das_dokument():
    datei = lesen(dateien.docx_mit_formatvorlagen(GRUPPE))
    assert len(datei.seiten) == len(list(dateien.seiten(GRUPPE)))
    assert datei.seiten[0].name == "Seite 1"


# --- Excel ------------------------------------------------------------------------------------------


def test_blatt_mit_einer_spalte_wird_zu_absaetzen():
    mappe = Workbook()
    for zeile in ("Gut", "kurze Wege", None, "Hakt", 2021.5):
        mappe.active.append([zeile])
    versteckt = mappe.create_sheet("intern")
    versteckt["A1"], versteckt.sheet_state = "geheim", "hidden"
    datei = lesen(gespeichert(mappe))

    assert [(b.text, b.abgesetzt) for b in datei.seiten[0].bloecke] == [
        ("Gut", False),
        ("kurze Wege", False),
        ("Hakt", True),
        ("2021,5", False),
    ]
    assert datei.hinweise == ("Das Blatt „intern“ ist ausgeblendet und wurde nicht gelesen.",)


# --- LibreOffice ------------------------------------------------------------------------------------


def test_folien_von_libreoffice_haben_titel_liste_und_notizen():
    datei = lesen(dateien.odp(GRUPPE))

    assert bloecke(datei, Art.KOPF)[0] == (f"{dateien.titel(GRUPPE)} – Was läuft bei Ihnen gut?", 0)
    assert bloecke(datei, Art.PUNKT)[0] == ("VwV Sprachkurse für Geduldete", 0)
    assert set(bloecke(datei, Art.NOTIZ)) == {("Notiz der Moderation", 0)}


def test_text_von_libreoffice_mit_allem_was_darin_vorkommt():
    stile = (
        '<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="P1" style:parent-style-name="Title"/>'
        '<style:style style:name="P2"><style:paragraph-properties fo:break-before="page"/></style:style>'
    )
    koerper = (
        "<text:tracked-changes><text:p>gelöscht</text:p></text:tracked-changes>"
        '<text:p text:style-name="P1">Ergebnisse</text:p>'
        '<text:p><text:span text:style-name="T1">fett<text:s text:c="2"/>gesetzt</text:span></text:p>'
        "<text:p/><text:p>mit<text:tab/>Tabulator<text:note><text:note-body><text:p>Fußnote</text:p></text:note-body>"
        "</text:note></text:p>"
        '<text:p text:style-name="P2">neue Seite</text:p>'
        "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
        "<table:covered-table-cell/></table:table-row></table:table>"
    )
    datei = lesen(dateien.opendocument("text", koerper, stile))

    assert [[(b.art, b.text) for b in seite.bloecke] for seite in datei.seiten] == [
        [(Art.KOPF, "Ergebnisse"), (Art.ABSATZ, "fett  gesetzt"), (Art.ABSATZ, "mit\tTabulator")],
        [(Art.ABSATZ, "neue Seite"), (Art.TABELLE, ""), (Art.NOTIZ, "Fußnote")],
    ]
    assert [b.fett for b in datei.seiten[0].bloecke] == [False, True, False]
    assert datei.seiten[0].bloecke[2].abgesetzt
    assert datei.seiten[1].bloecke[1].zeilen == ((("a",), ()),)


def test_wiederholte_zellen_von_libreoffice_sprengen_nichts():
    zeile = (
        '<table:table table:name="Blatt"><table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="16000"><text:p>a</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )
    assert "Laden Sie nur den Teil hoch" in meldung(dateien.opendocument("spreadsheet", zeile))
