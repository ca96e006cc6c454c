"""Since when a conference is public: what its history says."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from konferenz.models import Konferenz
from konferenz.veroeffentlichung import oeffentlich_seit
from tests.fabriken import KonferenzFactory

pytestmark = pytest.mark.django_db

S = Konferenz.Status


def am(tag: int) -> datetime:
    return datetime(2024, 5, tag, 12, tzinfo=UTC)


def mit_verlauf(*staende: str) -> Konferenz:
    """Return a conference that came into these states, one each day."""
    konferenz = KonferenzFactory(status=staende[0])
    for status in staende[1:]:
        konferenz.status = status
        konferenz.save()
    for tag, zeile in enumerate(konferenz.history.order_by("history_id"), 1):
        zeile.history_date = am(tag)
        zeile.save()
    return konferenz


@pytest.mark.parametrize(
    ("staende", "seit"),
    [
        ([S.ENTWURF], None),
        ([S.ENTWURF, S.VEROEFFENTLICHT], am(2)),
        ([S.VEROEFFENTLICHT], am(1)),
        ([S.ENTWURF, S.VEROEFFENTLICHT, S.VEROEFFENTLICHT, S.ARCHIVIERT], am(2)),
        ([S.ENTWURF, S.VEROEFFENTLICHT, S.ENTWURF], None),
        ([S.ENTWURF, S.VEROEFFENTLICHT, S.ENTWURF, S.VEROEFFENTLICHT], am(4)),
        ([S.ENTWURF, S.ARCHIVIERT, S.VEROEFFENTLICHT], am(2)),
    ],
)
def test_oeffentlich_ist_sie_seit_sie_es_ohne_unterbrechung_ist(staende, seit) -> None:
    konferenz = mit_verlauf(*staende)

    assert oeffentlich_seit([konferenz]).get(konferenz.pk) == seit


def test_viele_kosten_eine_abfrage() -> None:
    konferenzen = [mit_verlauf(S.ENTWURF, S.VEROEFFENTLICHT) for _ in range(3)]
    with CaptureQueriesContext(connection) as abfragen:
        assert len(oeffentlich_seit(konferenzen)) == 3
    assert len(abfragen) == 1
