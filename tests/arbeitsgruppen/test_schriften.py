"""The fonts of the Heft."""

import pytest

from arbeitsgruppen.schriften import GRUNDSCHRIFT, SCHRIFTEN, ersetzungen, noetige_schriften, zeichenvorrat


def test_deutscher_text_braucht_nur_die_grundschrift():
    assert noetige_schriften("Äußerungen – „läuft gut“ … • → 50 €, § 5, Yılmaz") == list(GRUNDSCHRIFT)


@pytest.mark.parametrize("zeichen", ["☐", "✓", "①", "⇒", "م", "ש", "♥"])
def test_zeichen_ausserhalb_der_grundschrift_bringt_eine_passende_schrift_mit(zeichen):
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
def test_zeichen_ohne_schrift_wird_ausgeschrieben_wenn_es_sichtbar_waere(zeichen, ersatz):
    assert ersetzungen(f"a{zeichen}\r\n\tb") == {zeichen: ersatz}


def test_jede_schrift_ist_da_und_hat_die_zeichen_ihrer_familie():
    for schrift in SCHRIFTEN.values():
        assert zeichenvorrat(schrift) >= zeichenvorrat(
            next(s for s in SCHRIFTEN.values() if s.familie == schrift.familie)
        )
