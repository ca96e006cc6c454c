"""What was deleted, and how it comes back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.models import (
    Abschnitt,
    Aeusserung,
    Arbeitsgruppe,
    Kommentar,
    Moderation,
    Quelldatei,
    Thema,
    Themenentscheidung,
)
from arbeitsgruppen.papierkorb import eintrag_von, papierkorb
from arbeitsgruppen.wiederherstellen import Hindernis, wiederherstellen
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.models import Folie, Konferenz, Notiz, Person, Programmpunkt, Textseite, Vortrag
from konferenz.verlauf import vorgang
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    KommentarFactory,
    KonferenzFactory,
    ModerationFactory,
    NotizFactory,
    PersonFactory,
    ProgrammpunktFactory,
    QuelldateiFactory,
    TextseiteFactory,
    ThemaFactory,
    ThemenentscheidungFactory,
    VortragFactory,
)
from tests.konferenz.test_admin import adresse, werte
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db


def inhalt():
    """Return everything there is: each row with all its values, and whom rows name."""
    modelle = (
        Konferenz,
        Programmpunkt,
        Vortrag,
        Folie,
        Textseite,
        Notiz,
        Person,
        Arbeitsgruppe,
        Moderation,
        Abschnitt,
        Aeusserung,
        Kommentar,
        Quelldatei,
        Thema,
        Themenentscheidung,
    )
    zeilen = {(m.__name__, o.pk): werte(o) for m in modelle for o in m._base_manager.all()}
    vortragende = {v.pk: sorted(v.vortragende.values_list("pk", flat=True)) for v in Vortrag.objects.all()}
    konten = {g.pk: sorted(g.konten.values_list("pk", flat=True)) for g in Arbeitsgruppe.objects.all()}
    return zeilen, vortragende, konten


def im_korb(modell, pk):
    eintrag = eintrag_von(modell, pk)
    assert eintrag is not None
    return eintrag


def zurueck(modell, pk):
    objekt = wiederherstellen(im_korb(modell, pk))
    assert unverzeichnetes() == []
    return objekt


def texte(abschnitt):
    return "".join(abschnitt.aeusserungen.eintraege().order_by("position").values_list("text", flat=True))


@pytest.fixture
def abschnitt():
    abschnitt = AbschnittFactory()
    for text in "abcde":
        AeusserungFactory(abschnitt=abschnitt, text=text)
    return abschnitt


def loeschen(text):
    """Delete a statement and close the gap, as the pages do."""
    zeile = Aeusserung.objects.get(text=text)
    with vorgang("Erfassung"):
        schluessel, bereich = zeile.pk, {"abschnitt": zeile.abschnitt, "uebergeordnet": zeile.uebergeordnet}
        zeile.delete()
        for nummer, andere in enumerate(Aeusserung.objects.filter(**bereich).order_by("position"), 1):
            if andere.position != nummer:
                andere.position = nummer
                andere.save()
    return schluessel


@pytest.fixture
def konferenz():
    """Return a conference with everything that one can have."""
    konferenz = KonferenzFactory(veroeffentlicht=True)
    punkt = ProgrammpunktFactory(konferenz=konferenz)
    vortrag = VortragFactory(
        konferenz=konferenz, programmpunkt=punkt, vortragende=PersonFactory.create_batch(2)
    )
    FolieFactory.create_batch(2, vortrag=vortrag, mit_bild=True)
    TextseiteFactory(konferenz=konferenz)
    NotizFactory(konferenz=konferenz)
    for gruppe in ArbeitsgruppeFactory.create_batch(2, konferenz=konferenz, programmpunkt=punkt):
        gruppe.konten.add(BenutzerFactory())
        ModerationFactory.create_batch(2, arbeitsgruppe=gruppe)
        QuelldateiFactory(arbeitsgruppe=gruppe)
        KommentarFactory(arbeitsgruppe=gruppe)
        for abschnitt in AbschnittFactory.create_batch(2, arbeitsgruppe=gruppe):
            eintraege = AeusserungFactory.create_batch(3, abschnitt=abschnitt)
            AeusserungFactory.create_batch(2, uebergeordnet=eintraege[1])
            KommentarFactory(arbeitsgruppe=gruppe, aeusserung=eintraege[1])
            ThemenentscheidungFactory(aeusserung=eintraege[1], gehoert_dazu=False)
    return konferenz


# Coming back


@pytest.mark.parametrize("text", "abcde")
def test_geloeschte_aeusserung_kehrt_mit_kennung_an_ihre_alte_stelle_zurueck(abschnitt, text):
    zeile = Aeusserung.objects.get(text=text)
    kennung, pk = zeile.kennung, loeschen(text)
    assert text not in texte(abschnitt)
    objekt = zurueck(Aeusserung, pk)
    assert (objekt.pk, objekt.kennung) == (pk, kennung)
    assert texte(abschnitt) == "abcde"
    assert objekt.history.all()[0].history_change_reason == "Wiederhergestellt"


def test_alle_einzeln_geloeschten_kehren_in_jeder_reihenfolge_an_ihre_stelle_zurueck(abschnitt):
    schluessel = {text: loeschen(text) for text in "bdace"}
    for text in "cebad":
        zurueck(Aeusserung, schluessel[text])
    assert texte(abschnitt) == "abcde"


def test_in_der_verwaltung_geloeschte_kehrt_in_ihre_luecke_zurueck(admin_client, abschnitt):
    zeile = Aeusserung.objects.get(text="c")
    admin_client.post(adresse(zeile, "delete"), {"post": "yes"})
    zurueck(Aeusserung, zeile.pk)
    assert texte(abschnitt) == "abcde"


def test_ohne_ihre_frueheren_nachbarn_steht_sie_am_ende(abschnitt):
    pk = loeschen("c")
    for text in "abde":
        loeschen(text)
    AeusserungFactory(abschnitt=abschnitt, text="x")
    zurueck(Aeusserung, pk)
    assert texte(abschnitt) == "xc"


def test_aeusserung_kehrt_mit_ihren_unterpunkten_zurueck(abschnitt):
    eltern = Aeusserung.objects.get(text="c")
    for text in "xyz":
        AeusserungFactory(uebergeordnet=eltern, text=text)
    vorher = inhalt()
    pk = loeschen("c")
    assert im_korb(Aeusserung, pk).umfang == "3 Äußerungen"
    zurueck(Aeusserung, pk)
    assert inhalt() == vorher


def test_frueher_geloeschter_unterpunkt_bleibt_geloescht(abschnitt):
    eltern = Aeusserung.objects.get(text="c")
    for text in "xy":
        AeusserungFactory(uebergeordnet=eltern, text=text)
    loeschen("x")
    zurueck(Aeusserung, loeschen("c"))
    assert [punkt.text for punkt in eltern.unterpunkte.all()] == ["y"]


def test_unterpunkt_folgt_seiner_aeusserung_in_ihren_neuen_abschnitt(abschnitt):
    eltern = Aeusserung.objects.get(text="c")
    AeusserungFactory(uebergeordnet=eltern, text="x")
    pk = loeschen("x")
    ziel = AbschnittFactory(arbeitsgruppe=abschnitt.arbeitsgruppe)
    eltern.abschnitt, eltern.position = ziel, 1
    eltern.save()
    assert zurueck(Aeusserung, pk).abschnitt == ziel


def test_unterpunkt_steht_neben_seiner_aeusserung_wenn_die_selbst_einer_wurde(abschnitt):
    eltern, oben = Aeusserung.objects.get(text="c"), Aeusserung.objects.get(text="a")
    AeusserungFactory(uebergeordnet=eltern, text="x")
    pk = loeschen("x")
    eltern.uebergeordnet, eltern.position = oben, 1
    eltern.save()
    assert zurueck(Aeusserung, pk).uebergeordnet == oben
    assert [p.text for p in oben.unterpunkte.order_by("position")] == ["c", "x"]


@pytest.mark.parametrize("modell", [Konferenz, Arbeitsgruppe, Vortrag, Abschnitt])
def test_ganzes_kehrt_mit_allem_zurueck_was_mit_ihm_geloescht_wurde(konferenz, modell):
    vorher = inhalt()
    objekt = modell._base_manager.all()[0]
    schluessel = objekt.pk
    objekt.delete()
    assert inhalt() != vorher
    zurueck(modell, schluessel)
    assert inhalt() == vorher


def test_programmpunkt_hat_nach_der_rueckkehr_wieder_seine_gruppen_und_vortraege(konferenz):
    vorher = inhalt()
    punkt = Programmpunkt.objects.get()
    schluessel = punkt.pk
    punkt.delete()
    assert not Arbeitsgruppe.objects.exclude(programmpunkt=None).exists()
    zurueck(Programmpunkt, schluessel)
    assert inhalt() == vorher


def test_kommentar_haengt_nach_der_rueckkehr_wieder_an_seiner_aeusserung(konferenz):
    kommentar = Kommentar.objects.exclude(aeusserung=None)[0]
    aeusserung = kommentar.aeusserung
    assert aeusserung
    pk = aeusserung.pk
    aeusserung.delete()
    kommentar.refresh_from_db()
    assert kommentar.aeusserung is None
    zurueck(Aeusserung, pk)
    kommentar.refresh_from_db()
    assert kommentar.aeusserung_id == pk


@pytest.mark.parametrize("zuerst", [Aeusserung, Thema])
def test_entscheidung_kehrt_zurueck_sobald_es_beide_wieder_gibt(zuerst):
    entscheidung = ThemenentscheidungFactory(gehoert_dazu=False)
    vorher = inhalt()
    aeusserung, thema = entscheidung.aeusserung, entscheidung.thema
    schluessel = {Aeusserung: aeusserung.pk, Thema: thema.pk}
    aeusserung.delete()
    thema.delete()
    zurueck(zuerst, schluessel.pop(zuerst))
    assert not Themenentscheidung.objects.exists()
    zurueck(*schluessel.popitem())
    assert inhalt() == vorher


def test_thema_kehrt_mit_seinen_entscheidungen_zurueck_aber_nicht_mit_zurueckgenommenen():
    thema = ThemaFactory()
    zurueckgenommen, entscheidung = ThemenentscheidungFactory.create_batch(2, thema=thema)
    zurueckgenommen.delete()
    schluessel = thema.pk
    thema.delete()
    assert [eintrag.art for eintrag in papierkorb()] == ["Thema"]
    zurueck(Thema, schluessel)
    assert list(Themenentscheidung.objects.all()) == [entscheidung]


def test_thema_dessen_adresse_vergeben_ist_weicht_aus_und_dessen_name_vergeben_ist_bleibt():
    thema = ThemaFactory(titel="Wohnen", slug="w" * 60)
    schluessel = thema.pk
    thema.delete()
    anderes = ThemaFactory(titel="Wohnen", slug="w" * 60)
    with pytest.raises(Hindernis, match="dieses Namens"):
        zurueck(Thema, schluessel)
    anderes.titel = "Wohnraum"
    anderes.save()
    assert zurueck(Thema, schluessel).slug == "w" * 55 + "-2"


def test_in_der_verwaltung_geloeschte_konferenz_kehrt_mit_allem_zurueck(admin_client, konferenz):
    vorher = inhalt()
    admin_client.post(adresse(konferenz, "delete"), {"post": "yes"})
    assert not Konferenz.objects.exists()
    zurueck(Konferenz, konferenz.pk)
    assert inhalt() == vorher


def test_vergebene_nummer_und_adresse_weichen_aus(konferenz):
    gruppe, slug, nummern = Arbeitsgruppe.objects.all()[0], konferenz.slug, [2, 3]
    schluessel = gruppe.pk
    gruppe.delete()
    ArbeitsgruppeFactory(konferenz=konferenz, nummer=1)
    assert zurueck(Arbeitsgruppe, schluessel).nummer == nummern[1]
    schluessel = konferenz.pk
    konferenz.delete()
    KonferenzFactory(slug=slug)
    assert zurueck(Konferenz, schluessel).slug == f"{slug}-2"


def test_was_zu_geloeschtem_gehoert_nennt_was_zuerst_zurueck_muss(abschnitt):
    pk = loeschen("c")
    schluessel = abschnitt.pk
    abschnitt.delete()
    with pytest.raises(Hindernis, match="Abschnitt „Was läuft gut") as hindernis:
        zurueck(Aeusserung, pk)
    zuerst = hindernis.value.zuerst
    assert zuerst
    assert (zuerst.modell, zuerst.zeile.id) == (Abschnitt, schluessel)
    abschnitt = zurueck(Abschnitt, schluessel)
    assert texte(abschnitt) == "abde"
    zurueck(Aeusserung, pk)
    assert texte(abschnitt) == "abcde"


def test_moderation_braucht_ihre_person(konferenz):
    moderation = Moderation.objects.all()[0]
    person, schluessel = moderation.person, moderation.pk
    moderation.delete()
    person.vortraege.clear()
    person.delete()
    with pytest.raises(Hindernis, match="Stellen Sie zuerst das wieder her") as hindernis:
        zurueck(Moderation, schluessel)
    assert hindernis.value.zuerst
    nummer = hindernis.value.zuerst.zeile.id
    zurueck(Person, nummer)
    assert zurueck(Moderation, schluessel).person_id == nummer


def test_moderation_die_es_wieder_gibt_kehrt_nicht_doppelt_zurueck(konferenz):
    moderation = Moderation.objects.all()[0]
    person, gruppe, schluessel = moderation.person, moderation.arbeitsgruppe, moderation.pk
    moderation.delete()
    ModerationFactory(arbeitsgruppe=gruppe, person=person)
    vorher = inhalt()
    with pytest.raises(Hindernis, match="moderiert die Arbeitsgruppe schon"):
        zurueck(Moderation, schluessel)
    assert inhalt() == vorher


def test_wiederhergestelltes_liegt_nicht_mehr_im_papierkorb(abschnitt):
    pk = loeschen("c")
    eintrag = im_korb(Aeusserung, pk)
    wiederherstellen(eintrag)
    assert papierkorb() == []
    with pytest.raises(Hindernis, match="schon wieder da"):
        wiederherstellen(eintrag)


def test_zweimal_geloeschtes_liegt_einmal_im_papierkorb(abschnitt):
    zurueck(Aeusserung, loeschen("c"))
    loeschen("c")
    assert [eintrag.name for eintrag in papierkorb()] == ["c"]


def test_aeusserung_deren_kennung_wieder_lebt_liegt_nicht_im_papierkorb(abschnitt):
    kennung = Aeusserung.objects.get(text="c").kennung
    loeschen("c")
    AeusserungFactory(abschnitt=abschnitt, kennung=kennung)
    assert papierkorb() == []


def test_zeilen_ohne_vorgang_gehoeren_nach_zeit_und_konto_zusammen(konferenz):
    Themenentscheidung.objects.all().delete()  # of the time without them
    vorher = inhalt()
    gruppe = Arbeitsgruppe.objects.all()[0]
    schluessel = gruppe.pk
    gruppe.delete()
    for modell in (Arbeitsgruppe, Moderation, Abschnitt, Aeusserung, Kommentar, Quelldatei):
        modell.history.filter(history_type="-").update(vorgang=None)
    zurueck(Arbeitsgruppe, schluessel)
    assert inhalt() == vorher


def test_papierkorb_zeigt_neunzig_tage(abschnitt):
    loeschen("c")
    verlauf = Aeusserung.history.filter(history_type="-")
    verlauf.update(history_date=timezone.now() - timedelta(days=89, hours=23))
    assert len(papierkorb()) == 1
    verlauf.update(history_date=timezone.now() - timedelta(days=90, minutes=1))
    assert papierkorb() == []


# The pages


def angemeldet(rolle=None, *gruppen):
    konto = BenutzerFactory(rolle=rolle)
    konto.arbeitsgruppen.set(gruppen)
    client = Client()
    client.force_login(konto)
    return client


def der_gruppe(gruppe):
    return reverse("papierkorb", args=[gruppe.pk])


def knopf(modell, pk):
    return reverse("wiederherstellen", args=[modell._meta.model_name, pk])


@pytest.mark.parametrize(
    ("rolle", "eigene", "status", "sieht", "darf"),
    [
        (ORGANISATION, False, "freigegeben", True, True),
        (MODERATION, True, "in_bearbeitung", True, True),
        (MODERATION, True, "zur_pruefung", True, False),
        (MODERATION, False, "in_bearbeitung", True, False),
        (MINISTERIUM, False, "in_bearbeitung", True, False),
        (None, False, "in_bearbeitung", False, False),
    ],
)
def test_wer_den_papierkorb_der_gruppe_sieht_und_wer_daraus_holt(
    abschnitt, rolle, eigene, status, sieht, darf
):
    gruppe = abschnitt.arbeitsgruppe
    Arbeitsgruppe.objects.update(status=status)
    pk = loeschen("c")
    client = angemeldet(rolle, *[gruppe] if eigene else [])
    antwort = client.get(der_gruppe(gruppe))
    assert antwort.status_code == (200 if sieht else 403)
    assert (knopf(Aeusserung, pk) in antwort.content.decode()) == darf
    assert client.post(knopf(Aeusserung, pk)).status_code == (302 if darf else 403)
    assert Aeusserung.objects.filter(pk=pk).exists() == darf


def test_moderation_stellt_keine_moderation_und_keine_gruppe_wieder_her(abschnitt):
    gruppe = abschnitt.arbeitsgruppe
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    moderation = ModerationFactory(arbeitsgruppe=gruppe)
    pk = moderation.pk
    moderation.delete()
    client = angemeldet(MODERATION, gruppe)
    assert knopf(Moderation, pk) not in client.get(der_gruppe(gruppe)).content.decode()
    assert client.post(knopf(Moderation, pk)).status_code == 403
    schluessel = gruppe.pk
    gruppe.delete()
    assert client.post(knopf(Arbeitsgruppe, schluessel)).status_code == 403


def test_in_einer_archivierten_konferenz_kommt_nichts_zurueck(admin_client, konferenz):
    gruppe = konferenz.arbeitsgruppen.all()[0]
    aeusserung, moderation = Aeusserung.objects.all()[0], gruppe.moderationen.all()[0]
    knoepfe = [knopf(Aeusserung, aeusserung.pk), knopf(Moderation, moderation.pk)]
    aeusserung.delete()
    moderation.delete()
    konferenz.status = Konferenz.Status.ARCHIVIERT
    konferenz.save()
    seite = admin_client.get(der_gruppe(gruppe)).content.decode()
    for adresse_ in knoepfe:
        assert adresse_ not in seite
        assert admin_client.post(adresse_).status_code == 403


def test_anonyme_kommen_zur_anmeldung(client, abschnitt):
    pk = loeschen("c")
    for antwort in (
        client.get(der_gruppe(abschnitt.arbeitsgruppe)),
        client.get(reverse("papierkorb_gesamt")),
        client.post(knopf(Aeusserung, pk)),
    ):
        assert antwort.status_code == 302
        assert antwort.url.startswith(reverse("admin:login"))
    assert not Aeusserung.objects.filter(pk=pk).exists()


@pytest.mark.parametrize("rolle", [MODERATION, MINISTERIUM, None])
def test_den_papierkorb_fuer_alles_sieht_nur_die_organisation(rolle):
    assert angemeldet(rolle).get(reverse("papierkorb_gesamt")).status_code == 403
    assert angemeldet(ORGANISATION).get(reverse("papierkorb_gesamt")).status_code == 200


def test_papierkorb_nennt_was_wer_und_wie_viel(admin_client, abschnitt):
    AeusserungFactory(uebergeordnet=Aeusserung.objects.get(text="c"), text="<x>")
    admin_client.post(adresse(Aeusserung.objects.get(text="c"), "delete"), {"post": "yes"})
    inhalt = admin_client.get(der_gruppe(abschnitt.arbeitsgruppe)).content.decode()
    assert "dazu 1 Äußerung" in inhalt
    assert "von admin (Verwaltung)" in inhalt
    assert "&lt;x&gt;" in inhalt


def test_ein_klick_stellt_die_konferenz_wieder_her_und_sagt_wie_viel(admin_client, konferenz):
    vorher = inhalt()
    schluessel = konferenz.pk
    konferenz.delete()
    seite = admin_client.get(reverse("papierkorb_gesamt")).content.decode()
    assert knopf(Konferenz, schluessel) in seite
    antwort = admin_client.post(knopf(Konferenz, schluessel), {"von": "gesamt"}, follow=True)
    assert "Wiederhergestellt: Konferenz" in antwort.content.decode()
    assert "20 Äußerungen" in antwort.content.decode()
    assert inhalt() == vorher


def test_hindernis_wird_gesagt_und_der_erste_schritt_angeboten(admin_client, abschnitt):
    pk = loeschen("c")
    gruppe, schluessel = abschnitt.arbeitsgruppe, abschnitt.pk
    abschnitt.delete()
    seite = admin_client.get(der_gruppe(gruppe)).content.decode()
    assert seite.count(knopf(Abschnitt, schluessel)) == 2  # its own button, and that of what waits for it
    assert knopf(Aeusserung, pk) not in seite
    antwort = admin_client.post(knopf(Aeusserung, pk), follow=True)
    assert "Stellen Sie zuerst das wieder her" in antwort.content.decode()


@pytest.mark.parametrize("art", ["aeusserung", "user", "gibtesnicht"])
def test_was_nicht_im_papierkorb_liegt_laesst_sich_nicht_holen(admin_client, art):
    antwort = admin_client.post(reverse("wiederherstellen", args=[art, 4711]), follow=True)
    if art == "aeusserung":
        assert "liegt nicht (mehr) im Papierkorb" in antwort.content.decode()
    else:
        assert antwort.status_code == 404


def test_wiederherstellen_geht_nur_mit_post(admin_client, abschnitt):
    pk = loeschen("c")
    assert admin_client.get(knopf(Aeusserung, pk)).status_code == 405


def test_papierkorb_braucht_fuer_viel_so_viele_abfragen_wie_fuer_wenig(admin_client, abschnitt):
    def abfragen():
        with CaptureQueriesContext(connection) as erfasst:
            assert admin_client.get(der_gruppe(abschnitt.arbeitsgruppe)).status_code == 200
        return len(erfasst)

    loeschen("a")
    ModerationFactory(arbeitsgruppe=abschnitt.arbeitsgruppe).delete()
    wenig = abfragen()
    for _ in range(5):
        ModerationFactory(arbeitsgruppe=abschnitt.arbeitsgruppe).delete()
        weiterer = AbschnittFactory(arbeitsgruppe=abschnitt.arbeitsgruppe)
        AeusserungFactory.create_batch(3, abschnitt=weiterer)
        weiterer.delete()
    assert abfragen() == wenig
