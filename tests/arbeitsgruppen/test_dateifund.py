"""Slides, documents and tables become exactly the headings and statements that were put into them."""

from dataclasses import replace
from io import BytesIO

import docx
import pytest
from openpyxl import Workbook
from pptx import Presentation

from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.bild import Gruppenbild
from arbeitsgruppen.dateien import GRENZEN, als_datei
from arbeitsgruppen.dateifund import aus_datei
from arbeitsgruppen.dateileser import formate
from arbeitsgruppen.daten import als_csv
from arbeitsgruppen.fund import Beiwerkart, Fund, Rahmen
from arbeitsgruppen.heft import heft
from arbeitsgruppen.pdf import Setzerei
from tests import dateien, vorlage

GRUPPEN = vorlage.echte().bild.gruppen
AG3 = GRUPPEN[2]
RAHMEN = Rahmen(3, "Spracherwerb und Bildungsangebote", ("Gelingensfaktoren",))


def gelesen(inhalt: bytes, rahmen: Rahmen = RAHMEN) -> Fund:
    # In this process: starting one takes longer than reading.
    return aus_datei(als_datei(formate.lesen(inhalt, GRENZEN)), rahmen)


def kurz(fund: Fund) -> list[tuple[str, list]]:
    """Return the headings with their statements; one that has sub-points is a pair."""
    return [
        (
            a.ueberschrift,
            [(x.text, [u.text for u in x.unterpunkte]) if x.unterpunkte else x.text for x in a.aeusserungen],
        )
        for a in fund.abschnitte
    ]


def ohne_seiten(abschnitte, unterpunkte: bool = True) -> list[tuple]:
    """Return headings with category and origin, and their statements."""
    return [
        (
            a.ueberschrift,
            a.kategorie,
            a.herkunft,
            [(x.text, x.unterpunkte if unterpunkte else ()) for x in a.aeusserungen],
        )
        for a in abschnitte
    ]


def gespeichert(dokument) -> bytes:
    ausgabe = BytesIO()
    dokument.save(ausgabe)
    return ausgabe.getvalue()


# --- the real groups --------------------------------------------------------------------------------

BAUWEISEN = {
    "Folien": dateien.pptx,
    "Dokument mit Formatvorlagen": dateien.docx_mit_formatvorlagen,
    "Dokument von Hand": dateien.docx_von_hand,
    "LibreOffice-Text": dateien.odt,
    "LibreOffice-Folien": dateien.odp,
    "Tabelle mit Spalten": dateien.xlsx_spalten,
    "Liste als CSV": dateien.csv_liste,
}


@pytest.mark.parametrize("gruppe", GRUPPEN, ids=lambda gruppe: f"AG {gruppe.nummer}")
@pytest.mark.parametrize("bauweise", BAUWEISEN)
def test_datei_einer_gruppe_ergibt_genau_ihre_aeusserungen(gruppe: Gruppenbild, bauweise):
    fund = gelesen(BAUWEISEN[bauweise](gruppe), Rahmen(gruppe.nummer, gruppe.titel))

    mit_unterpunkten = BAUWEISEN[bauweise] not in (dateien.xlsx_spalten, dateien.csv_liste)
    assert ohne_seiten(fund.abschnitte) == ohne_seiten(gruppe.abschnitte, mit_unterpunkten)


def test_folien_der_ag_3_ergeben_72_aeusserungen_und_ihre_seiten():
    fund = gelesen(dateien.pptx(AG3))

    assert fund.anzahl == 72
    beginnt_seite = [x.text for a in fund.abschnitte for x in a.aeusserungen if x.neue_seite]
    assert beginnt_seite == [aeusserungen[0].text for _, aeusserungen in dateien.seiten(AG3)]


def test_notizen_fusszeilen_und_titel_liegen_bei_mit_ihrer_folie():
    beiwerk = gelesen(dateien.pptx(AG3)).beiwerk

    assert next((b.text, b.ort) for b in beiwerk if b.art == Beiwerkart.NOTIZ) == (
        "Notiz zu Seite 2",
        "Folie 2",
    )
    assert [b.text for b in beiwerk if b.art == Beiwerkart.FUSS] == [
        "Fachtag 2021",
        "2, 3, 4, 5, 6, 7, 8, 9, 10",
    ]
    assert [b.text for b in beiwerk if b.art == Beiwerkart.RAHMEN] == [
        "Moderation: Sabine Müller",
        "21. April 2021",
    ]
    assert "AG 3: Spracherwerb und Bildungsangebote" in [b.text for b in beiwerk if b.art == Beiwerkart.TITEL]


def test_eigene_daten_als_csv_lassen_sich_wieder_uebernehmen():
    fund = gelesen(als_csv(vorlage.echte().bild, "https://doku.example.de"), Rahmen(1, GRUPPEN[0].titel))

    eigene = [a for a in fund.abschnitte if not a.fremd]
    assert ohne_seiten(eigene) == ohne_seiten(GRUPPEN[0].abschnitte)
    assert {a.fremd for a in fund.abschnitte if a.fremd} == {f"AG {g.nummer}: {g.titel}" for g in GRUPPEN[1:]}


def test_heft_einer_gruppe_als_pdf_ergibt_wieder_ihre_aeusserungen():
    bild = replace(vorlage.echte().bild, entwurf=False)
    fund = gelesen(Setzerei().setzen(heft(bild, Auswahl(gruppen=(3,))).satz).daten)

    # A PDF keeps no more than one space of several.
    assert [
        (a.ueberschrift, [" ".join(x.text.split()) for x in a.aeusserungen]) for a in fund.abschnitte
    ] == [(a.ueberschrift, [" ".join(x.text.split()) for x in a.aeusserungen]) for a in AG3.abschnitte]


# --- how people build slides ------------------------------------------------------------------------


def folien(*inhalte: tuple[str, list[str]]) -> bytes:
    """Return slides, each its title and the paragraphs of its list."""
    praesentation = Presentation()
    for titel, absaetze in inhalte:
        folie = praesentation.slides.add_slide(praesentation.slide_layouts[1])
        folie.shapes.title.text = titel
        folie.placeholders[1].text_frame.text = "\n".join(absaetze)
    return gespeichert(praesentation)


def test_fortgesetzte_folie_setzt_ihren_abschnitt_fort():
    inhalt = folien(
        ("Wo hakt es?", ["a"]),
        ("Partner", ["b"]),
        ("Wo hakt es? (2)", ["c"]),
        ("", ["d"]),
        ("Vielen Dank", []),
    )
    fund = gelesen(inhalt)

    assert kurz(fund) == [("Wo hakt es?", ["a", "c", "d"]), ("Partner", ["b"])]
    assert "Vielen Dank" in [b.text for b in fund.beiwerk if b.art == Beiwerkart.TITEL]


def test_liste_die_in_einen_absatz_getippt_ist_wird_zu_mehreren():
    assert kurz(gelesen(folien(("Wo hakt es?", ["- a\v- b\vgeht weiter\v- c"])))) == [
        ("Wo hakt es?", ["a", "b\ngeht weiter", "c"])
    ]


def test_ueberschriften_ohne_aufzaehlungszeichen_in_der_liste():
    praesentation = Presentation()
    folie = praesentation.slides.add_slide(praesentation.slide_layouts[1])
    folie.shapes.title.text = "AG 3: Spracherwerb und Bildungsangebote"
    rahmen = folie.placeholders[1].text_frame
    rahmen.text = "Was läuft gut?\nkurze Wege\nStolpersteine\nWohnraum"
    for index in (0, 2):
        absatz = rahmen.paragraphs[index]
        absatz.runs[0].font.bold = True
        absatz._p.get_or_add_pPr().append(
            absatz._p.makeelement("{http://schemas.openxmlformats.org/drawingml/2006/main}buNone", {})
        )
    assert kurz(gelesen(gespeichert(praesentation))) == [
        ("Was läuft gut?", ["kurze Wege"]),
        ("Stolpersteine", ["Wohnraum"]),
    ]


def test_folie_mit_fragestellung_ergibt_keine_aeusserung():
    inhalt = folien(("AG 3: Sprache", ["Fragestellung", "Was hilft?"]), ("Wo hakt es?", ["a"]))
    fund = gelesen(inhalt)

    assert kurz(fund) == [("Wo hakt es?", ["a"])]
    assert [b.text for b in fund.beiwerk if b.art == Beiwerkart.RAHMEN] == ["Fragestellung", "Was hilft?"]


def test_folien_mehrerer_gruppen_trennen_sich_nach_ihren_titeln():
    inhalt = folien(
        ("AG 4: Ausbildung\vWo hakt es?", ["a"]),
        ("AG 3: Spracherwerb und Bildungsangebote\vWo hakt es?", ["b"]),
    )
    fund = gelesen(inhalt)
    assert [(a.fremd, [x.text for x in a.aeusserungen]) for a in fund.abschnitte] == [
        ("", ["b"]),
        ("AG 4: Ausbildung", ["a"]),
    ]


# --- how people build documents ---------------------------------------------------------------------


def test_dokument_ohne_jede_formatierung_wird_gelesen_wie_eingefuegt():
    dokument = docx.Document()
    for absatz in ("Erfolge:", "kurze Wege", "Ehrenamt", "", "Was fehlt:", "Wohnraum"):
        dokument.add_paragraph(absatz)
    assert kurz(gelesen(gespeichert(dokument))) == [
        ("Erfolge", ["kurze Wege", "Ehrenamt"]),
        ("Was fehlt", ["Wohnraum"]),
    ]


def test_absaetze_zwischen_den_listen_liegen_bei():
    dokument = docx.Document()
    dokument.add_heading("Wo hakt es?", 1)
    dokument.add_paragraph("Die Teilnehmenden nannten:")
    dokument.add_paragraph("Wohnraum", "List Bullet")
    fund = gelesen(gespeichert(dokument))

    assert kurz(fund) == [("Wo hakt es?", ["Wohnraum"])]
    assert [b.text for b in fund.beiwerk] == ["Die Teilnehmenden nannten:"]


def test_protokoll_als_tabelle_mit_ueberschrift_in_der_ersten_spalte():
    dokument = docx.Document()
    tabelle = dokument.add_table(2, 2)
    for zeile, (kopf, text) in enumerate(
        (("Was läuft gut?", "- kurze Wege\n- Ehrenamt"), ("Stolpersteine", "Wohnraum"))
    ):
        tabelle.cell(zeile, 0).text, tabelle.cell(zeile, 1).text = kopf, text
    assert kurz(gelesen(gespeichert(dokument))) == [
        ("Was läuft gut?", ["kurze Wege", "Ehrenamt"]),
        ("Stolpersteine", ["Wohnraum"]),
    ]


# --- how people build tables ------------------------------------------------------------------------


def mappe(*blaetter: tuple[str, list[list]]) -> bytes:
    mappe = Workbook()
    mappe.remove(mappe.active)
    for name, zeilen in blaetter:
        blatt = mappe.create_sheet(name)
        for zeile in zeilen:
            blatt.append(zeile)
    return gespeichert(mappe)


def test_blattname_ist_ueberschrift_wo_keine_steht():
    inhalt = mappe(("Erfolge", [["kurze Wege"]]), ("Stolpersteine", [["Wohnraum"], ["Sprache"]]))
    assert kurz(gelesen(inhalt)) == [("Erfolge", ["kurze Wege"]), ("Stolpersteine", ["Wohnraum", "Sprache"])]


def test_export_eines_whiteboards():
    kopf = ["Section", "Author", "Body"]
    fund = gelesen(
        mappe(("Tabelle1", [kopf, ["Gut", "x", "kurze Wege"], ["Hakt", "y", "Wohnraum\nin der Stadt"]]))
    )

    assert kurz(fund) == [("Gut", ["kurze Wege"]), ("Hakt", ["Wohnraum\nin der Stadt"])]
    assert fund.hinweise == ("Nicht übernommene Spalten: Author.",)


def test_verbundene_zellen_gelten_fuer_die_zeilen_darunter():
    inhalt = mappe(("Tabelle1", [["Gut", "a"], [None, "b"], ["Hakt", "c"]]))
    assert kurz(gelesen(inhalt)) == [("Gut", ["a", "b"]), ("Hakt", ["c"])]


def test_unbekannte_spaltenkoepfe_werden_ueberschriften():
    inhalt = mappe(("Tabelle1", [["Erfolge", "Stolpersteine"], ["a", "b"], [None, "c"]]))
    assert kurz(gelesen(inhalt)) == [("Erfolge", ["a"]), ("Stolpersteine", ["b", "c"])]


def test_apostroph_vor_einer_formel_geht_nur_dort_weg():
    inhalt = mappe(("Tabelle1", [["Text", "Abschnitt"], ["'- mehr Kurse", "Gut"], ["'s klappt", "Gut"]]))
    assert kurz(gelesen(inhalt)) == [("Gut", ["mehr Kurse", "'s klappt"])]
