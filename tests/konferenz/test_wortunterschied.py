"""Differences between two texts, word by word."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from konferenz.wortunterschied import HOECHSTENS, Art, unterschied

woerter = st.sampled_from(
    ["Sprachkurse", " ", "fehlen", ",", "\n", "im", "Land", "👩‍👧", "עברית", ".", "e\u0301"]
)
texte = st.lists(woerter, max_size=12).map("".join) | st.text(max_size=30)


def gezeigt(alt: str, neu: str) -> str:
    klammern = {Art.GLEICH: "{}", Art.WEG: "[-{}-]", Art.NEU: "[+{}+]"}
    return "".join(klammern[art].format(text) for art, text in unterschied(alt, neu))


@pytest.mark.parametrize(
    ("alt", "neu", "ergebnis"),
    [
        ("", "", ""),
        ("gleich", "gleich", "gleich"),
        ("", "neu", "[+neu+]"),
        ("weg", "", "[-weg-]"),
        ("Zeit fehlt", "Zeit fehlt.", "Zeit fehlt[+.+]"),
        ("Frau Müller hilft", "Frau Mueller hilft", "Frau [-Müller-][+Mueller+] hilft"),
        ("Kurse mit Betreuung", "Angebote ohne Betreuung", "[-Kurse mit-][+Angebote ohne+] Betreuung"),
        ("a b c d e", "a x c y e", "a [-b-][+x+] c [-d-][+y+] e"),
        ("Sprach-kurse", "Sprachkurse", "[-Sprach-kurse-][+Sprachkurse+]"),
        ("eins\nzwei", "eins zwei", "eins[-\n-][+ +]zwei"),
    ],
)
def test_unterschied_zeigt_ganze_woerter(alt, neu, ergebnis):
    assert gezeigt(alt, neu) == ergebnis


@settings(derandomize=True, deadline=None, database=None)
@given(texte, texte)
@example("a" * 3, "a b")
def test_beide_texte_gehen_zeichen_fuer_zeichen_daraus_hervor(alt, neu):
    stuecke = unterschied(alt, neu)
    assert "".join(text for art, text in stuecke if art != Art.NEU) == alt
    assert "".join(text for art, text in stuecke if art != Art.WEG) == neu
    assert all(text for _, text in stuecke)
    assert (alt == neu) == all(art == Art.GLEICH for art, _ in stuecke)


def test_sehr_lange_aenderung_wird_am_stueck_gezeigt():
    alt, neu = "wort " * HOECHSTENS, "anders " * HOECHSTENS
    assert [art for art, _ in unterschied(f"a {alt}z", f"a {neu}z")] == [
        Art.GLEICH,
        Art.WEG,
        Art.NEU,
        Art.GLEICH,
    ]
