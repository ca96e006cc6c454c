"""Addresses of statements that live on in another one."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from arbeitsgruppen.aufbewahrung import leeren
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Weiterfuehrung
from konferenz.models import Konferenz
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory, KonferenzFactory
from tests.formular import formulardaten
from tests.konferenz.test_admin import adresse, fehler

pytestmark = pytest.mark.django_db


@pytest.fixture
def abschnitt():
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    return AbschnittFactory(arbeitsgruppe=ArbeitsgruppeFactory(konferenz=konferenz, nummer=1))


def geloescht(abschnitt) -> str:
    """Return the Kennung of a statement that is gone."""
    aeusserung = AeusserungFactory(abschnitt=abschnitt)
    aeusserung.delete()
    return aeusserung.kennung


def weiterfuehren(kennung: str, nachfolger: str) -> Weiterfuehrung:
    return Weiterfuehrung.objects.create(kennung=kennung, nachfolger=nachfolger)


def eintragen(client: Client, kennung: str, nachfolger: str):
    """Fill in and send the form of the administration."""
    seite = reverse("admin:arbeitsgruppen_weiterfuehrung_add")
    daten = {**formulardaten(client.get(seite)), "kennung": kennung, "nachfolger": nachfolger}
    return client.post(seite, daten)


def test_adresse_fuehrt_zur_aeusserung_in_der_es_weitergeht(client: Client, abschnitt) -> None:
    neu = AeusserungFactory(abschnitt=abschnitt).kennung
    alt = geloescht(abschnitt)
    assert client.get(f"/a/{alt}/").status_code == 410
    weiterfuehren(alt, neu)
    for kennung in (alt, alt.upper()):
        antwort = client.get(f"/a/{kennung}/")
        assert (antwort.status_code, antwort["Location"]) == (302, f"/fachtag/ag/1/#a-{neu}")
    assert client.get(f"/a/{alt}/zitat/")["Location"] == f"/a/{neu}/zitat/"
    assert client.get(f"/a/{alt}/zitat.ris")["Location"] == f"/a/{neu}/zitat.ris"


def test_auch_ueber_mehrere_hinweg_und_im_kreis_nicht_ewig(client: Client, abschnitt) -> None:
    erste, zweite = geloescht(abschnitt), geloescht(abschnitt)
    neu = AeusserungFactory(abschnitt=abschnitt)
    weiterfuehren(erste, zweite)
    weiterfuehren(zweite, neu.kennung)
    assert client.get(f"/a/{erste}/")["Location"].endswith(f"#a-{neu.kennung}")
    neu.delete()
    assert client.get(f"/a/{erste}/").status_code == 410
    weiterfuehren(neu.kennung, erste)
    assert client.get(f"/a/{erste}/").status_code == 410


def test_wiederhergestellte_aeusserung_steht_wieder_fuer_sich(client: Client, abschnitt) -> None:
    alt = geloescht(abschnitt)
    weiterfuehren(alt, AeusserungFactory(abschnitt=abschnitt).kennung)
    AeusserungFactory(kennung=alt, abschnitt=abschnitt)
    assert client.get(f"/a/{alt}/")["Location"].endswith(f"#a-{alt}")


def test_wer_die_neue_nicht_lesen_darf_erfaehrt_nur_dass_die_alte_weg_ist(
    client: Client, organisation: Client, abschnitt
) -> None:
    alt = geloescht(abschnitt)
    geheim = AeusserungFactory(
        abschnitt__arbeitsgruppe=ArbeitsgruppeFactory(konferenz=abschnitt.arbeitsgruppe.konferenz, nummer=2)
    )
    weiterfuehren(alt, geheim.kennung)
    Arbeitsgruppe.objects.filter(nummer=2).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    antwort = client.get(f"/a/{alt}/")
    assert antwort.status_code == 410
    assert geheim.kennung not in antwort.text
    antwort = organisation.get(f"/a/{alt}/")
    assert antwort["Location"].endswith(f"/ag/2/#a-{geheim.kennung}")
    assert antwort["Cache-Control"] == "private, no-store"
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    assert client.get(f"/a/{alt}/").status_code == 410


def test_organisation_traegt_im_papierkorb_ein_wo_es_weitergeht(
    admin_client, client: Client, abschnitt
) -> None:
    gruppe = abschnitt.arbeitsgruppe
    alt, neu = geloescht(abschnitt), AeusserungFactory(abschnitt=abschnitt).kennung
    papierkorb = reverse("papierkorb", args=[gruppe.pk])
    weg = f"{reverse('admin:arbeitsgruppen_weiterfuehrung_add')}?kennung={alt}"
    assert weg in admin_client.get(papierkorb).text
    daten = formulardaten(admin_client.get(weg))
    assert daten["kennung"] == alt
    assert admin_client.post(weg, {**daten, "nachfolger": f" {neu.upper()} "}).status_code == 302
    zeile = Weiterfuehrung.objects.get()
    assert (zeile.kennung, zeile.nachfolger, zeile.history.count()) == (alt, neu, 1)
    text = admin_client.get(papierkorb).text
    assert weg not in text
    assert adresse(zeile) in text
    assert client.get(f"/a/{alt}/").status_code == 302


def test_verwaltung_nimmt_nur_was_irgendwohin_fuehrt(admin_client, abschnitt) -> None:
    da, alt = AeusserungFactory(abschnitt=abschnitt), geloescht(abschnitt)
    for kennung, nachfolger, meldung in (
        (da.kennung, da.kennung, "Diese Äußerung gibt es."),
        ("nienie", da.kennung, "gab es nie"),
        (alt, "nienie", "Eine Äußerung mit dieser Kennung gibt es nicht."),
        (alt, alt, "Eine Äußerung mit dieser Kennung gibt es nicht."),
    ):
        assert meldung in fehler(eintragen(admin_client, kennung, nachfolger))
    weiterfuehren(alt, da.kennung)
    assert "Weiterführung mit" in fehler(eintragen(admin_client, alt, da.kennung))
    assert Weiterfuehrung.objects.count() == 1


def test_verwaltung_laesst_keinen_kreis_zu(admin_client, abschnitt) -> None:
    alt, neu = AeusserungFactory(abschnitt=abschnitt), AeusserungFactory(abschnitt=abschnitt)
    alt.delete()
    weiterfuehren(alt.kennung, neu.kennung)
    neu.delete()
    AeusserungFactory(kennung=alt.kennung, abschnitt=abschnitt)  # came back
    assert "wird selbst in" in fehler(eintragen(admin_client, neu.kennung, alt.kennung))
    Weiterfuehrung.objects.all().delete()
    assert eintragen(admin_client, neu.kennung, alt.kennung).status_code == 302


def test_in_sich_selbst_laesst_die_datenbank_nicht_zu(abschnitt) -> None:
    kennung = geloescht(abschnitt)
    with pytest.raises(IntegrityError), transaction.atomic():
        weiterfuehren(kennung, kennung)
    with pytest.raises(ValidationError, match="nicht in sich selbst"):
        Weiterfuehrung(kennung=kennung, nachfolger=kennung).validate_constraints()


def test_endgueltig_geloeschte_lassen_sich_noch_weiterfuehren(
    admin_client, client: Client, abschnitt
) -> None:
    alt, neu = geloescht(abschnitt), AeusserungFactory(abschnitt=abschnitt).kennung
    leeren(timedelta(0))
    assert not Aeusserung.history.filter(kennung=alt).exists()
    assert eintragen(admin_client, alt, neu).status_code == 302
    assert client.get(f"/a/{alt}/")["Location"].endswith(f"#a-{neu}")
