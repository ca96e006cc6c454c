"""The fonts of the Heft."""

import pytest

from arbeitsgruppen.schriften import GRUNDSCHRIFT, SCHRIFTEN, ersetzungen, noetige_schriften, zeichenvorrat


def test_german_text_needs_the_basic_font_only():
    assert noetige_schriften("Äußerungen – „läuft gut“ … • → 50 €, § 5, Yılmaz") == list(GRUNDSCHRIFT)


@pytest.mark.parametrize("zeichen", ["☐", "✓", "①", "⇒", "م", "ש", "♥"])
def test_a_character_that_the_basic_font_lacks_brings_a_font_that_has_it(zeichen):
    schriften = noetige_schriften(f"Ja {zeichen}")

    assert any(zeichen in zeichenvorrat(schrift) for schrift in schriften[len(GRUNDSCHRIFT) :])
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
def test_a_character_that_no_font_has_is_written_out_if_it_would_be_seen(zeichen, ersatz):
    assert ersetzungen(f"a{zeichen}\r\n\tb") == {zeichen: ersatz}


def test_every_font_is_there_with_the_letters_of_its_family():
    for schrift in SCHRIFTEN.values():
        assert zeichenvorrat(schrift) >= zeichenvorrat(
            next(s for s in SCHRIFTEN.values() if s.familie == schrift.familie)
        )
