"""The PDF of the Heft: everything on its page, nothing lost, nothing fetched."""

import re
import unicodedata
from contextlib import closing
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from arbeitsgruppen.bild import Abschnittsbild, Aeusserungsbild, Gruppenbild, Konferenzbild, Textseitenbild
from arbeitsgruppen.gliederung import gliedern
from arbeitsgruppen.heft import heft
from arbeitsgruppen.pdf import als_pdf
from arbeitsgruppen.quelle import lesen

VORLAGE = settings.BASE_DIR / "fixtures" / "pakt-fuer-integration-2021.txt"
# What the layout decides: white space, hyphens (pdfium has U+FFFE for one at the end of a line), bullets.
SATZ = re.compile(r"[\s\u00ad\u2010-\u2015\ufffe\x02•-]")


def ohne_satz(text):
    return SATZ.sub("", unicodedata.normalize("NFC", text))


def texte(daten):
    """Return the text of every page without what the layout decides."""
    with closing(pypdfium2.PdfDocument(daten)) as dokument:
        return [ohne_satz(seite.get_textpage().get_text_range()) for seite in dokument]


def gesetzt(bild):
    satz = heft(bild)
    return als_pdf(satz.kopf, satz.seiten, satz.bilder)


def eine_gruppe(*abschnitte, titel="Gruppe"):
    return Konferenzbild(
        "Fachtag",
        date(2021, 4, 21),
        gruppen=(
            Gruppenbild(
                1,
                titel,
                abschnitte=tuple(
                    Abschnittsbild(
                        ueberschrift, "gut", "teilnehmende", tuple(map(Aeusserungsbild, aeusserungen))
                    )
                    for ueberschrift, aeusserungen in abschnitte
                ),
            ),
        ),
    )


def steht_ganz(text, seiten):
    """Whether a text stands in the pages whole and in order; margins interrupt it at the end of a page."""
    rest = ohne_satz(text)
    for seite in seiten:
        laenge = len(rest)
        while rest[:laenge] not in seite:
            laenge -= 1
        if laenge >= min(20, len(rest)):  # less is there by chance
            rest = rest[laenge:]
    return not rest


@pytest.fixture(scope="module")
def wirkliches_heft():
    return gesetzt(gliedern(lesen(VORLAGE)).bild)


def test_jede_seite_des_gedruckten_hefts_steht_ungebrochen_auf_derselben_seite(wirkliches_heft):
    erwartet = [ohne_satz(seite) for seite in VORLAGE.read_text(encoding="utf-8").split("\f")]
    gefunden = texte(wirkliches_heft.daten)

    assert len(gefunden) == wirkliches_heft.seiten == len(erwartet)
    assert [nr for nr, text in enumerate(erwartet, 1) if text not in gefunden[nr - 1]] == []


def test_jede_seite_ist_quer_und_fasst_alle_ihre_zeichen(wirkliches_heft):
    with closing(pypdfium2.PdfDocument(wirkliches_heft.daten)) as dokument:
        for seite in dokument:
            breite, hoehe = seite.get_size()
            assert breite > hoehe
            text = seite.get_textpage()
            for nummer in range(text.count_chars()):
                links, unten, rechts, oben = text.get_charbox(nummer)
                assert 0 <= links <= rechts <= breite
                assert 0 <= unten <= oben <= hoehe


def test_lesezeichen_nennen_jede_gruppe_und_jeden_abschnitt_einmal(wirkliches_heft):
    with closing(pypdfium2.PdfDocument(wirkliches_heft.daten)) as dokument:
        lesezeichen = [(x.level, x.get_title(), x.get_dest().get_index() + 1) for x in dokument.get_toc()]

    ag_1 = lesezeichen.index((0, "AG 1: Integrationsmanagement unter Corona-Bedingungen", 12))
    assert lesezeichen[ag_1 + 1 : ag_1 + 5] == [
        (1, "Was läuft bei Ihnen gut?", 13),
        (1, "Was läuft derzeit nicht gut? Wo hakt es gerade?", 14),
        (1, "Mögliche Lösungsansätze", 16),
        (0, "AG 2: Zusammenleben und Gesundheit der Geflüchteten", 18),
    ]


def test_pdf_ist_ausgezeichnet_und_nennt_seinen_titel(wirkliches_heft):
    with closing(pypdfium2.PdfDocument(wirkliches_heft.daten)) as dokument:
        assert dokument.is_tagged()
        assert (
            dokument.get_metadata_value("Title") == "Pakt für Integration – Kommunales Integrationsmanagement"
        )


def test_dieselbe_konferenz_ergibt_dieselben_bytes():
    bild = eine_gruppe(("Gut", ["a", "b ☐"]))

    assert gesetzt(bild).daten == gesetzt(bild).daten


def test_gedraengte_seite_bleibt_eine_seite():
    bild = eine_gruppe(("Gut", [f"Äußerung {nummer} von vielen" for nummer in range(17)]))

    assert gesetzt(bild).seiten == 4  # title, overview, question, statements


def test_ueberlange_liste_laeuft_mit_titel_und_ueberschrift_weiter():
    aeusserungen = [f"Äußerung {nummer} aus einer langen Liste" for nummer in range(200)]
    seiten = texte(gesetzt(eine_gruppe(("Was läuft gut?", aeusserungen))).daten)[3:]

    assert len(seiten) > 5
    for seite in seiten:
        assert ohne_satz("AG 1: Gruppe") in seite
        assert ohne_satz("Was läuft gut?") in seite
    for aeusserung in aeusserungen:
        assert any(ohne_satz(aeusserung) in seite for seite in seiten)


def test_ueberschrift_mitten_auf_einer_weitergelaufenen_seite_wiederholt_sich_erst_danach():
    bild = eine_gruppe(
        ("Erster Abschnitt", [f"erste {n}" for n in range(70)]),
        ("Zweiter Abschnitt", [f"zweite {n}" for n in range(70)]),
    )
    fortsetzungen = [
        re.findall(r"((?:Erster|Zweiter)Abschnitt)\(Fortsetzung\)", seite)
        for seite in texte(gesetzt(bild).daten)[4:]
    ]

    assert fortsetzungen[0] == ["ErsterAbschnitt"]
    assert fortsetzungen[-1] == ["ZweiterAbschnitt"]
    assert fortsetzungen == sorted(fortsetzungen)


def test_laengste_texte_gehen_nicht_verloren():
    lang = " ".join(f"Wort{nummer}" for nummer in range(1200))
    adresse = "https://example.de/" + "".join(f"{nummer}x" for nummer in range(900))
    titel = " ".join(f"Titelwort{nummer}" for nummer in range(40))
    ueberschrift = " ".join(f"Kopf{nummer}" for nummer in range(60))
    bild = eine_gruppe((ueberschrift, [lang, adresse, "zwei\nZeilen", "<b>&amp;"]), titel=titel)
    seiten = texte(gesetzt(bild).daten)

    assert max(map(len, (lang, adresse))) < 10_000
    for text in (titel, ueberschrift, lang, adresse, "zwei Zeilen", "<b>&amp;"):
        assert steht_ganz(text, seiten), text[:40]


def test_seite_ohne_text_bleibt_eine_seite():
    bild = Konferenzbild("Fachtag", date(2021, 4, 21), textseiten=(Textseitenbild(2, "", " "),))

    assert gesetzt(bild).seiten == 2


def bilder_je_seite(daten):
    with closing(pypdfium2.PdfDocument(daten)) as dokument:
        return [
            sum(objekt.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE for objekt in seite.get_objects())
            for seite in dokument
        ]


def test_nur_vorab_genannte_bilder_werden_gelesen(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    puffer = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(puffer, "PNG")
    for name in ("genannt.png", "anderes.png"):
        default_storage.save(name, ContentFile(puffer.getvalue()))
    quellen = ["bild:genannt.png", "bild:anderes.png", (tmp_path / "genannt.png").as_uri()]

    pdf = als_pdf(
        '<html lang="de"><title>t</title><style>section{break-before:page}</style>',
        [f'<section><img src="{quelle}" alt="Bild"></section>' for quelle in quellen],
        ["genannt.png"],
    )

    assert bilder_je_seite(pdf.daten) == [1, 0, 0]


def test_kaputtes_bild_weicht_seiner_beschreibung(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("kaputt.png", ContentFile(b"kein Bild"))

    pdf = als_pdf(
        '<html lang="de"><title>t</title>',
        ['<section><img src="bild:kaputt.png" alt="Ein Balken"></section>'],
        ["kaputt.png"],
    )

    assert texte(pdf.daten) == ["EinBalken"]
