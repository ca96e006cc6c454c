"""Found words are marked whole, and nothing of a verbatim text is changed by it."""

import re

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from arbeitsgruppen.markieren import LAENGSTER, fundstellen, markiert
from arbeitsgruppen.suchausdruck import Suchausdruck, abkuerzungen

TAFEL = abkuerzungen([["IM", "Integrationsmanagement"]])


@pytest.mark.parametrize(
    ("anfrage", "text", "gefunden"),
    [
        ("Kurs", "Ein Sprachkursangebot, kein Kurs.", ["Sprachkursangebot", "Kurs"]),
        ("Amt", "Ämter und Jugendamt", ["Ämter", "Jugendamt"]),
        ("„vor Ort“", "Hilfe vor  Ort!", ["vor  Ort"]),
        ("Onlinenachhilfe", "gute Online-Nachhilfe fehlt", ["Online-Nachhilfe"]),
        ("IM", "im Haus hilft das IM, das Integrationsmanagement", ["IM", "Integrationsmanagement"]),
        ("Straße", "STRASSE", ["STRASSE"]),
        ("Uber", "U\u0308ber allem", ["U\u0308ber"]),
        ("Ehrenamt -Corona", "Ehrenamt", ["Ehrenamt"]),
        ("Kurs Kurse", "Kurse", ["Kurse"]),
        ("Kurs", "nichts davon", []),
    ],
)
def test_markiert_wird_das_ganze_wort(anfrage, text, gefunden):
    spannen = fundstellen(text, Suchausdruck.lesen(anfrage, TAFEL))
    assert [text[beginn:ende] for beginn, ende in spannen] == gefunden


@given(st.text(max_size=LAENGSTER), st.text())
def test_kurzer_text_bleibt_wie_er_ist(text, anfrage):
    html = markiert(text, Suchausdruck.lesen(anfrage))
    assert re.sub("</?mark>", "", html) == escape(text)


def test_langer_text_zeigt_die_stelle_und_sagt_was_fehlt():
    text = "Vorspann " * 200 + "Sprachkurs " + "Nachspann " * 200
    html = markiert(text, Suchausdruck.lesen("Sprachkurs"))
    assert html.startswith("… Vorspann")
    assert "<mark>Sprachkurs</mark>" in html
    assert html.endswith("Nachspann  …")
    assert len(html) < LAENGSTER + 50


def test_markup_bleibt_text():
    html = markiert("<b>Kurs</b> & mehr", Suchausdruck.lesen("Kurs"))
    assert html == "&lt;b&gt;<mark>Kurs</mark>&lt;/b&gt; &amp; mehr"
