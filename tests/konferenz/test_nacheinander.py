"""Saves of several people one after another: what the one before has changed is never lost unseen."""

import pytest
from django.contrib import admin
from django.db import IntegrityError, models
from django.urls import reverse

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from konferenz.models import Importstand, Konferenz
from konferenz.nacheinander import VERSUCHE, Nacheinander
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    KonferenzFactory,
    PersonFactory,
    ProgrammpunktFactory,
    VortragFactory,
)
from tests.formular import formulardaten
from tests.konferenz.test_admin import FABRIKEN, adresse, fehler, senden

pytestmark = pytest.mark.django_db

# Rows of a parent's form: how one is made, its parent, its formset, a text in it.
ZEILEN = [
    pytest.param(ProgrammpunktFactory, "konferenz", "programmpunkte", "titel", id="Programmpunkt"),
    pytest.param(VortragFactory, "konferenz", "vortraege", "titel", id="Vortrag"),
    pytest.param(ArbeitsgruppeFactory, "konferenz", "arbeitsgruppen", "titel", id="Arbeitsgruppe"),
    pytest.param(FolieFactory, "vortrag", "folien", "text", id="Folie"),
    pytest.param(AbschnittFactory, "arbeitsgruppe", "abschnitte", "ueberschrift", id="Abschnitt"),
    pytest.param(AeusserungFactory, "abschnitt", "aeusserungen", "text", id="Äußerung"),
]


def test_jede_verwaltung_sperrt_worunter_ihr_modell_steht():
    for modell in set(FABRIKEN) - {Importstand}:  # which is only read
        verwaltung = admin.site._registry[modell]
        eltern = [
            feld.name
            for feld in modell._meta.concrete_fields
            if isinstance(feld, models.ForeignKey) and feld.remote_field.on_delete is models.CASCADE
        ]
        assert isinstance(verwaltung, Nacheinander), modell
        assert not eltern or verwaltung.unter.split("__")[0] in eltern, modell


# Rows


@pytest.mark.parametrize(("fabrik", "eltern", "reihe", "feld"), ZEILEN)
def test_hier_geloeschte_dort_geaenderte_zeile_bleibt_bis_man_es_weiss(
    admin_client, fabrik, eltern, reihe, feld
):
    zeile = fabrik()
    seite = adresse(getattr(zeile, eltern))
    alt = formulardaten(admin_client.get(seite))
    assert senden(admin_client, zeile, **{feld: "Von nebenan"}).status_code == 302
    antwort = admin_client.post(seite, alt | {f"{reihe}-0-DELETE": "on"})
    assert "„Von nebenan“. Soll sie trotzdem gelöscht werden" in fehler(antwort)
    assert type(zeile).objects.filter(pk=zeile.pk).exists()
    assert admin_client.post(seite, formulardaten(antwort)).status_code == 302
    assert not type(zeile).objects.filter(pk=zeile.pk).exists()


@pytest.mark.parametrize(("fabrik", "eltern", "reihe", "feld"), ZEILEN)
def test_dort_geloeschte_hier_geaenderte_zeile_kommt_nach_rueckfrage_neu(
    admin_client, fabrik, eltern, reihe, feld
):
    zeile = fabrik()
    objekt = getattr(zeile, eltern)
    seite = adresse(objekt)
    alt = formulardaten(admin_client.get(seite))
    zeile.delete()
    antwort = admin_client.post(seite, alt | {f"{reihe}-0-{feld}": "Von mir"})
    assert "hat inzwischen jemand gelöscht" in fehler(antwort)
    assert not getattr(objekt, reihe).exists()
    assert admin_client.post(seite, formulardaten(antwort)).status_code == 302
    assert getattr(getattr(objekt, reihe).get(), feld) == "Von mir"


@pytest.mark.parametrize(("fabrik", "eltern", "reihe", "feld"), ZEILEN)
def test_dort_geloeschte_zeile_laesst_sich_nach_der_rueckfrage_aufgeben(
    admin_client, fabrik, eltern, reihe, feld
):
    zeile = fabrik()
    objekt = getattr(zeile, eltern)
    seite = adresse(objekt)
    alt = formulardaten(admin_client.get(seite))
    zeile.delete()
    antwort = admin_client.post(seite, alt | {f"{reihe}-0-{feld}": "Von mir"})
    assert f'name="{reihe}-0-DELETE"' in antwort.content.decode()
    daten = formulardaten(antwort) | {f"{reihe}-0-DELETE": "on"}
    assert admin_client.post(seite, daten).status_code == 302
    assert not getattr(objekt, reihe).exists()


@pytest.mark.parametrize(("fabrik", "eltern", "reihe", "feld"), ZEILEN)
def test_zweimal_geaenderte_zeile_kommt_mit_beiden_texten_zurueck(admin_client, fabrik, eltern, reihe, feld):
    zeile = fabrik()
    seite = adresse(getattr(zeile, eltern))
    alt = formulardaten(admin_client.get(seite))
    assert senden(admin_client, zeile, **{feld: "Von nebenan"}).status_code == 302
    antwort = admin_client.post(seite, alt | {f"{reihe}-0-{feld}": "Von mir"})
    assert "Hier steht jetzt: „Von nebenan“" in fehler(antwort)
    assert "Von mir" in antwort.content.decode()
    zeile.refresh_from_db()
    assert getattr(zeile, feld) == "Von nebenan"
    assert admin_client.post(seite, formulardaten(antwort)).status_code == 302
    zeile.refresh_from_db()
    assert getattr(zeile, feld) == "Von mir"


@pytest.mark.parametrize(
    ("fabrik", "eltern", "reihe", "inhalt"),
    [
        pytest.param(VortragFactory, "konferenz", "vortraege", FolieFactory, id="Vortrag"),
        pytest.param(ArbeitsgruppeFactory, "konferenz", "arbeitsgruppen", AbschnittFactory, id="Gruppe"),
        pytest.param(AbschnittFactory, "arbeitsgruppe", "abschnitte", AeusserungFactory, id="Abschnitt"),
    ],
)
def test_zeile_mit_inhalt_wird_nicht_mit_einem_haken_geloescht(admin_client, fabrik, eltern, reihe, inhalt):
    zeile = fabrik()
    inhalt(**{zeile._meta.model_name: zeile})
    antwort = senden(admin_client, getattr(zeile, eltern), **{f"{reihe}__0__DELETE": "on"})
    assert "lässt sich deshalb nur auf der eigenen Seite löschen" in fehler(antwort)
    assert type(zeile).objects.filter(pk=zeile.pk).exists()


def test_zwei_leute_fuegen_einem_vortrag_vortragende_hinzu(admin_client):
    vortrag = VortragFactory(vortragende=[PersonFactory()])
    a, b = PersonFactory.create_batch(2)
    reihe = "Vortrag_vortragende-1-person"
    alt = formulardaten(admin_client.get(adresse(vortrag)))
    for person in (a, b):
        assert admin_client.post(adresse(vortrag), alt | {reihe: person.pk}).status_code == 302
    assert vortrag.vortragende.count() == 3
    assert "Diese Person steht schon bei den Vortragenden." in fehler(
        admin_client.post(adresse(vortrag), alt | {reihe: a.pk})
    )


def test_geaenderte_vortragende_stehen_im_verlauf_des_vortrags(admin_client):
    alte, neue = PersonFactory.create_batch(2)
    vortrag = VortragFactory(vortragende=[alte])
    zeilen = vortrag.history.count()
    assert senden(admin_client, vortrag).status_code == 302
    assert vortrag.history.count() == zeilen
    senden(admin_client, vortrag, Vortrag_vortragende__0__person=neue.pk)
    assert [eintrag.person for eintrag in vortrag.history.first().vortragende.all()] == [neue]


def test_dort_entfernte_und_hier_hinzugefuegte_vortragende_vertragen_sich(admin_client):
    alte, neue = PersonFactory.create_batch(2)
    vortrag = VortragFactory(vortragende=[alte])
    alt = formulardaten(admin_client.get(adresse(vortrag)))
    assert senden(admin_client, vortrag, Vortrag_vortragende__0__DELETE="on").status_code == 302
    neu = {"Vortrag_vortragende-1-person": neue.pk}
    assert admin_client.post(adresse(vortrag), alt | neu).status_code == 302
    assert list(vortrag.vortragende.all()) == [neue]


def test_dieselbe_person_zweimal_unter_den_vortragenden_wird_abgelehnt(admin_client):
    vortrag, person = VortragFactory(), PersonFactory()
    daten = formulardaten(admin_client.get(adresse(vortrag)))
    daten |= {"Vortrag_vortragende-TOTAL_FORMS": "2"}
    daten |= {f"Vortrag_vortragende-{n}-person": person.pk for n in range(2)}
    antwort = admin_client.post(adresse(vortrag), daten)
    assert "Diese Person steht zweimal bei den Vortragenden." in fehler(antwort)


def test_hier_umgeordnete_dort_geaenderte_zeile_behaelt_beides(admin_client):
    konferenz = KonferenzFactory()
    erster, zweiter = VortragFactory.create_batch(2, konferenz=konferenz)
    alt = formulardaten(admin_client.get(adresse(konferenz)))
    assert senden(admin_client, erster, titel="Von nebenan").status_code == 302
    tausch = {"vortraege-0-position": "2", "vortraege-1-position": "1"}
    assert admin_client.post(adresse(konferenz), alt | tausch).status_code == 302
    assert [v.titel for v in konferenz.vortraege.order_by("position")] == [zweiter.titel, "Von nebenan"]


# Objects that are gone


def test_in_ein_geloeschtes_objekt_getipptes_kommt_zurueck(admin_client):
    aeusserung = AeusserungFactory(text="Sprachkurse fehlen")
    abschnitt = aeusserung.abschnitt
    daten = formulardaten(admin_client.get(adresse(abschnitt)))
    seite = adresse(abschnitt)
    abschnitt.delete()
    neu = {
        "ueberschrift": "Neue <Überschrift>",
        "aeusserungen-0-text": "Sprachkurse fehlen überall",
        "aeusserungen-1-text": "Ganz neu",
    }
    antwort = admin_client.post(seite, daten | neu)
    inhalt = antwort.content.decode()
    assert antwort.status_code == 409
    assert antwort.context["eingaben"] == [
        ("Überschrift", "Neue <Überschrift>"),
        ("Text, Zeile 1", "Sprachkurse fehlen überall"),
        ("Text, Zeile 2", "Ganz neu"),
    ]
    assert "Neue &lt;Überschrift&gt;</textarea>" in inhalt
    assert f'href="{seite.replace("change", "history")}"' in inhalt
    assert not Aeusserung.objects.exists()


def test_seite_zum_geloeschten_objekt_ist_ohne_schreibrecht_verschlossen(client):
    client.force_login(BenutzerFactory(mitarbeit=True))
    seite = reverse("admin:konferenz_konferenz_change", args=[1])
    assert client.post(seite, {"titel": "x"}).status_code == 403


# Deleting


@pytest.fixture
def gruppe():
    return AeusserungFactory(text="alt").abschnitt.arbeitsgruppe


AENDERUNGEN = [
    pytest.param(lambda: Aeusserung.objects.update(text="neu"), id="geändert"),
    pytest.param(lambda: AeusserungFactory(abschnitt=Abschnitt.objects.get()), id="hinzugefügt"),
    pytest.param(lambda: Aeusserung.objects.all().delete(), id="gelöscht"),
]


@pytest.mark.parametrize("aendern", AENDERUNGEN)
def test_geloescht_wird_nur_was_die_seite_gezeigt_hat(admin_client, gruppe, aendern):
    seite = adresse(gruppe, "delete")
    daten = formulardaten(admin_client.get(seite))
    aendern()
    antwort = admin_client.post(seite, daten, follow=True)
    assert "Prüfen Sie bitte noch einmal, was gelöscht wird." in antwort.content.decode()
    assert Arbeitsgruppe.objects.exists()
    assert admin_client.post(seite, formulardaten(antwort)).status_code == 302
    assert not Arbeitsgruppe.objects.exists()


@pytest.mark.parametrize("aendern", AENDERUNGEN)
def test_von_ausgewaehlten_wird_nur_geloescht_was_die_seite_gezeigt_hat(admin_client, gruppe, aendern):
    liste = adresse(gruppe, "changelist")
    auswahl = {"action": "delete_selected", "_selected_action": [gruppe.pk]}
    daten = formulardaten(admin_client.post(liste, auswahl))
    aendern()
    antwort = admin_client.post(liste, daten)
    assert "Prüfen Sie bitte noch einmal, was gelöscht wird." in antwort.content.decode()
    assert Arbeitsgruppe.objects.exists()
    assert admin_client.post(liste, formulardaten(antwort)).status_code == 302
    assert not Arbeitsgruppe.objects.exists()


def test_schon_geloeschtes_noch_einmal_zu_loeschen_sagt_dass_es_weg_ist(admin_client, gruppe):
    seite = adresse(gruppe, "delete")
    daten = formulardaten(admin_client.get(seite))
    gruppe.delete()
    antwort = admin_client.post(seite, daten, follow=True)
    assert antwort.status_code == 200
    assert "existiert nicht" in antwort.content.decode()


# What no lock protects


@pytest.fixture
def versuche(monkeypatch):
    """Return the numbers of the tries; the first one fails as if another transaction had just ended."""
    versuche: list[int] = []
    sperren, speichern = Nacheinander.sperren, Konferenz.save

    def einer_ist_schneller(verwaltung, request, object_id):
        versuche.append(len(versuche) + 1)
        if versuche[-1] == 2:
            KonferenzFactory(slug="fachtag-2022")
        sperren(verwaltung, request, object_id)

    def scheitern(konferenz, **kwargs):
        if versuche == [1]:
            raise IntegrityError
        speichern(konferenz, **kwargs)

    monkeypatch.setattr(Nacheinander, "sperren", einer_ist_schneller)
    monkeypatch.setattr(Konferenz, "save", scheitern)
    return versuche


def test_nebenan_vergebene_adresse_wird_erklaert_statt_zu_scheitern(admin_client, versuche):
    neu = {"titel": "Fachtag", "datum": "1.5.2022", "slug": "fachtag-2022"}
    antwort = senden(admin_client, Konferenz, "add", **neu)
    assert "Eine Konferenz mit dieser Adresse gibt es schon." in fehler(antwort)
    assert versuche == [1, 2]


def test_immer_wieder_verletzte_regel_wird_nicht_verschwiegen(admin_client, monkeypatch):
    versuche = []

    def scheitern(konferenz, **kwargs):
        versuche.append(konferenz)
        raise IntegrityError

    monkeypatch.setattr(Konferenz, "save", scheitern)
    with pytest.raises(IntegrityError):
        senden(admin_client, Konferenz, "add", titel="Fachtag", datum="1.5.2022")
    assert len(versuche) == VERSUCHE
