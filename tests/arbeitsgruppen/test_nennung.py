"""Where texts name a person."""

import pytest

from arbeitsgruppen.nennung import Nennung

MUELLER = Nennung("Jürgen", "Müller")


@pytest.mark.parametrize(
    ("text", "ohne"),
    [
        ("Jürgen Müller", "[Name gelöscht]"),
        ("Dr. Jürgen Müller, FaFo", "[Name gelöscht], FaFo"),
        ("Prof. Dr. Jürgen Müller im Gespräch", "[Name gelöscht] im Gespräch"),
        ("Danke, Herr Müller!", "Danke, [Name gelöscht]!"),
        ("Mit Herrn Dr. Müller klären", "Mit [Name gelöscht] klären"),
        ("Müller, Jürgen (Ulm)", "[Name gelöscht] (Ulm)"),
        ("Müller, Dr. Jürgen", "[Name gelöscht]"),
        ("Jürgen Müllers Vortrag", "[Name gelöscht] Vortrag"),
        ("Juergen Mueller sagt", "[Name gelöscht] sagt"),
        ("JÜRGEN MÜLLER", "[Name gelöscht]"),
        ("Jürgen K. Müller", "[Name gelöscht]"),
        ("Jürgen\n  Müller", "[Name gelöscht]"),
        ("mail: juergen.mueller@ulm.de.", "mail: [Name gelöscht]."),
        ("j.mueller-2@landkreis.ulm.de oder so", "[Name gelöscht] oder so"),
        ("zweimal Jürgen Müller und Jürgen Müller", "zweimal [Name gelöscht] und [Name gelöscht]"),
    ],
)
def test_name_wird_in_jeder_form_erkannt_und_ersetzt(text, ohne):
    assert MUELLER.in_text(text)
    assert MUELLER.ohne(text) == ohne


@pytest.mark.parametrize(
    "text",
    [
        "Müller",
        "Sabine Müller",
        "Jürgen Müllerschön",
        "Frau Müllerin",
        "Hansjürgen Müller-Thurgau",
        "Herr Müller-Thurgau",
        "Hans-Jürgen Müller",
        "Jürgen",
        "info@mueller-bau.example",
        "",
    ],
)
def test_andere_bleiben(text):
    assert not MUELLER.in_text(text)
    assert MUELLER.ohne(text) == text


def test_nachname_allein_ist_nur_vielleicht_gemeint():
    assert MUELLER.vielleicht_in("Müller sagt, das geht")
    assert not MUELLER.vielleicht_in("Herr Müller sagt, das geht")
    assert not MUELLER.vielleicht_in("müller wollen keinen Staub")


def test_zusammengesetzte_namen():
    name = Nennung("Anne-Marie", "von der Weiß-Groß")
    assert name.ohne("Frau Anne-Marie von der Weiß-Groß kommt") == "[Name gelöscht] kommt"
    assert name.ohne("Anne Marie von der Weiss-Gross") == "[Name gelöscht]"


def test_adressen_und_dateinamen():
    assert MUELLER.in_adresse("vortrag-juergen-mueller-2021")
    assert MUELLER.in_adresse("folien/Juergen_Mueller.png")
    assert MUELLER.ohne_in_adresse("vortrag-juergen-mueller-2021") == "vortrag-name-geloescht-2021"
    assert not MUELLER.in_adresse("vortrag-mueller")
    assert not Nennung("", "Müller").in_adresse("vortrag-mueller")


def test_daten_werden_bis_ins_innerste_durchsucht():
    daten = {"Jürgen Müller": [1, None, {"x": "Herr Müller", "y": True}]}
    assert MUELLER.ohne_in(daten) == {"[Name gelöscht]": [1, None, {"x": "[Name gelöscht]", "y": True}]}


def test_ohne_vornamen_zaehlt_die_anrede():
    name = Nennung("", "Yılmaz")
    assert name.ohne("Frau Yılmaz und Frau Yilmaz") == "[Name gelöscht] und [Name gelöscht]"
    assert not name.in_text("Yılmaz")


def test_name_ist_der_einer_person_in_jeder_schreibung_der_grossbuchstaben():
    assert MUELLER.ist("jürgen", "MÜLLER")
    assert not MUELLER.ist("Jürgen", "Müller-Thurgau")
    assert str(MUELLER) == "Jürgen Müller"
