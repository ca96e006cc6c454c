"""What is left out on PostgreSQL is what says nothing about it, or one of many cases of the same."""

from typing import Any

import pytest
from django.test import TestCase

from tests.ausgelassen import nur_auf_sqlite


def test_ohne_datenbank_wird_ausgelassen(request) -> None:
    assert nur_auf_sqlite([request.node]) == {request.node}


def test_mit_fixture_der_datenbank_bleibt(request, organisation) -> None:
    assert nur_auf_sqlite([request.node]) == set()


@pytest.mark.django_db
def test_mit_marke_bleibt(request) -> None:
    assert nur_auf_sqlite([request.node]) == set()


@pytest.mark.skipif(False, reason="hier nie")
def test_mit_bedingung_bleibt(request) -> None:
    assert nur_auf_sqlite([request.node]) == set()


class MitKlasseTest(TestCase):
    """A class of Django's: pytest sees neither a mark nor a fixture of the database."""

    @pytest.fixture(autouse=True)
    def _anfrage(self, request) -> None:
        self.node = request.node

    def test_klasse_von_django_bleibt(self) -> None:
        assert nur_auf_sqlite([self.node]) == set()


class Fall:
    """Stands for one case of a cross product that reads the database."""

    marken = {"django_db": pytest.mark.django_db.mark, "kreuzprodukt": pytest.mark.kreuzprodukt(4).mark}

    def __init__(self, nummer: int) -> None:
        self.nodeid = f"tests/test_x.py::test_alle[{nummer}]"

    def get_closest_marker(self, name: str) -> Any:
        return self.marken.get(name)


def test_vom_kreuzprodukt_bleibt_ein_teil_und_immer_derselbe() -> None:
    faelle: Any = [Fall(nummer) for nummer in range(9)]
    weg = nur_auf_sqlite(faelle)
    assert len(weg) == 6
    assert weg == nur_auf_sqlite(faelle)
