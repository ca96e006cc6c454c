"""The administration of the event."""

from datetime import time
from io import BytesIO
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Model
from django.db.models.signals import pre_save
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from arbeitsgruppen.models import (
    Abkuerzung,
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Moderation,
    Thema,
    Weiterfuehrung,
)
from konferenz.models import (
    Folie,
    Importstand,
    Konferenz,
    Notiz,
    Person,
    Pflichtseite,
    Programmpunkt,
    Rueckmeldung,
    Textseite,
    Vortrag,
)
from tests.fabriken import (
    AbkuerzungFactory,
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    ImportstandFactory,
    KonferenzFactory,
    ModerationFactory,
    NotizFactory,
    PersonFactory,
    PflichtseiteFactory,
    ProgrammpunktFactory,
    RueckmeldungFactory,
    TextseiteFactory,
    ThemaFactory,
    VortragFactory,
    WeiterfuehrungFactory,
)
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db

FABRIKEN: dict[type[Model], Any] = {
    Konferenz: KonferenzFactory,
    Person: PersonFactory,
    Programmpunkt: ProgrammpunktFactory,
    Vortrag: VortragFactory,
    Folie: FolieFactory,
    Textseite: TextseiteFactory,
    Notiz: NotizFactory,
    Importstand: ImportstandFactory,
    Pflichtseite: PflichtseiteFactory,
    Rueckmeldung: RueckmeldungFactory,
    Arbeitsgruppe: ArbeitsgruppeFactory,
    Moderation: ModerationFactory,
    Abschnitt: AbschnittFactory,
    Aeusserung: AeusserungFactory,
    Weiterfuehrung: WeiterfuehrungFactory,
    Thema: ThemaFactory,
    Abkuerzung: AbkuerzungFactory,
}
NUR_FUER_DIE_ORGANISATION = {Notiz, Importstand, Rueckmeldung}
modelle = pytest.mark.parametrize("modell", FABRIKEN, ids=lambda modell: modell.__name__)


def adresse(objekt, seite="change"):
    meta = objekt._meta
    args = [] if seite in ("changelist", "add") else [objekt.pk]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{seite}", args=args)


def senden(client, objekt, seite="change", /, **aenderungen):
    """Open the form of an object, change some fields and send it."""
    daten = formulardaten(client.get(adresse(objekt, seite)))
    for name, wert in aenderungen.items():
        daten[name.replace("__", "-")] = wert
    return client.post(adresse(objekt, seite), daten)


def werte(objekt):
    return {feld.name: feld.value_from_object(objekt) for feld in objekt._meta.concrete_fields}


def fehler(antwort):
    """Return everything that the form complains about."""
    assert antwort.status_code == 200, antwort.headers.get("Location")
    texte = [str(f) for f in antwort.context["errors"]]
    assert texte
    return " ".join(texte)


def test_jedes_modell_des_projekts_ist_in_der_verwaltung():
    eigene = {
        m for m in admin.site._registry if m.__module__ in ("konferenz.models", "arbeitsgruppen.models")
    }
    assert eigene == set(FABRIKEN)


# Access


@modelle
@pytest.mark.parametrize("art", ["fremd", "mitarbeit ohne Rechte", "Gast"])
def test_liste_ist_ohne_rechte_verschlossen(client, modell, art):
    if art != "Gast":
        client.force_login(BenutzerFactory(mitarbeit=art.startswith("mitarbeit")))
    status = client.get(adresse(modell, "changelist")).status_code
    assert status == (403 if art.startswith("mitarbeit") else 302)


@modelle
def test_leitung_oeffnet_liste_formular_und_verlauf(admin_client, modell):
    objekt = FABRIKEN[modell]()
    for seite in ("changelist", "change", "history"):
        assert admin_client.get(adresse(objekt, seite)).status_code == 200


@modelle
def test_formular_ist_fuer_die_moderation_lesbar_und_aendert_nichts(client, modell):
    client.force_login(BenutzerFactory(rolle="Moderation"))
    objekt = FABRIKEN[modell]()
    if modell is Abschnitt:
        AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt=objekt))
    vorher = werte(objekt)
    for seite in ("changelist", "change", "history"):
        erwartet = 403 if modell in NUR_FUER_DIE_ORGANISATION else 200
        assert client.get(adresse(objekt, seite)).status_code == erwartet
    assert client.post(adresse(objekt), {"titel": "anders", "text": "anders"}).status_code == 403
    objekt.refresh_from_db()
    assert werte(objekt) == vorher


# Lists


@modelle
def test_liste_braucht_fuer_viele_zeilen_so_viele_abfragen_wie_fuer_wenige(admin_client, modell):
    def abfragen():
        with CaptureQueriesContext(connection) as erfasst:
            assert admin_client.get(adresse(modell, "changelist")).status_code == 200
        return len(erfasst)

    fabrik = FABRIKEN[modell]
    # Two, since some filters only appear where there is something to choose from.
    fabrik.create_batch(2)
    wenige = abfragen()
    fabrik.create_batch(6)
    assert abfragen() == wenige


@modelle
@pytest.mark.parametrize("suche", ["Integration", "ä", "100%_", "\x00", "x" * 5000])
def test_liste_laesst_sich_nach_allem_durchsuchen(admin_client, modell, suche):
    FABRIKEN[modell]()
    assert admin_client.get(adresse(modell, "changelist"), {"q": suche}).status_code == 200


def test_liste_der_konferenzen_zaehlt_gruppen_und_offene_notizen(admin_client):
    konferenz = KonferenzFactory()
    ArbeitsgruppeFactory.create_batch(2, konferenz=konferenz)
    NotizFactory.create_batch(3, konferenz=konferenz)
    NotizFactory(konferenz=konferenz, erledigt=True)
    (zeile,) = admin_client.get(adresse(konferenz, "changelist")).context["cl"].queryset
    assert (zeile.gruppen, zeile.notizen_offen) == (2, 3)


def test_liste_der_konferenzen_verweist_beim_entwurf_auf_seine_seite(admin_client):
    konferenz = KonferenzFactory()
    inhalt = admin_client.get(adresse(konferenz, "changelist")).content.decode()
    assert f'<a href="{konferenz.get_absolute_url()}">ansehen</a>' in inhalt


@pytest.mark.parametrize(
    "fabrik",
    [
        KonferenzFactory,
        VortragFactory,
        FolieFactory,
        ProgrammpunktFactory,
        TextseiteFactory,
        ArbeitsgruppeFactory,
        AbschnittFactory,
        AeusserungFactory,
        ModerationFactory,
    ],
)
def test_formular_verweist_auf_die_oeffentliche_seite(admin_client, fabrik):
    antwort = admin_client.get(adresse(fabrik()))
    link = antwort.context["absolute_url"]
    # Where the model has an address, Django goes through a page that sends on to it.
    assert admin_client.get(link).status_code in (200, 302)
    assert f'<a href="{link}" class="viewsitelink">' in antwort.content.decode()


# Actions


def handeln(client, modell, aktion, objekte):
    return client.post(
        adresse(modell, "changelist"),
        {"action": aktion, "_selected_action": [o.pk for o in objekte]},
        follow=True,
    )


@pytest.mark.parametrize(
    ("aktion", "vorher", "nachher", "meldung"),
    [
        ("veroeffentlichen", "entwurf", "veroeffentlicht", "1 Konferenz veröffentlicht."),
        ("archivieren", "veroeffentlicht", "archiviert", "1 Konferenz archiviert."),
        ("zuruecknehmen", "veroeffentlicht", "entwurf", "1 Konferenz zum Entwurf zurückgenommen."),
    ],
)
def test_aktion_setzt_den_status_und_der_verlauf_nennt_wer(
    admin_client, admin_user, aktion, vorher, nachher, meldung
):
    konferenz, schon = KonferenzFactory(status=vorher), KonferenzFactory(status=nachher)
    antwort = handeln(admin_client, Konferenz, aktion, [konferenz, schon])
    konferenz.refresh_from_db()
    assert konferenz.status == nachher
    assert meldung in antwort.content.decode()
    assert konferenz.history.first().history_user == admin_user
    assert [konferenz.history.count(), schon.history.count()] == [2, 1]


def test_aktion_sagt_dass_es_nichts_zu_tun_gab(admin_client):
    antwort = handeln(admin_client, Konferenz, "zuruecknehmen", [KonferenzFactory()])
    assert "waren schon zum Entwurf zurückgenommen." in antwort.content.decode()


def test_aktion_laesst_gleichzeitige_bearbeitung_stehen(admin_client):
    konferenz = KonferenzFactory()

    def anderswo_bearbeiten(instance, **_):
        Konferenz.objects.filter(pk=instance.pk).update(titel="Neuer Titel")

    pre_save.connect(anderswo_bearbeiten, sender=Konferenz)
    try:
        handeln(admin_client, Konferenz, "veroeffentlichen", [konferenz])
    finally:
        pre_save.disconnect(anderswo_bearbeiten, sender=Konferenz)
    konferenz.refresh_from_db()
    assert (konferenz.status, konferenz.titel) == (Konferenz.Status.VEROEFFENTLICHT, "Neuer Titel")


def test_aktion_ist_fuer_das_ministerium_verschlossen(client):
    client.force_login(BenutzerFactory(rolle="Ministerium"))
    konferenz = KonferenzFactory()
    handeln(client, Konferenz, "veroeffentlichen", [konferenz])
    konferenz.refresh_from_db()
    assert konferenz.status == Konferenz.Status.ENTWURF


@modelle
@pytest.mark.parametrize("wert", ["abc", "9" * 40, "\x00", ""])
def test_unsinnige_auswahl_bricht_nichts(admin_client, modell, wert):
    FABRIKEN[modell]()
    for aktion in ("delete_selected", "gibt es nicht"):
        auswahl = {"action": aktion, "_selected_action": [wert]}
        antwort = admin_client.post(adresse(modell, "changelist"), auswahl, follow=True)
        assert antwort.status_code in (200, 403)
    assert modell._base_manager.exists()


def test_notizen_werden_als_erledigt_markiert(admin_client):
    notizen = NotizFactory.create_batch(2)
    offen = NotizFactory()
    antwort = handeln(admin_client, Notiz, "als_erledigt_markieren", notizen)
    assert "2 Notizen als erledigt markiert." in antwort.content.decode()
    assert list(Notiz.objects.filter(erledigt=False)) == [offen]


# The conference's form


def test_konferenz_nur_mit_titel_und_datum_erhaelt_eine_adresse(admin_client):
    antwort = senden(admin_client, Konferenz, "add", titel="Fachtag für Übergänge", datum="21.04.2021")
    assert antwort.status_code == 302
    assert Konferenz.objects.get().slug == "fachtag-fuer-uebergaenge-2021"


@pytest.mark.parametrize(
    ("felder", "meldung"),
    [
        ({"titel": ""}, "Dieses Feld ist zwingend erforderlich."),
        ({"titel": "x" * 501}, "höchstens 500 Zeichen"),
        ({"titel": "Nul\x00l"}, "Nullzeichen sind nicht erlaubt."),
        ({"hinweis": "Nul\x00l"}, "Nullzeichen sind nicht erlaubt."),
        ({"slug": "admin"}, "Diese Adresse ist für eine andere Seite vergeben."),
        ({"slug": "ä ö"}, "Bitte ein gültiges Kürzel"),
        ({"datum": "31.02.2021"}, "Bitte ein gültiges Datum eingeben."),
        ({"beginn": "10:00", "ende": "10:00"}, "Das Ende muss nach dem Beginn liegen."),
        ({"beginn": "", "ende": "10:00"}, "Das Ende muss nach dem Beginn liegen."),
        ({"beginn": "25:00"}, "Bitte eine gültige Uhrzeit eingeben."),
        ({"status": "geheim"}, "Bitte eine gültige Auswahl treffen."),
    ],
)
def test_ungueltige_konferenz_wird_auf_deutsch_abgelehnt(admin_client, felder, meldung):
    konferenz = KonferenzFactory()
    assert meldung in fehler(senden(admin_client, konferenz, **felder))
    assert konferenz.history.count() == 1


def test_vergebene_adresse_einer_konferenz_wird_abgelehnt(admin_client):
    KonferenzFactory(slug="fachtag-2021")
    antwort = senden(admin_client, Konferenz, "add", titel="Fachtag", datum="1.5.2021")
    assert "Eine Konferenz mit dieser Adresse gibt es schon." in fehler(antwort)


def test_unveraenderte_konferenz_bleibt_beim_speichern_ohne_spur(admin_client):
    konferenz = KonferenzFactory(hinweis="Erste Zeile\n\nZweite Zeile")
    punkt = ProgrammpunktFactory(konferenz=konferenz, mitwirkende="Anne\nBernd")
    VortragFactory(konferenz=konferenz)
    ArbeitsgruppeFactory(konferenz=konferenz)
    seite = TextseiteFactory(konferenz=konferenz)
    NotizFactory(konferenz=konferenz)
    assert senden(admin_client, konferenz).status_code == 302
    for objekt in (konferenz, punkt, seite):
        vorher = werte(objekt)
        objekt.refresh_from_db()
        assert werte(objekt) == vorher
        assert objekt.history.count() == 1


def test_zeilenenden_werden_als_zeilenvorschub_gespeichert(admin_client):
    konferenz = KonferenzFactory()
    senden(admin_client, konferenz, hinweis="Erste Zeile\r\nZweite Zeile")
    konferenz.refresh_from_db()
    assert konferenz.hinweis == "Erste Zeile\nZweite Zeile"


def test_konferenz_wird_samt_importstand_geloescht(admin_client):
    konferenz = ImportstandFactory().konferenz
    FolieFactory(vortrag__konferenz=konferenz)
    AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=konferenz)
    antwort = admin_client.post(adresse(konferenz, "delete"), {"post": "yes"})
    assert antwort.status_code == 302
    assert not Konferenz.objects.exists()


# The agenda


@pytest.fixture
def programm():
    konferenz = KonferenzFactory()
    for beginn, titel in ((9, "Grußwort"), (10, "Vortrag"), (12, "Pause")):
        ProgrammpunktFactory(konferenz=konferenz, beginn=time(beginn), titel=titel)
    return konferenz


def titel(konferenz):
    return [(p.position, p.titel) for p in konferenz.programmpunkte.order_by("position")]


def test_programmpunkt_wird_an_besetzter_nummer_eingefuegt(admin_client, programm):
    neu = {
        "programmpunkte__3__position": "2",
        "programmpunkte__3__beginn": "9:30",
        "programmpunkte__3__titel": "Eröffnung",
    }
    assert senden(admin_client, programm, **neu).status_code == 302
    assert titel(programm) == [(1, "Grußwort"), (2, "Eröffnung"), (3, "Vortrag"), (4, "Pause")]


def test_neue_zeile_mit_nummer_steht_zwischen_neuen_ohne(admin_client):
    konferenz = KonferenzFactory()
    daten = formulardaten(admin_client.get(adresse(konferenz))) | {"programmpunkte-TOTAL_FORMS": "3"}
    for n, (beginn, nummer) in enumerate((("9.00", ""), ("10.30", ""), ("9.45", "2"))):
        zeile = {"beginn": beginn, "titel": beginn, "position": nummer}
        daten |= {f"programmpunkte-{n}-{name}": wert for name, wert in zeile.items()}
    assert admin_client.post(adresse(konferenz), daten).status_code == 302
    assert titel(konferenz) == [(1, "9.00"), (2, "9.45"), (3, "10.30")]


def test_programmpunkte_tauschen_samt_ihren_zeiten(admin_client, programm):
    tausch = {
        "programmpunkte__0__position": "2",
        "programmpunkte__0__beginn": "10:00",
        "programmpunkte__1__position": "1",
        "programmpunkte__1__beginn": "9:00",
    }
    assert senden(admin_client, programm, **tausch).status_code == 302
    assert titel(programm) == [(1, "Vortrag"), (2, "Grußwort"), (3, "Pause")]


def test_programmpunkte_ruecken_nach_dem_loeschen_mit_der_neuen_stelle_im_verlauf_auf(admin_client, programm):
    pause = programm.programmpunkte.get(titel="Pause")
    assert senden(admin_client, programm, programmpunkte__0__DELETE="on").status_code == 302
    assert titel(programm) == [(1, "Vortrag"), (2, "Pause")]
    assert [zeile.position for zeile in pause.history.all()] == [2, 3]


def test_verschobener_programmpunkt_steht_mit_endgueltiger_stelle_im_verlauf(admin_client, programm):
    ProgrammpunktFactory(konferenz=programm, beginn=time(12), titel="Ende")
    senden(admin_client, programm, programmpunkte__3__position="3")
    assert titel(programm)[2:] == [(3, "Ende"), (4, "Pause")]
    assert [p.position for p in programm.programmpunkte.get(titel="Ende").history.all()] == [3, 4]


def test_programm_mit_rueckwaerts_laufenden_zeiten_wird_abgelehnt(admin_client, programm):
    antwort = senden(admin_client, programm, programmpunkte__2__beginn="9:30")
    meldung = fehler(antwort)
    assert "„09:30 Uhr Pause“ steht hinter „10:00 Uhr Vortrag“" in meldung
    assert programm.programmpunkte.get(titel="Pause").beginn == time(12)


def test_programmpunkte_duerfen_gleichzeitig_beginnen(admin_client, programm):
    assert senden(admin_client, programm, programmpunkte__2__beginn="10:00").status_code == 302


def test_einzeln_bearbeiteter_programmpunkt_haelt_die_zeiten_aufsteigend(admin_client, programm):
    pause = programm.programmpunkte.get(titel="Pause")
    assert "laufen nicht vorwärts" in fehler(senden(admin_client, pause, beginn="8:00"))
    assert senden(admin_client, pause, beginn="13:00").status_code == 302
    pause.refresh_from_db()
    assert (pause.beginn, pause.position) == (time(13), 3)


@pytest.mark.parametrize(
    ("felder", "meldung"),
    [
        ({"position": "-1"}, "größer oder gleich 0"),
        ({"position": "drei"}, "Bitte eine ganze Zahl eingeben."),
        ({"titel": ""}, "Dieses Feld ist zwingend erforderlich."),
        ({"beginn": ""}, "Dieses Feld ist zwingend erforderlich."),
    ],
)
def test_ungueltiger_programmpunkt_wird_auf_deutsch_abgelehnt(admin_client, programm, felder, meldung):
    antwort = senden(admin_client, programm, **{f"programmpunkte__1__{k}": v for k, v in felder.items()})
    assert meldung in fehler(antwort)


def test_riesige_nummer_bedeutet_ans_ende(admin_client, programm):
    ProgrammpunktFactory(konferenz=programm, beginn=time(12), titel="Ende")
    assert senden(admin_client, programm, programmpunkte__2__position="9" * 40).status_code == 302
    assert titel(programm)[2:] == [(3, "Ende"), (4, "Pause")]


def test_inzwischen_hinzugefuegter_programmpunkt_bleibt_einmal_erhalten(admin_client, programm):
    daten = formulardaten(admin_client.get(adresse(programm)))
    ProgrammpunktFactory(konferenz=programm, beginn=time(12), titel="Neu von nebenan")
    daten |= {
        "programmpunkte-3-titel": "Neu von mir",
        "programmpunkte-3-beginn": "12:00",
        "programmpunkte-3-position": "",
    }
    assert admin_client.post(adresse(programm), daten).status_code == 302
    assert [t for _, t in titel(programm)] == [
        "Grußwort",
        "Vortrag",
        "Pause",
        "Neu von nebenan",
        "Neu von mir",
    ]
    assert [n for n, _ in titel(programm)] == [1, 2, 3, 4, 5]


def test_inzwischen_geloeschter_aber_hier_bearbeiteter_programmpunkt_geht_nicht_verloren(
    admin_client, programm
):
    daten = formulardaten(admin_client.get(adresse(programm)))
    programm.programmpunkte.get(titel="Vortrag").delete()
    antwort = admin_client.post(adresse(programm), daten | {"programmpunkte-1-titel": "Anders"})
    assert "hat inzwischen jemand gelöscht" in fehler(antwort)
    assert titel(programm) == [(1, "Grußwort"), (3, "Pause")]
    assert admin_client.post(adresse(programm), formulardaten(antwort)).status_code == 302
    assert titel(programm) == [(1, "Grußwort"), (2, "Anders"), (3, "Pause")]


def test_inzwischen_geaenderte_angaben_bleiben_beim_speichern_einer_alten_seite(admin_client, programm):
    daten = formulardaten(admin_client.get(adresse(programm)))
    senden(admin_client, programm, ort="Ulm", programmpunkte__1__titel="Neuer Vortrag")
    neu = {"titel": "Neuer Titel", "programmpunkte-1-beginn": "10:30"}
    assert admin_client.post(adresse(programm), daten | neu).status_code == 302
    programm.refresh_from_db()
    assert (programm.titel, programm.ort) == ("Neuer Titel", "Ulm")
    punkt = programm.programmpunkte.get(position=2)
    assert (punkt.titel, punkt.beginn) == ("Neuer Vortrag", time(10, 30))


@pytest.mark.parametrize("feld", ["titel", "programmpunkte-1-titel"])
def test_zweimal_geaenderte_angabe_wird_erst_beim_zweiten_speichern_ersetzt(admin_client, programm, feld):
    daten = formulardaten(admin_client.get(adresse(programm)))
    admin_client.post(adresse(programm), daten | {feld: "Von nebenan"})
    antwort = admin_client.post(adresse(programm), daten | {feld: "Von mir"})
    meldung = fehler(antwort)
    assert "Inzwischen hat jemand anders gespeichert." in meldung
    assert "„Von nebenan“" in meldung
    noch_einmal = formulardaten(antwort)
    assert noch_einmal[feld] == "Von mir"
    assert admin_client.post(adresse(programm), noch_einmal).status_code == 302
    assert formulardaten(admin_client.get(adresse(programm)))[feld] == "Von mir"


@pytest.mark.parametrize(
    ("feld", "nebenan", "hier", "anzeige"),
    [
        ("datum", "1.2.2022", "1.3.2022", "„01.02.2022“"),
        ("status", "archiviert", "veroeffentlicht", "„archiviert“"),
        ("programmpunkte-1-beginn", "10:15", "10:30", "„10:15“"),
    ],
)
def test_ueberholte_angabe_wird_lesbar_genannt(admin_client, programm, feld, nebenan, hier, anzeige):
    daten = formulardaten(admin_client.get(adresse(programm)))
    admin_client.post(adresse(programm), daten | {feld: nebenan})
    assert anzeige in fehler(admin_client.post(adresse(programm), daten | {feld: hier}))


@pytest.mark.parametrize("modell", [Vortrag, Arbeitsgruppe])
@pytest.mark.parametrize("wert", ["9" * 20, "9" * 4400, "-1", "abc", "\x00", "²"])
def test_unsinnige_konferenz_beim_hinzufuegen_bricht_nichts(admin_client, modell, wert):
    KonferenzFactory()
    ansicht = adresse(modell, "add")
    assert admin_client.get(ansicht, {"konferenz": wert, "vortragende": wert}).status_code == 200
    meldung = fehler(senden(admin_client, modell, "add", konferenz=wert, titel="x"))
    assert "gültige Auswahl" in meldung or "Nullzeichen" in meldung


# Talks and slides


def test_vortrag_in_seiner_konferenz_erhaelt_adresse_und_stelle(admin_client):
    konferenz = KonferenzFactory()
    VortragFactory(konferenz=konferenz)
    antwort = senden(admin_client, konferenz, vortraege__1__titel="Köpfe & Hände")
    assert antwort.status_code == 302
    vortrag = konferenz.vortraege.get(titel="Köpfe & Hände")
    assert (vortrag.slug, vortrag.position) == ("koepfe-haende", 2)


def test_zwei_neue_vortraege_mit_gleicher_adresse_werden_abgelehnt(admin_client):
    konferenz = VortragFactory().konferenz
    daten = formulardaten(admin_client.get(adresse(konferenz)))
    daten |= {
        "vortraege-TOTAL_FORMS": "3",
        "vortraege-1-titel": "Eins",
        "vortraege-1-slug": "gleich",
        "vortraege-2-titel": "Zwei",
        "vortraege-2-slug": "gleich",
    }
    antwort = admin_client.post(adresse(konferenz), daten)
    assert "Ein Vortrag dieser Konferenz hat diese Adresse schon." in fehler(antwort)


def test_einzeln_hinzugefuegter_vortrag_kommt_hinter_den_letzten(admin_client):
    konferenz = VortragFactory().konferenz
    antwort = senden(admin_client, Vortrag, "add", konferenz=konferenz.pk, titel="Neu")
    assert antwort.status_code == 302
    assert konferenz.vortraege.get(titel="Neu").position == 2


def test_umziehender_vortrag_kommt_in_der_neuen_konferenz_hinter_den_letzten(admin_client):
    ziel = VortragFactory().konferenz
    vortrag = VortragFactory()
    VortragFactory(konferenz=vortrag.konferenz)
    assert senden(admin_client, vortrag, konferenz=ziel.pk, slug="anders").status_code == 302
    vortrag.refresh_from_db()
    assert (vortrag.konferenz, vortrag.position) == (ziel, 2)


@pytest.mark.parametrize("fabrik", [VortragFactory, ArbeitsgruppeFactory])
def test_auswahl_bietet_nur_programmpunkte_der_eigenen_konferenz(admin_client, fabrik):
    objekt = fabrik()
    eigener = ProgrammpunktFactory(konferenz=objekt.konferenz)
    fremder = ProgrammpunktFactory()
    feld = admin_client.get(adresse(objekt)).context["adminform"].form.fields["programmpunkt"]
    assert list(feld.queryset) == [eigener]
    antwort = senden(admin_client, objekt, programmpunkt=fremder.pk)
    assert "Bitte eine gültige Auswahl treffen" in fehler(antwort)
    assert senden(admin_client, objekt, programmpunkt=eigener.pk).status_code == 302


@pytest.mark.parametrize("modell", [Vortrag, Arbeitsgruppe])
def test_auswahl_nennt_beim_hinzufuegen_die_konferenz_der_programmpunkte(admin_client, modell):
    punkt = ProgrammpunktFactory()
    antwort = admin_client.get(adresse(modell, "add"))
    assert f"{punkt.konferenz}: {punkt}" in antwort.content.decode()


def bilddatei(name="diagramm.png", format_="PNG", groesse=(8, 6)):
    puffer = BytesIO()
    Image.new("1" if groesse > (8, 6) else "RGB", groesse).save(puffer, format_)
    return SimpleUploadedFile(name, puffer.getvalue(), "image/png")


@pytest.fixture
def medien(tmp_path):
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


def test_folie_nimmt_ein_bild_mit_beschreibung_an(admin_client, medien):
    folie = FolieFactory()
    antwort = senden(
        admin_client,
        folie.vortrag,
        folien__0__bild=bilddatei(),
        folien__0__bildbeschreibung="Ein Balkendiagramm",
    )
    assert antwort.status_code == 302
    folie.refresh_from_db()
    assert folie.bild.name == "folien/diagramm.png"


@pytest.mark.parametrize(
    ("datei", "meldung"),
    [
        (bilddatei(), "Bildbeschreibung. Wählen Sie die Datei danach bitte noch einmal aus."),
        (bilddatei(format_="TIFF"), "PNG, JPEG, GIF oder WebP"),
        (bilddatei(groesse=(8000, 5001)), "mehr als 40 Millionen Bildpunkte"),
        (SimpleUploadedFile("gross.png", b"x" * (20 * 1024 * 1024 + 1)), "größer als 20 MB"),
        (SimpleUploadedFile("a.png", b"\x89PNG kaputt"), "Bitte ein gültiges Bild hochladen."),
        (SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "gültiges Bild"),
        (SimpleUploadedFile("leer.png", b""), "Datei ist leer"),
        (bilddatei("x" * 200 + ".png"), "höchstens 100 Zeichen"),
    ],
    ids=["ohne Beschreibung", "TIFF", "viele Punkte", "viele Bytes", "kaputt", "SVG", "leer", "langer Name"],
)
def test_untaugliches_bild_wird_auf_deutsch_abgelehnt(admin_client, medien, datei, meldung):
    folie = FolieFactory()
    datei.seek(0)
    beschreibung = "" if "Bildbeschreibung" in meldung else "Ein Diagramm"
    antwort = senden(
        admin_client, folie.vortrag, folien__0__bild=datei, folien__0__bildbeschreibung=beschreibung
    )
    assert meldung in fehler(antwort)
    assert not list(medien.rglob("*.png"))


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP"])
def test_gespeichertes_bild_ist_aus_dem_formular_erreichbar(admin_client, medien, format_):
    folie = FolieFactory()
    bild = bilddatei(f"bild.{format_.lower()}", format_)
    neu = {"folien__0__bild": bild, "folien__0__bildbeschreibung": "Ein Diagramm"}
    assert senden(admin_client, folie.vortrag, **neu).status_code == 302
    link = reverse("bild_der_folie", args=[folie.vortrag.konferenz.slug, folie.vortrag.slug, folie.pk])
    for objekt in (folie, folie.vortrag):
        assert f'<a href="{link}">' in admin_client.get(adresse(objekt)).content.decode()
    assert admin_client.get(link).status_code == 200


def test_bildbeschreibung_ohne_bild_wird_abgelehnt(admin_client):
    folie = FolieFactory()
    for objekt, name in ((folie.vortrag, "folien__0__bildbeschreibung"), (folie, "bildbeschreibung")):
        assert "Zur Bildbeschreibung fehlt das Bild." in fehler(senden(admin_client, objekt, **{name: "x"}))


# Pages, persons, imports


def test_zwei_textseiten_an_einer_stelle_werden_abgelehnt(admin_client):
    konferenz = TextseiteFactory().konferenz
    zweite = TextseiteFactory(konferenz=konferenz)
    assert "Auf dieser Seite des Hefts steht schon" in fehler(senden(admin_client, zweite, seite="1"))
    assert fehler(senden(admin_client, konferenz, textseiten__1__seite="1"))


def test_moderierende_person_ist_vor_dem_loeschen_geschuetzt(admin_client):
    moderation = ModerationFactory()
    antwort = admin_client.get(adresse(moderation.person, "delete"))
    assert "geschützt" in antwort.content.decode()
    admin_client.post(adresse(moderation.person, "delete"), {"post": "yes"})
    assert Person.objects.filter(pk=moderation.person.pk).exists()


def test_vorhandene_person_wird_kein_zweites_mal_angelegt(admin_client):
    person = PersonFactory()
    antwort = senden(
        admin_client,
        Person,
        "add",
        vorname=person.vorname,
        nachname=person.nachname,
        organisation=person.organisation,
        ort=person.ort,
    )
    assert "Diese Person gibt es schon." in fehler(antwort)


def test_importstand_ist_nur_lesbar(admin_client):
    stand = ImportstandFactory(stand={"titel": "Ü"})
    assert "&quot;titel&quot;: &quot;Ü&quot;" in admin_client.get(adresse(stand)).content.decode()
    assert admin_client.get(adresse(stand, "add")).status_code == 403
    assert admin_client.post(adresse(stand, "change"), {"quelle": "x"}).status_code == 403
    assert admin_client.post(adresse(stand, "delete"), {"post": "yes"}).status_code == 403


# History


def test_frueherer_stand_kehrt_an_der_jetzigen_stelle_zurueck(admin_client, programm):
    punkt = programm.programmpunkte.get(titel="Grußwort")
    senden(admin_client, punkt, titel="Grusswort")
    senden(admin_client, programm, programmpunkte__0__position="2", programmpunkte__0__beginn="10:00")
    anfang = punkt.history.last()
    ansicht = reverse("admin:konferenz_programmpunkt_simple_history", args=[punkt.pk, anfang.pk])
    daten = formulardaten(admin_client.get(ansicht)) | {"beginn": "10:00"}
    assert admin_client.post(ansicht, daten).status_code == 302
    assert titel(programm) == [(1, "Vortrag"), (2, "Grußwort"), (3, "Pause")]


def test_geloeschter_programmpunkt_kehrt_am_ende_zurueck(admin_client, programm):
    punkt = programm.programmpunkte.get(titel="Pause")
    punkt.beginn = time(15)
    punkt.save()
    pk = punkt.pk
    punkt.delete()
    anfang = Programmpunkt.history.filter(id=pk, history_type="~").first()
    ansicht = reverse("admin:konferenz_programmpunkt_simple_history", args=[pk, anfang.pk])
    assert admin_client.post(ansicht, formulardaten(admin_client.get(ansicht))).status_code == 302
    assert titel(programm) == [(1, "Grußwort"), (2, "Vortrag"), (3, "Pause")]


@pytest.mark.parametrize(
    ("fabrik", "eltern"),
    [
        (ProgrammpunktFactory, "konferenz"),
        (FolieFactory, "vortrag"),
        (ArbeitsgruppeFactory, "konferenz"),
        (ModerationFactory, "arbeitsgruppe"),
        (AbschnittFactory, "arbeitsgruppe"),
        (AeusserungFactory, "abschnitt"),
    ],
)
def test_frueherer_stand_ohne_eltern_verweist_auf_diese(admin_client, fabrik, eltern):
    objekt = fabrik()
    meta, pk, version = objekt._meta, objekt.pk, objekt.history.first().pk
    getattr(objekt, eltern).delete()
    ansicht = reverse(f"admin:{meta.app_label}_{meta.model_name}_simple_history", args=[pk, version])
    for antwort in (admin_client.get(ansicht, follow=True), admin_client.post(ansicht, {}, follow=True)):
        assert antwort.status_code == 200
        assert "Stellen Sie zuerst" in antwort.content.decode()


@pytest.mark.parametrize("wert", ["abc", "9" * 30, "0"])
def test_unsinnige_adresse_im_verlauf_fuehrt_ins_leere(admin_client, wert):
    punkt = ProgrammpunktFactory()
    for args in ([punkt.pk, wert], [wert, 1]):
        ansicht = reverse("admin:konferenz_programmpunkt_simple_history", args=args)
        assert admin_client.get(ansicht).status_code == 404


def test_verlauf_ist_deutsch_und_ohne_stilangaben_im_html(admin_client):
    konferenz = KonferenzFactory()
    senden(admin_client, konferenz, titel="Neuer Titel")
    inhalt = admin_client.get(adresse(konferenz, "history")).content.decode()
    assert "Neuer Titel</ins>" in inhalt
    assert "2 Einträge" in inhalt
    assert "style=" not in inhalt
    for englisch in ("Changes", "Change reason", "Comment"):
        assert englisch not in inhalt


# Signing in


def test_anmeldung_ist_nach_fuenf_falschen_passwoertern_gesperrt(client):
    benutzer = BenutzerFactory(mitarbeit=True)
    for _ in range(5):
        antwort = client.post(reverse("admin:login"), {"username": benutzer.username, "password": "falsch"})
    assert antwort.status_code == 429
    assert "Anmeldung vorübergehend gesperrt" in antwort.content.decode()


@pytest.mark.parametrize("seite", ["change", "delete"])
@pytest.mark.parametrize("modell", [Konferenz, User])
def test_leeres_feld_in_der_adresse_ist_kein_fehler(organisation, modell, seite: str) -> None:
    KonferenzFactory()
    objekt = modell.objects.latest("pk")
    adresse = reverse(f"admin:{modell._meta.label_lower.replace('.', '_')}_{seite}", args=[objekt.pk])
    assert organisation.get(f"{adresse}?_to_field=").status_code < 500
