"""The address of a statement that is gone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.aufbewahrung import leeren
from arbeitsgruppen.erloschen import geloescht_am, je_oeffentlich
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, ErloscheneKennung
from konferenz.models import Konferenz
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory, KonferenzFactory

pytestmark = pytest.mark.django_db

S = Arbeitsgruppe.Status


@pytest.fixture
def aeusserung():
    """Return a statement of a released group of a public conference."""
    konferenz = KonferenzFactory(veroeffentlicht=True)
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, status=S.FREIGEGEBEN)
    return AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Frau Maier hilft")


def stand(objekt, status):
    objekt.status = status
    objekt.save()


def seite(client, kennung):
    return client.get(reverse("aeusserung", args=[kennung]))


def test_geloeschte_aeusserung_sagt_410_ohne_ihren_text(client, aeusserung):
    aeusserung.delete()
    antwort = seite(client, aeusserung.kennung)
    inhalt = antwort.content.decode()
    assert antwort.status_code == 410
    assert "Diese Äußerung wurde gelöscht" in inhalt
    assert f"{timezone.localdate().year} nicht mehr da" in inhalt
    assert "Maier" not in inhalt
    assert "/admin/" not in inhalt


def test_adresse_in_grossen_buchstaben_sagt_dasselbe(client, aeusserung):
    aeusserung.delete()
    assert seite(client, aeusserung.kennung.upper()).status_code == 410


def test_wer_entwuerfe_liest_kommt_zum_papierkorb(admin_client, aeusserung):
    gruppe = aeusserung.abschnitt.arbeitsgruppe
    aeusserung.delete()
    inhalt = seite(admin_client, aeusserung.kennung).content.decode()
    assert reverse("papierkorb", args=[gruppe.pk]) in inhalt
    assert "Maier" not in inhalt


def test_nie_vergebene_kennung_sagt_404(client):
    assert seite(client, "gibtsnicht").status_code == 404


def test_wiederhergestellte_kennung_fuehrt_wieder_zu_ihrer_aeusserung(client, aeusserung):
    kennung, abschnitt = aeusserung.kennung, aeusserung.abschnitt
    aeusserung.delete()
    AeusserungFactory(kennung=kennung, abschnitt=abschnitt)
    assert seite(client, kennung).status_code == 302


def test_nie_freigegebene_aeusserung_sagt_allen_ohne_rolle_404(client, admin_client, aeusserung):
    gruppe = ArbeitsgruppeFactory(konferenz=aeusserung.abschnitt.arbeitsgruppe.konferenz, in_bearbeitung=True)
    nie = AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe))
    nie.delete()
    assert seite(client, nie.kennung).status_code == 404
    assert seite(admin_client, nie.kennung).status_code == 410


@pytest.mark.parametrize(
    ("ablauf", "gesehen"),
    [
        (["gruppe frei", "konferenz öffentlich", "löschen"], True),
        (["konferenz öffentlich", "gruppe frei", "gruppe zurück", "löschen"], True),
        (["konferenz öffentlich", "gruppe frei", "konferenz zurück", "löschen"], True),
        (["konferenz öffentlich", "löschen", "gruppe frei"], False),
        (["gruppe frei", "löschen", "konferenz öffentlich"], False),
        (["gruppe frei", "gruppe zurück", "konferenz öffentlich", "löschen"], False),
        (["konferenz öffentlich", "konferenz zurück", "gruppe frei", "löschen"], False),
        (["konferenz öffentlich", "gruppe frei", "konferenz archiviert", "löschen"], True),
        (["konferenz öffentlich", "gruppe frei", "alles löschen"], True),
        (["gruppe frei", "alles löschen"], False),
        (["konferenz öffentlich", "in freie gruppe", "löschen"], True),
    ],
)
def test_nur_was_die_oeffentlichkeit_je_sah_sagt_410(client, ablauf, gesehen):
    konferenz = KonferenzFactory()
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, in_bearbeitung=True)
    frei = AbschnittFactory(arbeitsgruppe=ArbeitsgruppeFactory(konferenz=konferenz, status=S.FREIGEGEBEN))
    aeusserung = AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe))
    kennung = aeusserung.kennung

    def umziehen():
        aeusserung.abschnitt = frei
        aeusserung.save()

    schritte = {
        "gruppe frei": lambda: stand(gruppe, S.FREIGEGEBEN),
        "gruppe zurück": lambda: stand(gruppe, S.IN_BEARBEITUNG),
        "konferenz öffentlich": lambda: stand(konferenz, Konferenz.Status.VEROEFFENTLICHT),
        "konferenz archiviert": lambda: stand(konferenz, Konferenz.Status.ARCHIVIERT),
        "konferenz zurück": lambda: stand(konferenz, Konferenz.Status.ENTWURF),
        "in freie gruppe": umziehen,
        "löschen": lambda: aeusserung.delete(),
        "alles löschen": lambda: konferenz.delete(),
    }
    for schritt in ablauf:
        schritte[schritt]()
    assert (je_oeffentlich([kennung]) == {kennung}) == gesehen
    assert seite(client, kennung).status_code == (410 if gesehen else 404)
    leeren(timedelta(0))
    assert ErloscheneKennung.objects.get().oeffentlich == gesehen
    assert seite(client, kennung).status_code == (410 if gesehen else 404)


def test_was_ohne_anfang_im_verlauf_steht_war_schon_immer_so(aeusserung):
    for modell in (Aeusserung, Arbeitsgruppe, Konferenz):
        modell.history.all().update(history_type="~")
    aeusserung.delete()
    assert geloescht_am(aeusserung.kennung) == timezone.localdate()
    Aeusserung.history.exclude(history_type="-").delete()
    assert geloescht_am(aeusserung.kennung) == timezone.localdate()


def test_viele_kennungen_brauchen_so_viele_abfragen_wie_eine(aeusserung, django_assert_num_queries):
    kennungen = [aeusserung.kennung]
    with django_assert_num_queries(4):
        je_oeffentlich(kennungen)
    weitere = AeusserungFactory.create_batch(
        5, abschnitt=aeusserung.abschnitt
    ) + AeusserungFactory.create_batch(5)
    kennungen += [a.kennung for a in weitere]
    with django_assert_num_queries(4):
        je_oeffentlich(kennungen)
