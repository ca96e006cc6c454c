"""The order of rows under their parent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konferenz.reihenfolge import Platzwunsch, ans_ende, eingereiht
from tests.fabriken import AeusserungFactory, FolieFactory, VortragFactory

permutationen = st.integers(1, 12).flatmap(lambda n: st.permutations(range(1, n + 1)))


def reihe(*wuensche):
    """Order rows that are given as (name, stored place, typed number)."""
    return "".join(eingereiht([Platzwunsch(*wunsch) for wunsch in wuensche]))


@pytest.mark.parametrize(
    ("wuensche", "ergebnis"),
    [
        pytest.param([("A", 1, 1), ("B", 2, 2), ("C", 3, 3)], "ABC", id="nichts"),
        pytest.param([("A", 1, 2), ("B", 2, 1), ("C", 3, 3)], "BAC", id="tausch"),
        pytest.param([("A", 1, 3), ("B", 2, 2), ("C", 3, 3)], "BCA", id="nach unten auf besetzt"),
        pytest.param([("A", 1, 1), ("B", 2, 2), ("C", 3, 1)], "CAB", id="nach oben auf besetzt"),
        pytest.param([("A", 1, 1), ("B", 2, 2), ("N", None, 2)], "ANB", id="neu auf besetzt"),
        pytest.param([("A", 1, 1), ("N", None, None), ("M", None, None)], "ANM", id="neu ohne Nummer"),
        pytest.param([("N", None, None), ("M", None, None), ("O", None, 2)], "NOM", id="zwischen neue"),
        pytest.param([("A", 1, None), ("B", 2, 2), ("N", None, None)], "BAN", id="leer ans Ende"),
        pytest.param([("A", 1, 1), ("N", None, 2), ("M", None, 2), ("B", 2, 2)], "ANMB", id="zwei gleiche"),
        pytest.param([("A", 1, 99), ("B", 2, 2), ("C", 3, 3)], "BCA", id="weit dahinter"),
        pytest.param([("A", 1, 30), ("B", 2, 10), ("C", 3, 20)], "BCA", id="in Zehnern"),
        pytest.param([("A", 1, 1), ("B", 2, 2), ("C", 3, 0)], "CAB", id="null ganz nach vorn"),
        pytest.param([("A", 1, 1), ("B", 2, 2), ("D", 4, 4), ("N", None, 3)], "ABND", id="in eine Lücke"),
        pytest.param([("A", 1, 3), ("B", 2, 2), ("D", 4, 4)], "BAD", id="nach unten in eine Lücke"),
        pytest.param([("A", 1, 2), ("B", 2, 2), ("C", 3, 1)], "CAB", id="zwei gegen eine stehende"),
    ],
)
def test_zeilen_stehen_wo_ihre_getippten_nummern_meinen(wuensche, ergebnis):
    assert reihe(*wuensche) == ergebnis


@given(permutationen)
def test_vollstaendige_neunummerierung_gilt_woertlich(nummern):
    folge = eingereiht([Platzwunsch(n, stelle, n) for stelle, n in enumerate(nummern, 1)])
    assert folge == sorted(nummern)


@given(st.integers(1, 12), st.data())
def test_eine_verschobene_zeile_steht_an_ihrer_nummer_und_die_anderen_bleiben_geordnet(anzahl, data):
    von = data.draw(st.integers(1, anzahl))
    nach = data.draw(st.integers(1, anzahl))
    folge = eingereiht([Platzwunsch(n, n, nach if n == von else n) for n in range(1, anzahl + 1)])
    assert folge[nach - 1] == von
    assert [n for n in folge if n != von] == [n for n in range(1, anzahl + 1) if n != von]


@given(
    st.lists(
        st.tuples(st.none() | st.integers(1, 9), st.none() | st.integers(0, 30)),
        max_size=12,
        unique_by=lambda paar: paar[0] or object(),
    )
)
def test_keine_zeile_geht_verloren_oder_verdoppelt_sich(paare):
    folge = eingereiht([Platzwunsch(n, bisher, wunsch) for n, (bisher, wunsch) in enumerate(paare)])
    assert sorted(folge) == list(range(len(paare)))


@pytest.mark.django_db
def test_ans_ende_laesst_eine_zeile_bei_ihren_eltern_an_ihrer_stelle():
    vortrag = VortragFactory()
    erste, _ = FolieFactory.create_batch(2, vortrag=vortrag)
    erste.position = 77
    ans_ende(erste, ["vortrag"])
    assert erste.position == 1


@pytest.mark.django_db
def test_ans_ende_stellt_eine_zeile_hinter_die_letzte_ihrer_neuen_eltern():
    ziel = VortragFactory()
    FolieFactory.create_batch(2, vortrag=ziel)
    folie = FolieFactory()
    folie.vortrag = ziel
    ans_ende(folie, ["vortrag"])
    assert folie.position == 3


@pytest.mark.django_db
def test_ans_ende_zaehlt_einen_unterpunkt_unter_seiner_aeusserung():
    aeusserung = AeusserungFactory()
    AeusserungFactory(uebergeordnet=aeusserung)
    neue = AeusserungFactory.build(abschnitt=aeusserung.abschnitt, uebergeordnet=aeusserung)
    ans_ende(neue, ["abschnitt", "uebergeordnet"])
    assert neue.position == 2
