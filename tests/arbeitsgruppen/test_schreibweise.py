"""How statements are written in a field, and back."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbeitsgruppen.schreibweise import Punkt, gelesen, geschrieben

LANG = bool(os.environ.get("DAUER"))
probe = settings(max_examples=20_000 if LANG else 500, derandomize=not LANG, deadline=None, database=None)

HEIKEL = st.text(" \\-–—\n\tab•#", min_size=1, max_size=8)
BELIEBIG = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1)
TEXT = st.one_of(HEIKEL, BELIEBIG)
PUNKT = st.builds(
    lambda text, neue_seite, unter: Punkt(text, neue_seite, [Punkt(u) for u in unter]),
    TEXT,
    st.booleans(),
    st.lists(TEXT, max_size=3),
)


def texte(feld: str) -> list[tuple[str, list[str]]]:
    punkte, fehler = gelesen(feld)
    assert fehler == []
    return [(punkt.text, [u.text for u in punkt.unterpunkte]) for punkt in punkte]


@pytest.mark.dauer
@probe
@given(st.lists(PUNKT, max_size=4), st.sampled_from(["\n", "\r\n", "\r"]))
def test_was_gespeichert_ist_kommt_so_zurueck_dass_es_sich_gleich_wieder_speichert(
    punkte: list[Punkt], zeilenende: str
) -> None:
    assert gelesen(geschrieben(punkte).replace("\n", zeilenende)) == (punkte, [])


@pytest.mark.dauer
@probe
@given(BELIEBIG)
def test_jeder_beliebige_text_laesst_sich_lesen_und_wieder_schreiben(feld: str) -> None:
    punkte, fehler = gelesen(feld)
    if not fehler:
        assert gelesen(geschrieben(punkte)) == (punkte, [])


@pytest.mark.parametrize(
    ("feld", "erwartet"),
    [
        ("eins\nzwei", [("eins", []), ("zwei", [])]),
        ("eins\n\n  \n\nzwei", [("eins", []), ("zwei", [])]),
        ("eins\n  darunter\n\tund darunter", [("eins", ["darunter", "und darunter"])]),
        ("eins\n- darunter\n–darunter\n  — darunter", [("eins", ["darunter"] * 3)]),
        ("eins\\\nweiter", [("eins\nweiter", [])]),
        ("eins\\\n  weiter\\\n- noch", [("eins\n  weiter\n- noch", [])]),
        ("\\- fünf Grad", [("- fünf Grad", [])]),
        ("\\---", [("---", [])]),
        ("\\  eingerückt", [("  eingerückt", [])]),
        ("C:\\Daten\\\\", [("C:\\Daten\\", [])]),
        ("\\\\server\\ordner", [("\\\\server\\ordner", [])]),
        ("am Ende ein Leerzeichen ", [("am Ende ein Leerzeichen ", [])]),
        ("• eins", [("• eins", [])]),
        ("", []),
    ],
)
def test_schreibweise(feld: str, erwartet: list[tuple[str, list[str]]]) -> None:
    assert texte(feld) == erwartet


def test_eine_zeile_aus_drei_strichen_beginnt_eine_seite() -> None:
    punkte, fehler = gelesen("eins\n---\nzwei\n -----  \n\ndrei")
    assert [punkt.neue_seite for punkt in punkte] == [False, True, True]
    assert not fehler


@pytest.mark.parametrize(
    ("feld", "zeile", "stichwort"),
    [
        ("\n- allein", 2, "braucht eine Äußerung"),
        ("  eingerückt", 1, "braucht eine Äußerung"),
        ("eins\n---\n- darunter", 2, "Vor einem Unterpunkt"),
        ("eins\n---", 2, "fehlt eine Äußerung"),
        ("eins\n- ", 2, "steht nichts"),
    ],
)
def test_was_sich_so_nicht_speichern_laesst_wird_mit_seiner_zeile_genannt(
    feld: str, zeile: int, stichwort: str
) -> None:
    _, fehler = gelesen(feld)
    assert [einer.zeile for einer in fehler] == [zeile]
    assert stichwort in str(fehler[0])


def test_punkte_kennen_ihre_zeilen() -> None:
    punkte, _ = gelesen("---\neins\\\nweiter\n- darunter\n\nzwei")
    assert [(punkt.von, punkt.bis) for punkt in punkte] == [(1, 4), (5, 6)]
