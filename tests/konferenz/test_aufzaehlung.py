"""Lists in German sentences."""

import pytest

from konferenz.aufzaehlung import aufzaehlung, der_gruppen, gruppennamen


@pytest.mark.parametrize(
    ("worte", "erwartet"), [(["a"], "a"), (["a", "b"], "a und b"), (["a", "b", "c"], "a, b und c")]
)
def test_letztes_wort_steht_hinter_und(worte, erwartet):
    assert aufzaehlung(worte) == erwartet


def test_gruppen_heissen_nach_ihren_nummern():
    assert gruppennamen([1, 3]) == "AG 1 und 3"
    assert (der_gruppen([3]), der_gruppen([3, 5])) == ("der AG 3", "von AG 3 und 5")
