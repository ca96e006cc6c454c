"""The small text format: paragraphs and lists, without losing a character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konferenz.freitext import Block, Ueberschrift, bloecke, gegliedert


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


@pytest.mark.parametrize(
    ("text", "erwartet"),
    [
        ("# Eins\nText\r\n## Zwei\r\n• a", [(2, "Eins"), ("Text",), (3, "Zwei"), ("a",)]),
        ("davor\n\n#  Mit Abstand \n\ndanach", [("davor",), (2, "Mit Abstand"), ("danach",)]),
        (
            "## Ohne die erste Ebene\n## Noch eine\n# a\n## b",
            [(2, "Ohne die erste Ebene"), (2, "Noch eine"), (2, "a"), (3, "b")],
        ),
        ("#ohne Abstand\n### zu tief\n# ", [("#ohne Abstand", "### zu tief", "# ")]),
        ("", []),
    ],
)
def test_seite_gliedert_sich_durch_ueberschriften(text: str, erwartet: list[tuple]) -> None:
    gelesen = [
        (teil.ebene, teil.text) if isinstance(teil, Ueberschrift) else teil.zeilen
        for teil in gegliedert(text)
    ]
    assert gelesen == erwartet


def test_dokumentiertes_kennt_keine_ueberschriften() -> None:
    assert list(bloecke("# wörtlich")) == [Block(False, ("# wörtlich",))]
