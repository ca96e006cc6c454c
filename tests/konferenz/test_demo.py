"""The demo: loads what is missing, changes nothing that is there."""

import socket
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from django.test import Client

from arbeitsgruppen.models import Aeusserung, Thema
from konferenz.berechtigungen import rollen
from konferenz.konten import rolle_geben
from konferenz.management.commands.demo import KENNWORT
from konferenz.models import Konferenz
from tests.vorlage import SLUG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _zum_ausprobieren(settings) -> None:
    settings.DEBUG = True


def demo() -> str:
    ausgabe = StringIO()
    call_command("demo", ohne_server=True, stdout=ausgabe)
    return ausgabe.getvalue()


def test_erster_start_laedt_veroeffentlicht_und_nennt_konto_und_adressen(client: Client) -> None:
    ausgabe = demo()
    assert client.get(f"/{SLUG}/").status_code == 200
    assert Aeusserung.objects.count() == 464
    for name in ("organisation", "moderation", "ministerium"):
        assert f"{name} / {KENNWORT}" in ausgabe
        assert client.login(username=name, password=KENNWORT, request=HttpRequest())
    assert f"/{SLUG}/" in ausgabe
    assert "/admin/" in ausgabe


def test_demo_hat_fuer_jede_rolle_ein_konto_und_die_moderation_erfasst_ag_3() -> None:
    demo()
    konten = {konto.username: konto for konto in User.objects.all()}
    assert {name: rollen(konto) for name, konto in konten.items()} == {
        "organisation": {"Organisation"},
        "moderation": {"Moderation"},
        "ministerium": {"Ministerium"},
    }
    assert all(konto.is_staff for konto in konten.values())
    assert [gruppe.nummer for gruppe in konten["moderation"].arbeitsgruppen.all()] == [3]


def test_zweiter_start_laesst_alles_bearbeitete_wie_es_ist() -> None:
    demo()
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF, titel="Geändert")
    Aeusserung.objects.filter(text="Mehrarbeit").update(text="bearbeitet")
    konto = User.objects.get(username="moderation")
    konto.set_password("eigenes-kennwort")
    konto.save()
    rolle_geben(konto, "Ministerium")
    ausgabe = demo()
    assert Konferenz.objects.get().titel == "Geändert"
    assert Konferenz.objects.get().status == Konferenz.Status.ENTWURF
    assert Aeusserung.objects.filter(text="bearbeitet").exists()
    konto = User.objects.get(username="moderation")
    assert konto.check_password("eigenes-kennwort")
    assert rollen(konto) == {"Ministerium"}
    assert f"moderation / {KENNWORT}" not in ausgabe


def test_themen_werden_einmal_geladen_und_bleiben_dann_wie_bearbeitet() -> None:
    assert "Die Themen sind geladen." in demo()
    assert Thema.objects.count() >= 15
    Thema.objects.filter(slug="ehrenamt").update(titel="Freiwillige")
    Thema.objects.exclude(slug="ehrenamt").delete()
    demo()
    assert [thema.titel for thema in Thema.objects.all()] == ["Freiwillige"]
    Thema.objects.all().delete()
    demo()
    assert not Thema.objects.exists()


def test_themen_kommen_auch_zu_einer_konferenz_aus_der_eine_aeusserung_geloescht_ist() -> None:
    demo()
    Thema.objects.all().delete()
    Thema.history.all().delete()
    Aeusserung.objects.filter(themenentscheidungen=None, kennung="3kzm58").delete()
    assert "ohne die Entscheidungen" in demo()
    assert Thema.objects.exists()


def test_ohne_debug_wird_kein_konto_mit_bekanntem_kennwort_angelegt(settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=1"):
        demo()
    assert not User.objects.exists()


def test_belegter_port_wird_genannt_bevor_etwas_geschieht() -> None:
    with socket.socket() as belegt:
        belegt.bind(("127.0.0.1", 0))
        belegt.listen()
        with pytest.raises(CommandError, match="PORT="):
            call_command("demo", port=belegt.getsockname()[1])
    assert not Konferenz.objects.exists()
