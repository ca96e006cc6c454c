"""The list of words: it follows the histories, forgets what is erased, and finds what was meant."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from arbeitsgruppen import suchwoerter
from arbeitsgruppen.aufbewahrung import leeren
from arbeitsgruppen.hintergrund import Waechter
from arbeitsgruppen.models import Aeusserung, Suchwort
from arbeitsgruppen.namensloeschung import loeschen
from arbeitsgruppen.suchwoerter import nachtragen, neu_aufbauen, vorschlaege, woerter
from konferenz.verlauf import verzeichnen
from tests.fabriken import AeusserungFactory, FolieFactory, PersonFactory

pytestmark = pytest.mark.django_db


def liste() -> set[str]:
    return set(Suchwort.objects.values_list("wort", flat=True))


def test_woerter_behalten_ihre_schreibung_und_verbundene_stehen_auch_ganz_da():
    assert dict(woerter("Die Online-Nachhilfe für Ämter, am Ende")) == {
        "die": "Die",
        "online": "Online",
        "nachhilfe": "Nachhilfe",
        "onlinenachhilfe": "Online-Nachhilfe",
        "fur": "für",
        "amter": "Ämter",
        "ende": "Ende",
    }


def test_woerter_aus_jeder_art_zu_schreiben_kommen_dazu():
    eine = AeusserungFactory(text="Sprachkurse")
    FolieFactory(text="Wohngeld")
    PersonFactory(nachname="Häberle")
    nachtragen()
    assert {"sprachkurse", "wohngeld", "haberle"} <= liste()
    eine.text = "Nachhilfe"
    eine.save()
    Aeusserung.objects.filter(pk=eine.pk).update(text="Kinderbetreuung")
    verzeichnen(Aeusserung.objects.filter(pk=eine.pk))
    nachtragen()
    assert {"nachhilfe", "kinderbetreuung"} <= liste()


def test_nachgetragen_wird_nur_was_neu_ist(monkeypatch):
    monkeypatch.setattr(suchwoerter, "RUECKSCHAU", 0)
    AeusserungFactory(text="Sprachkurse")
    assert nachtragen() > 0
    assert nachtragen() == 0
    AeusserungFactory(text="Wohngeld")
    assert nachtragen() > 0


def test_spaet_sichtbare_zeilen_werden_noch_gelesen():
    zuerst = AeusserungFactory(text="Sprachkurse")
    nachtragen()
    Suchwort.objects.all().delete()
    AeusserungFactory(text="Wohngeld", abschnitt=zuerst.abschnitt)
    nachtragen()
    assert {"sprachkurse", "wohngeld"} <= liste()


def test_geloeschter_name_verlaesst_die_liste():
    person = PersonFactory(vorname="Xaver", nachname="Unverwechselbar")
    nachtragen()
    assert "unverwechselbar" in liste()
    loeschen(pk=person.pk)
    assert "unverwechselbar" not in liste()
    nachtragen()
    assert "unverwechselbar" not in liste()


def test_was_aus_dem_papierkorb_ist_verlaesst_die_liste():
    eine = AeusserungFactory(text="Unverwechselbares")
    nachtragen()
    eine.delete()
    Aeusserung.history.update(history_date=timezone.now() - timedelta(days=200))
    leeren()
    assert "unverwechselbares" not in liste()
    nachtragen()
    assert "unverwechselbares" not in liste()


def test_dienst_traegt_nach_sobald_sich_etwas_geaendert_hat():
    AeusserungFactory(text="Sprachkurse")
    Waechter().schauen(timezone.now())
    assert "sprachkurse" in liste()


def test_kurze_woerter_und_unbekannte_bekommen_keinen_vorschlag():
    AeusserungFactory(text="Kurse und Sprachkurse")
    neu_aufbauen()
    assert vorschlaege("Kruse") == []
    assert vorschlaege("Xylophone") == []
    assert vorschlaege("zwei Woerter") == []


def test_ganzes_wort_steht_vor_einem_teil():
    AeusserungFactory(text="Sprachkursangebot und Sprachkurs")
    neu_aufbauen()
    assert vorschlaege("Sprachkurz")[0].schreibung == "Sprachkurs"


@given(
    wort=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=6, max_size=14),
    stelle=st.integers(0, 13),
    art=st.sampled_from(["fehlt", "zu viel", "falsch", "getauscht"]),
    davor=st.sampled_from(["", "haupt"]),
    danach=st.sampled_from(["", "stelle"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_jeder_fehler_an_jeder_stelle_wird_gefunden(wort, stelle, art, davor, danach):
    stelle %= len(wort) - 1
    falsch = {
        "fehlt": wort[:stelle] + wort[stelle + 1 :],
        "zu viel": wort[:stelle] + "q" + wort[stelle:],
        "falsch": wort[:stelle] + "q" + wort[stelle + 1 :],
        "getauscht": wort[:stelle] + wort[stelle + 1] + wort[stelle] + wort[stelle + 2 :],
    }[art]
    assume(falsch != wort and len(falsch) >= suchwoerter.AB_LAENGE)
    assume(falsch not in davor + wort + danach)
    Suchwort.objects.all().delete()
    Suchwort.objects.create(wort=davor + wort + danach, schreibung=davor + wort + danach)
    assert vorschlaege(falsch), (falsch, davor + wort + danach)
