"""What was deleted is gone for good after 90 days."""

import os
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.aufbewahrung import leeren
from arbeitsgruppen.importieren import importieren
from arbeitsgruppen.models import (
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Bearbeitung,
    ErloscheneKennung,
    Heftausgabe,
    Kommentar,
    Quelldatei,
    Thema,
    Themenentscheidung,
    neue_kennung,
)
from konferenz.models import Folie, Importstand, Vortrag
from konferenz.verlauf import verzeichnete_modelle
from tests import vorlage
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    KommentarFactory,
    KonferenzFactory,
    PersonFactory,
    QuelldateiFactory,
    ThemenentscheidungFactory,
    VortragFactory,
)
from tests.konferenz.test_admin import adresse, senden

pytestmark = pytest.mark.django_db

GEHEIM = "Xylophonspieler"


def spuren(text=GEHEIM):
    """Return in which columns of which tables a text stands, whatever the tables are."""
    gefunden = []
    for modell in apps.get_models(include_auto_created=True):
        for feld in modell._meta.concrete_fields:
            if isinstance(feld, models.CharField | models.TextField | models.JSONField | models.FileField):
                for wert in modell._base_manager.values_list(feld.attname, flat=True):
                    if text in str(wert):
                        gefunden.append(f"{modell.__name__}.{feld.name}")
    return sorted(set(gefunden))


def vergangen(tage=91):
    """Let so many days pass: everything that happened has happened earlier."""
    spanne = timedelta(days=tage)
    for modell in verzeichnete_modelle():
        modell.history.update(history_date=F("history_date") - spanne)
    LogEntry.objects.update(action_time=F("action_time") - spanne)
    Bearbeitung.objects.update(begonnen=F("begonnen") - spanne)


@pytest.fixture
def aeusserung():
    gruppe = ArbeitsgruppeFactory(konferenz=KonferenzFactory(veroeffentlicht=True))
    return AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text=f"{GEHEIM} fehlen")


def test_nach_neunzig_tagen_bleiben_von_einer_aeusserung_nur_kennung_und_tag(admin_client, aeusserung):
    kennung = aeusserung.kennung
    senden(admin_client, aeusserung, text=f"Die {GEHEIM} fehlen")
    admin_client.post(adresse(aeusserung, "delete"), {"post": "yes"})
    assert spuren() == ["HistoricalAeusserung.original", "HistoricalAeusserung.text", "LogEntry.object_repr"]
    leeren()
    assert spuren() != []
    vergangen()
    leeren()
    assert spuren() == []
    erloschene = ErloscheneKennung.objects.get()
    tag = timezone.localdate(timezone.now() - timedelta(days=91))
    assert (erloschene.kennung, erloschene.geloescht) == (kennung, tag)


def test_erloschene_kennung_sagt_410_und_wird_nie_wieder_vergeben(client, aeusserung):
    kennung = neue_kennung("dieselbe Saat")
    Aeusserung.objects.update(kennung=kennung)
    Aeusserung.history.update(kennung=kennung)
    Aeusserung.objects.get().delete()
    vergangen()
    leeren()
    assert not Aeusserung.history.exists()
    assert client.get(reverse("aeusserung", args=[kennung])).status_code == 410
    assert neue_kennung("dieselbe Saat") != kennung


def test_was_lebt_behaelt_seinen_ganzen_verlauf(aeusserung):
    aeusserung.text = "Anderes"
    aeusserung.save()
    vergangen()
    leeren()
    assert [zeile.text for zeile in aeusserung.history.all()] == ["Anderes", f"{GEHEIM} fehlen"]


def test_was_wiederkam_behaelt_auch_die_zeilen_von_frueher(aeusserung):
    kennung, abschnitt = aeusserung.kennung, aeusserung.abschnitt
    aeusserung.delete()
    AeusserungFactory(kennung=kennung, abschnitt=abschnitt)
    vergangen()
    leeren()
    assert Aeusserung.history.filter(kennung=kennung).count() == 3
    assert not ErloscheneKennung.objects.exists()


def test_alles_einer_geloeschten_konferenz_geht_mit_ihren_dateien():
    konferenz = KonferenzFactory(titel=GEHEIM)
    vortrag = VortragFactory(konferenz=konferenz, titel=GEHEIM, vortragende=[PersonFactory()])
    folie = FolieFactory(vortrag=vortrag, mit_bild=True, text=GEHEIM)
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, titel=GEHEIM)
    quelle = QuelldateiFactory(arbeitsgruppe=gruppe, name=GEHEIM)
    eintrag = AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text=GEHEIM)
    KommentarFactory(arbeitsgruppe=gruppe, aeusserung=eintrag, text=GEHEIM)
    bleibende = FolieFactory(mit_bild=True)
    dateien = [folie.bild.name, quelle.datei.name, bleibende.bild.name]
    for name in dateien:
        os.utime(default_storage.path(name), (0, 0))
    konferenz.delete()
    leeren()
    assert all(map(default_storage.exists, dateien))
    vergangen()
    umfang = leeren()
    assert spuren() == []
    assert [default_storage.exists(name) for name in dateien] == [False, False, True]
    assert umfang["Dateien"] == 2
    assert not Vortrag.history.model.vortragende.model.objects.filter(vortrag_id=vortrag.pk).exists()
    for modell in (Arbeitsgruppe, Abschnitt, Aeusserung, Kommentar, Quelldatei):
        assert not modell.history.exists()
    assert Folie.history.filter(id=bleibende.pk).exists()


def test_datei_im_papierkorb_bleibt():
    quelle = QuelldateiFactory()
    name = quelle.datei.name
    os.utime(default_storage.path(name), (0, 0))
    quelle.delete()
    leeren()
    assert default_storage.exists(name)


def test_kommentar_zu_einer_geloeschten_aeusserung_geht_mit_ihr(aeusserung):
    gruppe = aeusserung.abschnitt.arbeitsgruppe
    KommentarFactory(arbeitsgruppe=gruppe, aeusserung=aeusserung, text=GEHEIM)
    bleibt = KommentarFactory(arbeitsgruppe=gruppe)
    aeusserung.delete()
    leeren()
    assert Kommentar.objects.count() == 2
    vergangen()
    leeren()
    assert list(Kommentar.objects.all()) == [bleibt]
    assert spuren() == []


def test_entscheidungen_gehen_mit_ihrer_aeusserung_und_mit_ihrem_thema(aeusserung):
    mit_aeusserung, mit_thema = ThemenentscheidungFactory(aeusserung=aeusserung), ThemenentscheidungFactory()
    aeusserung.delete()
    mit_thema.thema.delete()
    vergangen()
    leeren()
    assert not Themenentscheidung.history.exists()
    assert list(Thema.history.values_list("id", flat=True)) == [mit_aeusserung.thema_id]


def test_alte_entwuerfe_gehen_und_laufende_bleiben(aeusserung):
    gruppe, kennung = aeusserung.abschnitt.arbeitsgruppe, aeusserung.kennung
    jetzt = timezone.now()

    def entwurf(zuletzt, basis=""):
        return Bearbeitung.objects.create(
            arbeitsgruppe=gruppe, konto=BenutzerFactory(), zuletzt=zuletzt, entwurf={"basis": basis}
        )

    entwurf(jetzt - timedelta(days=91))
    alter = entwurf(jetzt, f'[[], [["{kennung}", "{GEHEIM} fehlen"]]]')
    anderer = entwurf(jetzt)
    aeusserung.delete()
    vergangen()
    leeren()
    assert list(Bearbeitung.objects.all()) == [anderer]
    assert not Bearbeitung.objects.filter(pk=alter.pk).exists()


def test_alte_ausgaben_des_hefts_gehen_wenn_sie_nicht_mehr_gelten(aeusserung):
    konferenz = aeusserung.abschnitt.arbeitsgruppe.konferenz
    name = default_storage.save("hefte/alt.pdf", ContentFile(b"%PDF"))
    Heftausgabe.objects.create(
        konferenz=konferenz,
        schluessel="0" * 64,
        entwurf=False,
        datei=name,
        fertig=timezone.now() - timedelta(days=91),
    )
    vergangen()
    leeren()
    assert not Heftausgabe.objects.exists()
    assert not default_storage.exists(name)


def test_import_bringt_endgueltig_geloeschtes_nicht_zurueck_und_merkt_sich_den_text_nicht():
    importieren(vorlage.TEXT)
    aeusserung = Aeusserung.objects.get(text__startswith="Kommunikation unter Kollegen")
    text, kennung = aeusserung.text, aeusserung.kennung
    aeusserung.delete()
    assert "Importstand.stand" in spuren(text)
    vergangen()
    leeren()
    assert spuren(text) == []
    for _ in range(2):
        bericht = importieren(vorlage.TEXT)
        assert not bericht.ergebnis.gezaehlt["angelegt"]
        assert any("gelöscht (in der Datei" in zeile for zeile in bericht.ergebnis.bearbeitet)
        assert spuren(text) == []
    importieren(vorlage.TEXT, ueberschreiben=True)
    assert Aeusserung.objects.get(text=text).kennung != kennung
    assert Importstand.objects.get().stand


# The command


def befehl(*argumente):
    ausgabe = StringIO()
    call_command("papierkorb_leeren", *argumente, stdout=ausgabe)
    return ausgabe.getvalue().strip()


def test_befehl_sagt_was_er_geloescht_hat(aeusserung):
    aeusserung.delete()
    assert befehl() == "Nichts zu löschen: Nichts liegt länger als 90 Tage im Papierkorb."
    assert befehl("--tage", "0") == "Endgültig gelöscht: 1 Äußerungen."


@pytest.mark.parametrize("tage", ["-1", "99999999999"])
def test_befehl_lehnt_unsinnige_fristen_ab(tage):
    with pytest.raises(CommandError, match="--tage muss zwischen 0 und"):
        befehl("--tage", tage)


def test_hintergrunddienst_leert_den_papierkorb(anlage, aeusserung):
    aeusserung.delete()
    vergangen()
    ort = anlage()
    dienst = ort.starten("hintergrunddienst")
    ort.warten(lambda: ort.sql("SELECT kennung FROM arbeitsgruppen_erloschenekennung"))
    dienst.terminate()
