"""What was typed comes back when the sign-in ended before it was sent."""

from typing import Any

import pytest
from django.test import Client

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from tests.fabriken import AeusserungFactory, ArbeitsgruppeFactory, BenutzerFactory
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db
HIER = {"Origin": "http://testserver"}


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    gruppe = ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Kurze Wege")
    return gruppe


def adresse(gruppe: Arbeitsgruppe) -> str:
    return f"/admin/erfassung/{gruppe.pk}/"


def getippt(client: Client, gruppe: Arbeitsgruppe) -> dict[str, Any]:
    daten = dict(formulardaten(client.get(adresse(gruppe)), "erfassung"))
    return {
        **daten,
        "abschnitt-0-text": f"{daten['abschnitt-0-text']}\r\nGerade getippt",
        "aktion": "speichern",
    }


@pytest.fixture
def organisation_mit_pruefung() -> Client:
    """Return a client that is signed in and checks tokens as production does."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(BenutzerFactory(rolle="Organisation"))
    return client


def test_abgemeldet_gesendetes_kommt_zurueck_und_speichert_sich_nach_der_anmeldung(gruppe) -> None:
    konto = BenutzerFactory(rolle="Organisation")
    client = Client(enforce_csrf_checks=True)
    client.force_login(konto)
    daten = getippt(client, gruppe)
    del client.cookies["sessionid"]
    antwort = client.post(adresse(gruppe), daten, headers=HIER)
    assert antwort.status_code == 403
    assert "nicht mehr angemeldet" in antwort.content.decode()
    wieder = formulardaten(antwort)
    assert wieder["abschnitt-0-text"] == daten["abschnitt-0-text"]
    client.force_login(konto)
    client.post(adresse(gruppe), wieder, headers=HIER)
    assert Aeusserung.objects.filter(text="Gerade getippt").exists()


def test_mit_veraltetem_zeichen_gesendetes_kommt_mit_einem_neuen_zurueck(
    organisation_mit_pruefung, gruppe
) -> None:
    client = organisation_mit_pruefung
    daten = {**getippt(client, gruppe), "csrfmiddlewaretoken": "x" * 64}
    antwort = client.post(adresse(gruppe), daten, headers=HIER)
    assert antwort.status_code == 403
    client.post(adresse(gruppe), formulardaten(antwort), headers=HIER)
    assert Aeusserung.objects.filter(text="Gerade getippt").exists()


@pytest.mark.parametrize("ursprung", [{"Origin": "https://boese.example"}, {}])
def test_was_eine_fremde_seite_sendet_wird_nicht_gezeigt(organisation_mit_pruefung, gruppe, ursprung) -> None:
    antwort = organisation_mit_pruefung.post(
        adresse(gruppe), {"text": "Untergeschoben, und zwar ausführlich genug"}, headers=ursprung
    )
    assert antwort.status_code == 403
    assert "Untergeschoben" not in antwort.content.decode()


def test_ein_kennwort_wird_nie_zurueckgezeigt(organisation_mit_pruefung) -> None:
    antwort = organisation_mit_pruefung.post(
        "/admin/login/", {"username": "x", "password": "streng-geheim"}, headers=HIER
    )
    assert "streng-geheim" not in antwort.content.decode()


def test_zweimal_gesendetes_wird_einmal_gespeichert(gruppe) -> None:
    client = Client()
    client.force_login(BenutzerFactory(rolle="Organisation"))
    daten = getippt(client, gruppe)
    for _ in range(2):
        antwort = client.post(adresse(gruppe), daten, follow=True)
    assert "schon gespeichert" in " ".join(map(str, antwort.context["messages"]))
    assert Aeusserung.objects.filter(text="Gerade getippt").count() == 1
