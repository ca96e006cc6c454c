"""The small text format: paragraphs and lists, without losing a character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konferenz.freitext import Block, bloecke


@pytest.mark.parametrize(
    ("text", "erwartet"),
    [
        ("", []),
        ("\n\n \n", []),
        ("eins\nzwei\n\ndrei", [Block(False, ("eins", "zwei")), Block(False, ("drei",))]),
        ("eins\n \t\nzwei", [Block(False, ("eins",)), Block(False, ("zwei",))]),
        ("• a\n• b", [Block(True, ("a", "b"))]),
        (
            "Dazu:\r\n• a\r\n• b\r\n\r\nEnde",
            [Block(False, ("Dazu:",)), Block(True, ("a", "b")), Block(False, ("Ende",))],
        ),
        ("•ohne Abstand", [Block(False, ("•ohne Abstand",))]),
    ],
)
def test_text_zerfaellt_in_absaetze_und_listen(text: str, erwartet: list[Block]) -> None:
    assert list(bloecke(text)) == erwartet


@given(st.text(alphabet="ab• \n", max_size=60))
def test_kein_zeichen_geht_verloren(text: str) -> None:
    gelesen = "".join(zeile for block in bloecke(text) for zeile in block.zeilen)
    assert re.sub(r"[\s•]", "", gelesen) == re.sub(r"[\s•]", "", text)
