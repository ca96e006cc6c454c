"""Forms that several people have open at once."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.stand import StandForm, zusammengefuehrt
from tests.fabriken import ArbeitsgruppeFactory, BenutzerFactory, FolieFactory, NotizFactory
from tests.formular import formulardaten
from tests.konferenz.test_admin import adresse, fehler, senden

mengen = st.sets(st.sampled_from("abcd"))


# A choice of several


@pytest.mark.parametrize(
    ("gezeigt", "jetzt", "gewaehlt", "ergebnis"),
    [
        pytest.param("a", "a", "ab", "ab", id="dazu"),
        pytest.param("a", "ab", "ac", "abc", id="beide dazu"),
        pytest.param("ab", "b", "a", "", id="beide weg"),
        pytest.param("ab", "b", "abc", "bc", id="dort weg, hier dazu"),
        pytest.param("a", "b", "a", "b", id="dort getauscht"),
        pytest.param("a", "b", "b", "b", id="beide gleich getauscht"),
        pytest.param("a", "", "b", "b", id="dort weg, hier getauscht"),
        pytest.param("a", "b", "c", None, id="verschieden getauscht"),
    ],
)
def test_auswahl_zweier_leute_wird_zusammengefuehrt(gezeigt, jetzt, gewaehlt, ergebnis):
    erwartet = None if ergebnis is None else set(ergebnis)
    assert zusammengefuehrt(set(gezeigt), set(jetzt), set(gewaehlt)) == erwartet


@given(mengen, mengen, mengen)
def test_zusammengefuehrte_auswahl_enthaelt_was_beide_wollten(gezeigt, jetzt, gewaehlt):
    gemeinsam = zusammengefuehrt(gezeigt, jetzt, gewaehlt)
    if gemeinsam is not None:
        assert (jetzt - gezeigt) | (gewaehlt - gezeigt) <= gemeinsam
        assert not gemeinsam & ((gezeigt - jetzt) | (gezeigt - gewaehlt))
        assert zusammengefuehrt(gezeigt, gewaehlt, jetzt) == gemeinsam


class KontenForm(StandForm):
    class Meta:
        model = Arbeitsgruppe
        fields = ["titel", "konten"]


class Seite:
    """A page of a form that somebody has open."""

    def __init__(self, gruppe, form=None):
        self.gruppe = gruppe
        self.content = f'<form method="post">{form or KontenForm(instance=gruppe)}</form>'.encode()

    def senden(self, **felder):
        """Send it as a browser does; return the form as the server takes it."""
        daten = QueryDict(mutable=True)
        for name, wert in (formulardaten(self) | felder).items():
            daten.setlist(name, [str(teil) for teil in wert] if isinstance(wert, list) else [wert])
        return KontenForm(daten, instance=Arbeitsgruppe.objects.get(pk=self.gruppe.pk))


@pytest.fixture
def konten(db):
    return BenutzerFactory.create_batch(3)


def namen(gruppe):
    return set(gruppe.konten.values_list("pk", flat=True))


def test_beide_fuegen_der_auswahl_etwas_hinzu_und_beides_bleibt(konten):
    a, b, c = konten
    gruppe = ArbeitsgruppeFactory()
    gruppe.konten.add(a)
    mein, dein = Seite(gruppe), Seite(gruppe)
    dein.senden(konten=[a.pk, b.pk]).save()
    mein.senden(konten=[a.pk, c.pk]).save()
    assert namen(gruppe) == {a.pk, b.pk, c.pk}


def test_unveraenderte_auswahl_einer_alten_seite_laesst_die_neue_stehen(konten):
    a, b, _ = konten
    gruppe = ArbeitsgruppeFactory()
    gruppe.konten.add(a)
    mein, dein = Seite(gruppe), Seite(gruppe)
    dein.senden(konten=[b.pk]).save()
    formular = mein.senden(titel="Neuer Titel")
    formular.save()
    gruppe.refresh_from_db()
    assert (namen(gruppe), gruppe.titel) == ({b.pk}, "Neuer Titel")


def test_leere_auswahl_einer_alten_seite_laesst_die_neue_stehen(konten):
    gruppe = ArbeitsgruppeFactory()
    mein, dein = Seite(gruppe), Seite(gruppe)
    dein.senden(konten=[konten[0].pk]).save()
    mein.senden(titel="Neuer Titel").save()
    assert namen(gruppe) == {konten[0].pk}


def test_verschieden_getauschte_auswahl_wird_einmal_erklaert(konten):
    a, b, c = konten
    gruppe = ArbeitsgruppeFactory()
    gruppe.konten.add(a)
    mein, dein = Seite(gruppe), Seite(gruppe)
    dein.senden(konten=[b.pk]).save()
    formular = mein.senden(konten=[c.pk])
    assert f"Hier steht jetzt: „{b}“" in str(formular.errors)
    Seite(gruppe, formular).senden().save()
    assert namen(gruppe) == {c.pk}


# Files


def bild(name, farbe="red"):
    puffer = BytesIO()
    Image.new("RGB", (8, 6), farbe).save(puffer, "PNG")
    return SimpleUploadedFile(name, puffer.getvalue(), "image/png")


@pytest.fixture(params=["Folie", "Vortrag"])
def folienformular(request, admin_client):
    """Return a slide and what opens and sends the form in which it stands: its own, or that of its talk."""
    folie = FolieFactory(mit_bild=True)
    objekt = folie if request.param == "Folie" else folie.vortrag
    vorsatz = "" if request.param == "Folie" else "folien-0-"

    def oeffnen():
        return formulardaten(admin_client.get(adresse(objekt)))

    def schicken(daten, **felder):
        return admin_client.post(adresse(objekt), daten | {f"{vorsatz}{k}": w for k, w in felder.items()})

    return folie, oeffnen, schicken


def test_zweites_bild_fuer_dieselbe_folie_wird_einmal_erklaert(folienformular):
    folie, oeffnen, schicken = folienformular
    alt = oeffnen()
    assert schicken(oeffnen(), bild=bild("dort.png")).status_code == 302
    antwort = schicken(alt, bild=bild("hier.png"))
    assert "Hier steht jetzt: „dort.png“. Soll Ihre Eingabe gelten, wählen Sie die Datei" in fehler(antwort)
    folie.refresh_from_db()
    assert folie.bild.name == "folien/dort.png"
    assert schicken(formulardaten(antwort), bild=bild("hier.png")).status_code == 302
    folie.refresh_from_db()
    assert folie.bild.name == "folien/hier.png"


def test_altes_bild_wird_nicht_statt_des_neuen_entfernt(folienformular):
    folie, oeffnen, schicken = folienformular
    alt = oeffnen()
    assert schicken(oeffnen(), bild=bild("dort.png")).status_code == 302
    entfernen = {"bild-clear": "on", "bildbeschreibung": ""}
    antwort = schicken(alt, **entfernen)
    assert "Hier steht jetzt: „dort.png“" in fehler(antwort)
    assert schicken(formulardaten(antwort), **entfernen).status_code == 302
    folie.refresh_from_db()
    assert not folie.bild


def test_beschreibung_zum_alten_bild_geraet_nicht_ungesehen_an_das_neue(folienformular):
    folie, oeffnen, schicken = folienformular
    alt = oeffnen()
    assert schicken(oeffnen(), bild=bild("dort.png")).status_code == 302
    antwort = schicken(alt, bildbeschreibung="Kreisdiagramm")
    assert "jetzt ist es „dort.png“. Passt Ihre Beschreibung" in fehler(antwort)
    assert schicken(formulardaten(antwort)).status_code == 302
    folie.refresh_from_db()
    assert folie.bildbeschreibung == "Kreisdiagramm"


def test_geaenderter_text_laesst_das_neue_bild_stehen(folienformular):
    folie, oeffnen, schicken = folienformular
    alt = oeffnen()
    assert schicken(oeffnen(), bild=bild("dort.png")).status_code == 302
    assert schicken(alt, text="Neuer Text").status_code == 302
    folie.refresh_from_db()
    assert (folie.bild.name, folie.text) == ("folien/dort.png", "Neuer Text")


# Forms without a history


def test_notiz_einer_alten_seite_ueberschreibt_die_neue_nicht(admin_client):
    notiz = NotizFactory()
    alt = formulardaten(admin_client.get(adresse(notiz)))
    assert senden(admin_client, notiz, text="dort").status_code == 302
    antwort = admin_client.post(adresse(notiz), alt | {"text": "hier"})
    assert "Hier steht jetzt: „dort“" in fehler(antwort)
    assert ">\nhier</textarea>" in antwort.content.decode()
