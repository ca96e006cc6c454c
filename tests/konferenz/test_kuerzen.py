"""Excerpts: within their length, at the end of a word, and whole where they fit."""

from hypothesis import given
from hypothesis import strategies as st

from konferenz.kuerzen import gekuerzt


def test_geschnitten_wird_zwischen_worten_sonst_im_wort() -> None:
    assert gekuerzt("Sprachkurse fehlen in der Fläche", 24) == "Sprachkurse fehlen in …"
    assert gekuerzt("Donaudampfschifffahrtsgesellschaft", 12) == "Donaudampfs…"
    assert gekuerzt("passt genau", 11) == "passt genau"
    assert gekuerzt("…", 10) == "…"


@given(st.text(), st.integers(4, 80))
def test_nie_laenger_als_erlaubt_und_ganz_was_passt(text: str, zeichen: int) -> None:
    kurz = gekuerzt(text, zeichen)
    ganz = " ".join(text.split())
    assert len(kurz) <= zeichen
    assert kurz == ganz if len(ganz) <= zeichen else kurz.endswith("…")
