"""The frame of the administration: its start page, and German on every page of every model."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from konferenz.berechtigungen import ROLLEN
from tests.fabriken import BenutzerFactory
from tests.konferenz.test_admin import FABRIKEN, adresse

pytestmark = pytest.mark.django_db

# Words of the administration's own English, none of which is German as well.
ENGLISCH = re.compile(
    r"\b(the|of|and|for|to|is|this|that|with|from|your|you|please|add|added|change|changed|changes"
    r"|delete|deleted"
    r"|view|save|search|home|history|select|selected|show|hide|yes|any|date|time|today|now|user|users|group"
    r"|groups|task|tasks|result|results|access|attempts?|password|close|cancel|remove|choose|error|errors"
    r"|total|items?|entry|entries|more|back|sure|edit|revert|comment|reason|when|object|objects|who|actions?"
    r"|models?|field|fields|row|rows|go|log|logs|site|empty|unknown|everything|nothing"
    r"|toggle|start typing|database)\b",
    re.IGNORECASE,
)
GESPROCHEN = ("title", "alt", "aria-label", "placeholder")


class Wortlaut(HTMLParser):
    """Gathers what a page says: its text, and what a screen reader or a pointer finds in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.worte: list[str] = []
        self._stumm = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._stumm += tag in ("script", "style")
        a = dict(attrs)
        self.worte += [wert for name in GESPROCHEN if (wert := a.get(name))]
        if tag == "input" and a.get("type") in ("submit", "button"):
            self.worte.append(a.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._stumm -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._stumm:
            self.worte.append(data.strip())


def englisches(antwort) -> list[str]:
    leser = Wortlaut()
    leser.feed(antwort.content.decode())
    return [worte for worte in leser.worte if ENGLISCH.search(worte)]


def seiten_von(modell) -> Iterator[str]:
    objekt = modell._base_manager.first() or FABRIKEN[modell]()
    yield from (adresse(modell, seite) for seite in ("changelist", "add"))
    yield f"{adresse(modell, 'changelist')}?q=ä&o=1.-2&_facets=True"
    yield from (adresse(objekt, seite) for seite in ("change", "history", "delete"))
    if verlauf := getattr(objekt, "history", None):
        objekt.save()
        name = f"admin:{modell._meta.app_label}_{modell._meta.model_name}_simple_history"
        yield reverse(name, args=[objekt.pk, verlauf.first().pk])


@pytest.mark.parametrize("modell", admin.site._registry, ids=lambda modell: modell.__name__)
def test_jede_seite_eines_modells_spricht_deutsch(admin_client, modell):
    for seite in seiten_von(modell):
        antwort = admin_client.get(seite)
        assert antwort.status_code in (200, 403), seite
        assert englisches(antwort) == [], seite


@pytest.mark.parametrize("name", ["index", "password_change", "password_change_done"])
def test_seite_ohne_modell_spricht_deutsch(admin_client, name):
    assert englisches(admin_client.get(reverse(f"admin:{name}"))) == []


def test_auswahl_und_ihre_bestaetigung_sprechen_deutsch(admin_client):
    for modell, fabrik in FABRIKEN.items():
        objekt = fabrik()
        auswahl = {"action": "delete_selected", "_selected_action": [objekt.pk]}
        antwort = admin_client.post(adresse(modell, "changelist"), auswahl, follow=True)
        assert antwort.status_code == 200
        assert englisches(antwort) == [], modell


# The start page


def start(client: Client) -> str:
    return client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("rolle", ROLLEN)
def test_startseite_fuehrt_jede_rolle_zuerst_zur_erfassung(client, rolle):
    konto = BenutzerFactory(mitarbeit=True)
    konto.groups.add(Group.objects.get(name=rolle))
    client.force_login(konto)
    inhalt = start(client)
    assert inhalt.index("Arbeitsgruppen erfassen") < inhalt.index("Neueste Aktionen")
    assert f'href="{reverse("erfassung")}"' in inhalt


def test_startseite_fuehrt_ohne_rolle_nicht_zur_erfassung(client):
    client.force_login(BenutzerFactory(mitarbeit=True))
    assert reverse("erfassung") not in start(client)


def test_startseite_nennt_konferenzen_vor_gruppen_vor_konten(admin_client):
    apps = [app["app_label"] for app in admin_client.get(reverse("admin:index")).context["app_list"]]
    assert apps == ["konferenz", "arbeitsgruppen", "auth"]


def test_startseite_beginnt_mit_konferenzen_und_endet_mit_dem_import(admin_client):
    (app, *_) = admin_client.get(reverse("admin:index")).context["app_list"]
    namen = [modell["object_name"] for modell in app["models"]]
    assert (namen[0], namen[-2:]) == ("Konferenz", ["Notiz", "Importstand"])


def test_seite_einer_app_zeigt_nur_ihre_modelle(admin_client):
    antwort = admin_client.get(reverse("admin:app_list", args=["arbeitsgruppen"]))
    assert [app["app_label"] for app in antwort.context["app_list"]] == ["arbeitsgruppen"]
    assert admin_client.get("/admin/axes/").status_code == 404
