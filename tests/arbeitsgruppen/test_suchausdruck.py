"""Queries: how they are read, and what they find in folded texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbeitsgruppen.suchausdruck import HOECHSTENS, Suchausdruck, abkuerzungen
from konferenz.faltung import falten

TAFEL = abkuerzungen([["IM", "IntMan", "Integrationsmanagement"], ["Arbeitsagentur", "Agentur für Arbeit"]])


def findet(anfrage: str, text: str) -> bool:
    return Suchausdruck.lesen(anfrage, TAFEL).passt(falten(text))


@pytest.mark.parametrize(
    ("anfrage", "text"),
    [
        ("Sprachkurs", "keine Sprachkurse"),
        ("Sprachkurse", "der Sprachkurs"),
        ("Sprachkurs", "Sprachkursangebot fehlt"),
        ("Kurs", "Integrationskurse"),
        ("Amt", "die Ämter"),
        ("Ämter", "das Jugendamt"),
        ("Häuser", "Haus der Begegnung"),
        ("Kinder", "ein Kind"),
        ("Träger", "mit den Trägern"),
        ("persönlicher", "persönliche Termine"),
        ("Praktikum", "keine Praktika"),
        ("Praktika", "ein Praktikum"),
        ("Schueler", "für Schüler"),
        ("Schüler", "fuer Schueler"),
        ("Strasse", "Straße"),
        ("STRASSE", "straßen"),
        ("Online-Nachhilfe", "Online Nachhilfe"),
        ("Online-Nachhilfe", "Onlinenachhilfe"),
        ("Onlinenachhilfe", "Online-Nachhilfe"),
        ("Lehrerinnen", "Lehrer*innen"),
        ("„vor Ort“", "Hilfe vor Ort."),
        ('"vor Ort"', "VOR  ORT"),
        ("»vor Ort«", "vor Ort"),
        ("Ehrenamt -Corona", "Ehrenamt fehlt"),
        ("Neueinstieg", "beim Neueinstieg"),
        ("Einstieg", "beim Neueinstieg"),
        ("IM", "Integrationsmanagement"),
        ("Integrationsmanagement", "das IM hilft"),
        ("intman", "das IM hilft"),
        ("Arbeitsagentur", "die Agentur für Arbeit"),
        ("Bus", "Buszeiten"),
        ("was hakt im Jobcenter", "Im Jobcenter hakt es"),
        ("C++", "C++ lernen"),
        ("fehlende", "es fehlen Kurse"),
        ("Teilnehmende", "alle Teilnehmer"),
    ],
)
def test_gefunden_wird_das_wort_in_jeder_form(anfrage, text):
    assert findet(anfrage, text)


@pytest.mark.parametrize(
    ("anfrage", "text"),
    [
        ("IM", "im Freien"),
        ("im Freien", "im Haus"),
        ("Amt", "Beamte"),
        ("Träger", "Anträge stellen"),
        ("Haus", "ein Erklärvideo anschauen"),
        ("Bus", "Missbrauch"),
        ("„vor Ort“", "Ort vor Zeit"),
        ("„Sprachkurse Mütter“", "Sprachkurse für Mütter"),
        ("Ehrenamt -Corona", "Ehrenamt in der Corona-Zeit"),
        ("Wochenende", "nach drei Wochen"),
        ("Sprachkurs Kinder", "Sprachkurse für Frauen"),
    ],
)
def test_anderes_wird_nicht_gefunden(anfrage, text):
    assert not findet(anfrage, text)


@pytest.mark.parametrize("anfrage", ["", " ", "-Corona", '""', "„", "?!", "- -", "\u200b"])
def test_ohne_ein_wort_wird_nichts_gesucht(anfrage):
    assert not Suchausdruck.lesen(anfrage)
    assert not findet(anfrage, "Corona")


def test_fuellwoerter_zaehlen_nur_wenn_sonst_nichts_da_ist():
    assert [b.eingabe for b in Suchausdruck.lesen("was hakt bei der Duldung").begriffe] == ["hakt", "Duldung"]
    assert [b.eingabe for b in Suchausdruck.lesen("was").begriffe] == ["was"]


def test_was_am_wort_selbst_steht_wiegt_mehr_als_was_darin_steht():
    ausdruck = Suchausdruck.lesen("Kurs")
    texte = ["Integrationskurse", "Kursangebot", "ein Kurs"]
    assert sorted(texte, key=lambda text: ausdruck.guete(falten(text))) == texte


@given(st.text())
def test_jede_eingabe_ist_lesbar_und_bleibt_klein(anfrage):
    ausdruck = Suchausdruck.lesen(anfrage, TAFEL)
    assert len(ausdruck.begriffe) <= HOECHSTENS
    assert all(begriff.muster and all(m.strip() for m in begriff.muster) for begriff in ausdruck.begriffe)
    ausdruck.passt(falten("Ein Text"))


@given(st.text(alphabet=st.characters(categories=["L"], max_codepoint=0x17F), min_size=1, max_size=30))
def test_jedes_wort_findet_sich_selbst(wort):
    ausdruck = Suchausdruck.lesen(wort)
    assert not ausdruck or ausdruck.passt(falten(f"Davor {wort} danach"))


def test_wie_getippt_wiegt_mehr_als_eine_andere_form():
    ausdruck = Suchausdruck.lesen("Sprachkurse")
    assert ausdruck.guete(falten("die Sprachkurse")) > ausdruck.guete(falten("ein Sprachkurs"))
