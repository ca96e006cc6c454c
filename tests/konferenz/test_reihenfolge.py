"""The order of rows under their parent."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from arbeitsgruppen.models import Aeusserung
from konferenz.models import Folie
from konferenz.reihenfolge import Platzwunsch, ans_ende, eingereiht, ordnen
from tests.fabriken import AbschnittFactory, AeusserungFactory, FolieFactory, VortragFactory

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
def test_rows_stand_where_their_typed_numbers_mean(wuensche, ergebnis):
    assert reihe(*wuensche) == ergebnis


@given(permutationen)
def test_a_complete_renumbering_is_taken_literally(nummern):
    folge = eingereiht([Platzwunsch(n, stelle, n) for stelle, n in enumerate(nummern, 1)])
    assert folge == sorted(nummern)


@given(st.integers(1, 12), st.data())
def test_one_moved_row_stands_at_its_number_and_the_others_keep_their_order(anzahl, data):
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
def test_no_row_is_lost_or_doubled_whatever_is_typed(paare):
    folge = eingereiht([Platzwunsch(n, bisher, wunsch) for n, (bisher, wunsch) in enumerate(paare)])
    assert sorted(folge) == list(range(len(paare)))


@pytest.mark.django_db
def test_ordnen_numbers_the_rows_in_the_order_of_the_keys():
    vortrag = VortragFactory()
    a, b, c = FolieFactory.create_batch(3, vortrag=vortrag)
    ordnen(vortrag.folien.all(), [c.pk, a.pk, b.pk])
    assert list(vortrag.folien.values_list("pk", "position")) == [(c.pk, 1), (a.pk, 2), (b.pk, 3)]


@pytest.mark.django_db
def test_ordnen_lets_rows_follow_that_are_not_named_and_closes_gaps():
    vortrag = VortragFactory()
    a, b, c = (FolieFactory(vortrag=vortrag, position=n) for n in (2, 5, 9))
    ordnen(vortrag.folien.all(), [c.pk])
    assert list(vortrag.folien.values_list("pk", "position")) == [(c.pk, 1), (a.pk, 2), (b.pk, 3)]


@pytest.mark.django_db
def test_ordnen_refuses_a_key_of_another_parent():
    folie, fremde = FolieFactory(), FolieFactory()
    with pytest.raises(KeyError):
        ordnen(folie.vortrag.folien.all(), [fremde.pk])
    fremde.refresh_from_db()
    assert fremde.position == 1


@pytest.mark.django_db
def test_ordnen_takes_as_many_queries_for_many_rows_as_for_two():
    def abfragen(anzahl):
        vortrag = VortragFactory()
        pks = [folie.pk for folie in FolieFactory.create_batch(anzahl, vortrag=vortrag)]
        with CaptureQueriesContext(
            connection,
        ) as erfasst:
            ordnen(vortrag.folien.all(), reversed(pks))
        assert list(vortrag.folien.values_list("pk", flat=True)) == pks[::-1]
        return len(erfasst)

    assert abfragen(2) == abfragen(100)


@pytest.mark.django_db
def test_ordnen_writes_nothing_when_the_order_stands():
    vortrag = VortragFactory()
    pks = [folie.pk for folie in FolieFactory.create_batch(3, vortrag=vortrag)]
    with CaptureQueriesContext(connection) as erfasst:
        ordnen(vortrag.folien.all(), pks)
    assert not [q for q in erfasst if q["sql"].startswith("UPDATE")]


@pytest.mark.django_db
def test_ordnen_leaves_sub_points_alone():
    abschnitt = AbschnittFactory()
    a, b = AeusserungFactory.create_batch(2, abschnitt=abschnitt)
    unterpunkt = AeusserungFactory(uebergeordnet=a)
    ordnen(abschnitt.aeusserungen.filter(uebergeordnet=None), [b.pk, a.pk])
    assert dict(Aeusserung.objects.values_list("pk", "position")) == {b.pk: 1, a.pk: 2, unterpunkt.pk: 1}


@pytest.mark.django_db
def test_ordnen_leaves_no_trace_in_the_history():
    vortrag = VortragFactory()
    a, b = FolieFactory.create_batch(2, vortrag=vortrag)
    ordnen(vortrag.folien.all(), [b.pk, a.pk])
    assert Folie.history.count() == 2


@pytest.mark.django_db
def test_ans_ende_keeps_the_place_of_a_row_that_stays_with_its_parent():
    vortrag = VortragFactory()
    erste, _ = FolieFactory.create_batch(2, vortrag=vortrag)
    erste.position = 77
    ans_ende(erste, ["vortrag"])
    assert erste.position == 1


@pytest.mark.django_db
def test_ans_ende_puts_a_row_behind_the_last_of_its_new_parent():
    ziel = VortragFactory()
    FolieFactory.create_batch(2, vortrag=ziel)
    folie = FolieFactory()
    folie.vortrag = ziel
    ans_ende(folie, ["vortrag"])
    assert folie.position == 3


@pytest.mark.django_db
def test_ans_ende_numbers_a_sub_point_under_its_statement():
    aeusserung = AeusserungFactory()
    AeusserungFactory(uebergeordnet=aeusserung)
    neue = AeusserungFactory.build(abschnitt=aeusserung.abschnitt, uebergeordnet=aeusserung)
    ans_ende(neue, ["abschnitt", "uebergeordnet"])
    assert neue.position == 2
