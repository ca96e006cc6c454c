"""The fonts of the Heft."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arbeitsgruppen.schriften import (
    ERSATZSCHRIFTEN,
    GRUNDSCHRIFT,
    SCHRIFTEN,
    ersetzungen,
    pango_version,
    zeichenvorrat,
)

probe = settings(derandomize=True, deadline=None, database=None)


def test_deutscher_text_braucht_nur_die_grundschrift():
    text = set("Äußerungen – „läuft gut“ … • → 50 €, § 5, Yılmaz")

    assert all(text <= zeichenvorrat(schrift) for schrift in GRUNDSCHRIFT)
    assert ersetzungen(text) == {}


@pytest.mark.parametrize("zeichen", ["☐", "✓", "①", "⇒", "م", "ש", "♥"])
def test_zeichen_ausserhalb_der_grundschrift_steht_in_einer_ersatzschrift_und_bleibt(zeichen):
    assert zeichen not in zeichenvorrat(GRUNDSCHRIFT[0])
    assert any(zeichen in zeichenvorrat(familie[0]) for familie in ERSATZSCHRIFTEN)
    assert ersetzungen(zeichen) == {}


@pytest.mark.parametrize(
    ("zeichen", "ersatz"),
    [
        ("😀", "[U+1F600]"),
        ("\ue0f0", "[U+E0F0]"),
        ("中", "[U+4E2D]"),
        ("\u3000", " "),
        ("\x0b", " "),
        ("\x07", ""),
        ("\ufe0f", ""),
        ("\U000e0020", ""),
    ],
)
def test_zeichen_ohne_schrift_wird_ausgeschrieben_wenn_es_sichtbar_waere(zeichen, ersatz):
    assert ersetzungen(f"a{zeichen}\r\n\tb") == {zeichen: ersatz}


def test_jede_schrift_ist_da_und_hat_die_zeichen_ihrer_familie():
    for schrift in SCHRIFTEN.values():
        assert zeichenvorrat(schrift) >= zeichenvorrat(
            next(s for s in SCHRIFTEN.values() if s.familie == schrift.familie)
        )


@probe
@example("\x00\x1f\x7f\x85\ufeff\u202e\u2066\U000e0041\ufffd\uffff\U0010ffff")
@given(st.text(max_size=80))
def test_nach_dem_ersetzen_fehlt_kein_zeichen_mehr(text):
    ersetzt = text.translate(str.maketrans(ersetzungen(text)))

    assert ersetzungen(ersetzt) == {}


def test_der_setzer_nennt_seine_fassung():
    assert re.fullmatch(r"1\.\d+\.\d+", pango_version())
