"""The form of the Erfassung, where what was sent is not what the page had."""

import pytest
from django.test import Client
from django.urls import reverse

from arbeitsgruppen.models import Aeusserung
from tests.fabriken import AeusserungFactory
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("anzahl", ["3", "٣"])
def test_abschnitte_von_denen_nichts_ankam_gelten_als_leer(organisation: Client, anzahl: str) -> None:
    aeusserung = AeusserungFactory()
    seite = reverse("erfassung_gruppe", args=[aeusserung.abschnitt.arbeitsgruppe.pk])
    felder = formulardaten(organisation.get(seite), "erfassung")
    felder["abschnitt-0-text"] = f"{felder['abschnitt-0-text']}\r\nNoch etwas"
    antwort = organisation.post(seite, felder | {"abschnitt-TOTAL_FORMS": anzahl, "aktion": "speichern"})
    assert antwort.status_code == 302
    assert [a.text for a in Aeusserung.objects.order_by("position")] == [aeusserung.text, "Noch etwas"]
