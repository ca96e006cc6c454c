"""What the background makes beside the Hefte: once for all, tried again, given up with a reason, not kept."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import erzeugnisse, hintergrund
from arbeitsgruppen.archiv import Archivfehler
from arbeitsgruppen.bestellung import (
    GROSS,
    NEUER_VERSUCH,
    VERLANGT,
    WarteschlangeVoll,
    Wartestand,
    schluessel_fuer,
    wartestand,
)
from arbeitsgruppen.erzeugnisse import (
    BLEIBT,
    alle_wegwerfen,
    aufraeumen,
    bestelltes,
    verlangen,
)
from arbeitsgruppen.hintergrund import PAUSEN, VERSUCHE, Hintergrunddienst
from arbeitsgruppen.models import Erzeugnis

pytestmark = pytest.mark.django_db

ARCHIV, LESUNG = Erzeugnis.Art.ARCHIV, Erzeugnis.Art.LESUNG
SUMME = schluessel_fuer(ARCHIV, 1)


class Hersteller:
    """Stands in for what makes archives: notes each attempt, and fails as it is told."""

    def __init__(self) -> None:
        self.versuche = 0
        self.bis = ""
        self.fehler: BaseException | None = None
        self.davor: Callable[[], object] = lambda: None
        self.waehrend: Callable[[], object] = lambda: None

    def __call__(self, erzeugnis: Erzeugnis, ziel: Any, melden: Any) -> None:
        self.versuche += 1
        self.davor()
        melden(3, 7, "Seiten werden geschrieben.")
        self.waehrend()
        self.bis = "zum Ende"
        ziel.write(b"halb")
        if self.fehler:
            raise self.fehler
        ziel.write(b" fertig")


@pytest.fixture
def hersteller(monkeypatch) -> Hersteller:
    hersteller = Hersteller()
    monkeypatch.setitem(erzeugnisse.HERSTELLER, ARCHIV, hersteller)
    return hersteller


def inhalt(erzeugnis: Erzeugnis) -> bytes:
    with erzeugnis.datei.open() as datei:
        return datei.read()


def ein_versuch() -> DBTaskResult:
    """Have the service do what is due, once."""
    dienst = Hintergrunddienst(einmal=True)
    aufgabe = DBTaskResult.objects.ready().get()
    aufgabe.claim(dienst.worker_id)
    dienst.run_task(aufgabe)
    aufgabe.refresh_from_db()
    return aufgabe


# Ordered once


def test_wie_oft_auch_verlangt_wird_es_einmal_gemacht(hersteller, erledigen):
    eines = verlangen(ARCHIV, SUMME, {})
    assert [verlangen(ARCHIV, SUMME, {}).pk for _ in range(3)] == [eines.pk] * 3
    assert erledigen() == ["herstellen"]
    fertiges = bestelltes(ARCHIV, SUMME)
    assert fertiges
    assert inhalt(fertiges) == b"halb fertig"
    assert verlangen(ARCHIV, SUMME, {}).fertig
    assert hersteller.versuche == 1


def test_fortschritt_ist_unterwegs_zu_sehen(hersteller, erledigen):
    verlangen(ARCHIV, SUMME, {})
    gesehen = []
    hersteller.waehrend = lambda: gesehen.append(
        Erzeugnis.objects.values_list("getan", "umfang", "schritt").get()
    )
    erledigen()
    assert gesehen == [(3, 7, "Seiten werden geschrieben.")]


def test_was_nicht_geht_sagt_warum_und_hinterlaesst_nichts_halbes(hersteller, erledigen):
    hersteller.fehler = Archivfehler("Die Konferenz wurde gerade geändert.")
    verlangen(ARCHIV, SUMME, {})
    erledigen()
    gescheitertes = bestelltes(ARCHIV, SUMME)
    assert gescheitertes
    assert gescheitertes.fehler == "Die Konferenz wurde gerade geändert."
    assert not gescheitertes.datei
    assert hersteller.versuche == 1


def test_verlorene_datei_wird_neu_gemacht(hersteller, erledigen):
    verlangen(ARCHIV, SUMME, {})
    erledigen()
    default_storage.delete(f"erzeugnisse/{SUMME}")
    assert bestelltes(ARCHIV, SUMME) is None
    verlangen(ARCHIV, SUMME, {})
    erledigen()
    assert hersteller.versuche == 2


def test_was_einer_anderen_art_ist_ist_nicht_das_bestellte(hersteller):
    verlangen(ARCHIV, SUMME, {})
    assert bestelltes(LESUNG, SUMME) is None


def test_mehr_als_die_warteschlange_fasst_wird_nicht_angenommen(hersteller, settings, erledigen):
    settings.HEFT_WARTESCHLANGE = 2
    for nummer in range(2):
        verlangen(ARCHIV, schluessel_fuer(ARCHIV, nummer), {})
    with pytest.raises(WarteschlangeVoll):
        verlangen(ARCHIV, schluessel_fuer(ARCHIV, 2), {})
    erledigen()
    assert verlangen(ARCHIV, schluessel_fuer(ARCHIV, 2), {})


def test_was_niemand_mehr_will_hoert_beim_naechsten_schritt_auf(hersteller, erledigen):
    verlangen(ARCHIV, SUMME, {})
    hersteller.davor = alle_wegwerfen
    erledigen()
    assert (hersteller.versuche, hersteller.bis) == (1, "")


def test_wer_wartet_erfaehrt_wie_viele_davor_sind(hersteller, erledigen):
    daten = Erzeugnis.Art.SUCHDATEN
    grosse = [verlangen(daten, schluessel_fuer(daten, n), {}) for n in range(2)]
    archiv = verlangen(ARCHIV, SUMME, {})
    assert [wartestand(e).davor for e in (archiv, *grosse)] == [0, 1, 2]
    erledigen(hoechstens=1)
    assert [wartestand(e).davor for e in (archiv, *grosse)] == [0, 0, 1]


def test_jede_art_hat_ihre_schlange_und_grosse_dateien_lassen_anderen_den_vortritt(hersteller, settings):
    settings.HEFT_WARTESCHLANGE = 1
    daten = Erzeugnis.Art.SUCHDATEN
    verlangen(daten, schluessel_fuer(daten, 1), {})
    with pytest.raises(WarteschlangeVoll):
        verlangen(daten, schluessel_fuer(daten, 2), {})
    verlangen(ARCHIV, SUMME, {})
    vorrang = DBTaskResult.objects.order_by("enqueued_at").values_list("priority", flat=True)
    assert list(vorrang) == [GROSS, VERLANGT]


def test_gescheitertes_wird_auf_wunsch_sofort_neu_versucht_mit_dem_neuen_eingang(hersteller, erledigen):
    hersteller.fehler = Archivfehler("So nicht.")
    verlangen(ARCHIV, SUMME, {"wer": 1}, ContentFile(b"kaputt", "eingang"))
    erledigen()
    assert verlangen(ARCHIV, SUMME, {"wer": 2}).fehler == "So nicht."
    neu = verlangen(ARCHIV, SUMME, {"wer": 2}, ContentFile(b"heil", "eingang"), noch_einmal=True)
    with neu.eingang.open() as datei:
        assert datei.read() == b"heil"
    assert (neu.angaben, neu.fehler) == ({"wer": 2}, "")


def test_nach_einer_weile_neu_verlangtes_hat_den_neuen_eingang(hersteller, erledigen):
    hersteller.fehler = Archivfehler("So nicht.")
    verlangen(ARCHIV, SUMME, {"wer": 1}, ContentFile(b"kaputt", "eingang"))
    erledigen()
    Erzeugnis.objects.update(verlangt=timezone.now() - 2 * NEUER_VERSUCH)
    neu = verlangen(ARCHIV, SUMME, {"wer": 2}, ContentFile(b"heil", "eingang"))
    with neu.eingang.open() as datei:
        assert datei.read() == b"heil"
    assert (neu.angaben, neu.fehler) == ({"wer": 2}, "")


def test_waehrenddessen_weggeworfenes_kommt_nicht_wieder(hersteller, erledigen):
    verlangen(ARCHIV, SUMME, {}, ContentFile(b"eingang", "eingang"))
    hersteller.waehrend = alle_wegwerfen
    erledigen()
    assert not Erzeugnis.objects.exists()
    altern(timedelta(hours=2))
    aufraeumen()
    assert default_storage.listdir("erzeugnisse")[1] == []


# Tried again


def test_unerwartetes_wird_nach_wachsenden_pausen_wiederholt_bis_es_gelingt(hersteller):
    hersteller.fehler = OSError(28, "No space left on device")
    erzeugnis = verlangen(ARCHIV, SUMME, {})
    for pause in PAUSEN:
        vorher = timezone.now()
        aufgabe = ein_versuch()
        assert aufgabe.status == TaskResultStatus.READY
        assert vorher + pause <= aufgabe.run_after <= timezone.now() + pause
        assert wartestand(erzeugnis) == Wartestand(naechster_versuch=aufgabe.run_after)
        assert not DBTaskResult.objects.ready().exists()
        assert verlangen(ARCHIV, SUMME, {}).auftrag == erzeugnis.auftrag  # asking does not hurry it
        DBTaskResult.objects.update(run_after=timezone.now())
    hersteller.fehler = None
    assert ein_versuch().status == TaskResultStatus.SUCCESSFUL
    fertiges = bestelltes(ARCHIV, SUMME)
    assert fertiges
    assert inhalt(fertiges) == b"halb fertig"
    assert hersteller.versuche == VERSUCHE
    assert list(PAUSEN) == sorted(set(PAUSEN))


def test_was_nie_gelingt_wird_mit_grund_aufgegeben(hersteller):
    hersteller.fehler = ValueError("giftig")
    verlangen(ARCHIV, SUMME, {})
    for _ in range(VERSUCHE):
        DBTaskResult.objects.update(run_after=timezone.now())
        aufgabe = ein_versuch()
    assert aufgabe.status == TaskResultStatus.FAILED
    assert "giftig" in aufgabe.traceback
    aufgegeben = bestelltes(ARCHIV, SUMME)
    assert aufgegeben
    assert "unerwartet gescheitert" in aufgegeben.fehler
    assert hersteller.versuche == VERSUCHE


def test_dienst_beendet_sich_nicht_mit_einer_aufgabe_die_scheitert(hersteller):
    hersteller.fehler = SystemExit(1)
    verlangen(ARCHIV, SUMME, {})
    assert ein_versuch().status == TaskResultStatus.READY


def test_waehrend_der_pause_startet_niemand_einen_helfer(hersteller, settings, monkeypatch):
    settings.HINTERGRUND_SELBST = True
    hersteller.fehler = OSError("weg")
    erzeugnis = verlangen(ARCHIV, SUMME, {})
    ein_versuch()
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=1))
    gestartet: list[Any] = []
    monkeypatch.setattr(hintergrund.subprocess, "Popen", lambda *a, **k: gestartet.append(a))
    monkeypatch.setattr(hintergrund, "_helfer", None)
    hintergrund.nachhelfen(erzeugnis.auftrag)
    assert gestartet == []
    DBTaskResult.objects.update(run_after=timezone.now())
    hintergrund.nachhelfen(erzeugnis.auftrag)
    assert len(gestartet) == 1


# Not kept for long


def altern(um: timedelta) -> None:
    """Make everything that is there older by this."""
    Erzeugnis.objects.update(verlangt=timezone.now() - um)
    for name in default_storage.listdir("erzeugnisse")[1]:
        zeit = (timezone.now() - um).timestamp()
        os.utime(default_storage.path(f"erzeugnisse/{name}"), (zeit, zeit))


def test_nach_einem_tag_geht_es_samt_dateien(hersteller, erledigen):
    verlangen(ARCHIV, SUMME, {}, ContentFile(b"eingang", "eingang"))
    erledigen()
    altern(BLEIBT - timedelta(minutes=5))
    aufraeumen()
    assert bestelltes(ARCHIV, SUMME)
    altern(BLEIBT + timedelta(minutes=5))
    aufraeumen()
    assert not Erzeugnis.objects.exists()
    assert default_storage.listdir("erzeugnisse")[1] == []


def test_was_noch_auf_seinen_versuch_wartet_bleibt(hersteller):
    verlangen(ARCHIV, SUMME, {}, ContentFile(b"eingang", "eingang"))
    altern(2 * BLEIBT)
    aufraeumen()
    assert Erzeugnis.objects.exists()
    assert default_storage.listdir("erzeugnisse")[1] == [f"{SUMME}-eingang"]


def test_eingang_geht_sobald_er_gelesen_ist_aber_nicht_vor_einem_neuen_versuch(hersteller):
    hersteller.fehler = OSError("weg")
    verlangen(ARCHIV, SUMME, {}, ContentFile(b"eingang", "eingang"))
    ein_versuch()
    assert default_storage.exists(f"erzeugnisse/{SUMME}-eingang")
    hersteller.fehler = Archivfehler("Das wird nichts.")
    DBTaskResult.objects.update(run_after=timezone.now())
    ein_versuch()
    assert not default_storage.exists(f"erzeugnisse/{SUMME}-eingang")
    assert Erzeugnis.objects.get().eingang == ""
