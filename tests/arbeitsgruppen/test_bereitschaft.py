"""Readiness: what takes a process out of service, what is only said, and what it costs to ask."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import bereitschaft
from arbeitsgruppen.ausgabe import hefte_erneuern
from arbeitsgruppen.bereitschaft import (
    SPEICHERPROBE_GILT,
    WARTET_ZU_LANGE,
    Migrationsprobe,
    Speicherprobe,
)
from arbeitsgruppen.hintergrund import TOT_NACH
from arbeitsgruppen.models import Dienst

pytestmark = pytest.mark.django_db

GESUND = {
    "bereit": True,
    "datenbank": "ok",
    "migrationen": "ok",
    "speicher": "ok",
    "zwischenspeicher": "ok",
    "warteschlange": "ok",
    "hintergrunddienst": "ok",
}


@pytest.fixture(autouse=True)
def _frische_proben(monkeypatch) -> None:
    monkeypatch.setattr(bereitschaft, "speicherprobe", Speicherprobe())
    monkeypatch.setattr(bereitschaft, "migrationsprobe", Migrationsprobe())


@pytest.fixture
def dienst() -> Dienst:
    return Dienst.objects.create(kennung="anderswo:1:abc", zuletzt=timezone.now())


def gefragt(status: int) -> dict[str, object]:
    antwort = Client().get("/bereit", headers={"host": "10.1.2.3"})
    assert antwort.status_code == status
    assert "no-store" in antwort["Cache-Control"]
    return antwort.json()


@pytest.mark.usefixtures("dienst")
def test_gesund_ist_bereit_und_hinterlaesst_nichts_im_speicher():
    assert gefragt(200) == GESUND
    assert default_storage.listdir("probe") == ([], [])


@pytest.mark.usefixtures("dienst")
def test_weitere_fragen_kosten_zwei_abfragen_und_keinen_schreibvorgang(
    django_assert_num_queries, monkeypatch
):
    gefragt(200)
    monkeypatch.setattr(default_storage, "save", None)  # would raise
    with django_assert_num_queries(2):
        assert gefragt(200) == GESUND


def test_ohne_datenbank_ist_er_nicht_bereit_und_sagt_sonst_nichts(monkeypatch):
    def fort(*args: object) -> None:
        raise OperationalError("connection to server at 10.9.8.7 failed for user doku")

    monkeypatch.setattr(connection, "cursor", fort)
    assert gefragt(503) == {"bereit": False, "datenbank": "fehler"}


def test_eine_datenbank_die_spaeter_fehlt_faellt_auch_auf(monkeypatch):
    gefragt(200)
    test_ohne_datenbank_ist_er_nicht_bereit_und_sagt_sonst_nichts(monkeypatch)


def test_fehlende_migration_macht_ihn_nicht_bereit_bis_sie_da_ist():
    letzte = MigrationRecorder.Migration.objects.filter(app="arbeitsgruppen").latest("name")
    letzte.delete()
    assert gefragt(503) == {"bereit": False, "datenbank": "ok", "migrationen": "fehler"}
    letzte.save()
    assert gefragt(200)["migrationen"] == "ok"


@pytest.mark.usefixtures("dienst")
def test_speicher_in_den_niemand_schreiben_kann_ist_eine_warnung(settings, tmp_path: Path):
    (tmp_path / "datei").write_text("kein Ordner")
    settings.MEDIA_ROOT = tmp_path / "datei"
    assert gefragt(200) == {**GESUND, "speicher": "warnung"}


def test_speicher_wird_wieder_geprueft_wenn_die_frist_um_ist(monkeypatch):
    uhr, geschrieben = [0.0], []

    def speichern(name: str, inhalt: ContentFile) -> str:
        geschrieben.append(name)
        return name

    monkeypatch.setattr(default_storage, "save", speichern)
    probe = Speicherprobe(lambda: uhr[0])
    for zeit in (0.0, SPEICHERPROBE_GILT - 1, SPEICHERPROBE_GILT, SPEICHERPROBE_GILT + 1):
        uhr[0] = zeit
        assert probe() == "ok"
    assert len(geschrieben) == 2


@pytest.mark.usefixtures("dienst")
def test_aufgabe_die_zu_lange_wartet_ist_eine_warnung():
    hefte_erneuern.enqueue(1)
    assert gefragt(200) == GESUND
    DBTaskResult.objects.update(enqueued_at=timezone.now() - WARTET_ZU_LANGE - timedelta(seconds=1))
    assert gefragt(200) == {**GESUND, "warteschlange": "warnung"}


@pytest.mark.usefixtures("dienst")
def test_zwischenspeicher_der_nicht_antwortet_ist_eine_warnung(settings):
    niemand = {"BACKEND": "konferenz.redisspeicher.Redisspeicher", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": niemand, "seiten": niemand}
    assert gefragt(200) == {**GESUND, "zwischenspeicher": "warnung"}


def test_hintergrunddienst_ohne_lebenszeichen_ist_eine_warnung(dienst: Dienst):
    Dienst.objects.update(zuletzt=timezone.now() - TOT_NACH - timedelta(seconds=1))
    assert gefragt(200) == {**GESUND, "hintergrunddienst": "warnung"}
    dienst.delete()
    assert gefragt(200)["hintergrunddienst"] == "warnung"


def test_andere_dateien_des_speichers_bleiben(dienst: Dienst):
    default_storage.save("probe/fremd", ContentFile(b"x"))
    gefragt(200)
    assert default_storage.listdir("probe") == ([], ["fremd"])
