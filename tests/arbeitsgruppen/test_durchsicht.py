"""Looking through topics: the lists, what is stored of a page, and two people who decide at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from arbeitsgruppen.durchsicht import (
    Liste,
    Urteil,
    der_liste,
    durchzusehende,
    entscheiden,
    ohne_thema,
)
from arbeitsgruppen.models import Abschnitt, Thema, Themenentscheidung
from arbeitsgruppen.themen import Umfang, umfang
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    BenutzerFactory,
    KonferenzFactory,
    ThemaFactory,
    ThemenentscheidungFactory,
    angemeldet,
)
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db


@pytest.fixture
def thema():
    return ThemaFactory(titel="Ehrenamt", woerter="Ehrenamt")


@pytest.fixture
def abschnitt():
    return AbschnittFactory()


@pytest.fixture
def aeusserungen(thema, abschnitt):
    """Return a statement for each of the lists, by its name."""
    alle = {
        Liste.OFFEN: AeusserungFactory(abschnitt=abschnitt, text="Das Ehrenamt hilft"),
        Liste.BESTAETIGT: AeusserungFactory(abschnitt=abschnitt, text="Freiwillige helfen"),
        Liste.ABGELEHNT: AeusserungFactory(abschnitt=abschnitt, text="ohne Ehrenamt"),
        Liste.UEBRIGE: AeusserungFactory(abschnitt=abschnitt, text="Dolmetscher fehlen"),
    }
    ThemenentscheidungFactory(thema=thema, aeusserung=alle[Liste.BESTAETIGT])
    ThemenentscheidungFactory(thema=thema, aeusserung=alle[Liste.ABGELEHNT], gehoert_dazu=False)
    return alle


def urteil(thema, aeusserung):
    entscheidung = Themenentscheidung.objects.filter(thema=thema, aeusserung=aeusserung).first()
    return Urteil.von(entscheidung.gehoert_dazu if entscheidung else None)


# The lists


@pytest.mark.parametrize("liste", Liste)
def test_jede_aeusserung_steht_in_genau_einer_liste(thema, aeusserungen, liste):
    assert list(der_liste(thema, liste, durchzusehende())) == [aeusserungen[liste]]
    assert umfang([thema], durchzusehende()) == {thema.pk: Umfang(1, 1, 1, 1)}


def test_liste_laesst_sich_auf_woerter_und_konferenz_beschraenken(thema, aeusserungen, abschnitt):
    konferenz = abschnitt.arbeitsgruppe.konferenz
    andere = KonferenzFactory()
    uebrige = durchzusehende(konferenz)
    assert list(der_liste(thema, Liste.UEBRIGE, uebrige, "Dolmetscher")) == [aeusserungen[Liste.UEBRIGE]]
    assert not der_liste(thema, Liste.UEBRIGE, uebrige, "Wohnung").exists()
    assert not der_liste(thema, Liste.UEBRIGE, durchzusehende(andere)).exists()


def test_ohne_thema_ist_was_keinem_gehoert(thema, aeusserungen):
    erwartet = [aeusserungen[Liste.ABGELEHNT], aeusserungen[Liste.UEBRIGE]]
    assert list(ohne_thema([thema], durchzusehende())) == erwartet
    assert ohne_thema([], durchzusehende()).count() == 4


def test_unterpunkte_und_rueckblick_stehen_in_keiner_liste(thema):
    rueckblick = AbschnittFactory(herkunft=Abschnitt.Herkunft.RUECKBLICK)
    AeusserungFactory(abschnitt=rueckblick, text="Ehrenamt")
    AeusserungFactory(uebergeordnet=AeusserungFactory(text="x"), text="Ehrenamt")
    assert [a.text for a in durchzusehende()] == ["x"]


# Deciding


def test_entscheiden_schreibt_was_sich_aendert_als_einen_vorgang(thema, aeusserungen):
    offen, dazu, nicht, uebrig = aeusserungen.values()
    ergebnis = entscheiden(
        {
            thema: {
                offen.pk: (Urteil.OFFEN, Urteil.DAZU),
                dazu.pk: (Urteil.DAZU, Urteil.NICHT),
                nicht.pk: (Urteil.NICHT, Urteil.OFFEN),
                uebrig.pk: (Urteil.OFFEN, Urteil.OFFEN),
            }
        }
    )
    assert (ergebnis.geaendert, ergebnis.abweichend) == (3, [])
    assert [urteil(thema, a) for a in aeusserungen.values()] == ["dazu", "nicht", "offen", "offen"]
    zeilen = Themenentscheidung.history.all()[:3]
    assert {zeile.history_change_reason for zeile in zeilen} == {"Themen"}
    assert len({zeile.vorgang for zeile in zeilen}) == 1
    assert unverzeichnetes() == []


def test_wer_spaeter_entscheidet_macht_nicht_rueckgaengig_was_ein_anderer_entschied(thema, aeusserungen):
    offen, uebrig = aeusserungen[Liste.OFFEN], aeusserungen[Liste.UEBRIGE]
    entscheiden({thema: {offen.pk: (Urteil.OFFEN, Urteil.NICHT), uebrig.pk: (Urteil.OFFEN, Urteil.DAZU)}})
    # The other page was opened before that.
    ergebnis = entscheiden(
        {thema: {offen.pk: (Urteil.OFFEN, Urteil.DAZU), uebrig.pk: (Urteil.OFFEN, Urteil.DAZU)}}
    )
    assert (ergebnis.geaendert, ergebnis.abweichend) == (0, [offen])
    assert urteil(thema, offen) == Urteil.NICHT


def test_unveraenderte_zeilen_lassen_stehen_was_inzwischen_entschieden_wurde(thema, aeusserungen):
    offen = aeusserungen[Liste.OFFEN]
    entscheiden({thema: {offen.pk: (Urteil.OFFEN, Urteil.NICHT)}})
    assert entscheiden({thema: {offen.pk: (Urteil.OFFEN, Urteil.OFFEN)}}).abweichend == []
    assert urteil(thema, offen) == Urteil.NICHT


# The pages


@pytest.fixture
def organisation(db):
    return angemeldet(BenutzerFactory(rolle="Organisation"))


def seite(thema):
    return reverse("durchsicht", args=[thema.pk])


def test_seite_speichert_die_entscheidungen_und_fuehrt_zur_selben_liste(organisation, thema, aeusserungen):
    offen = aeusserungen[Liste.OFFEN]
    antwort = organisation.get(seite(thema))
    assert f'name="urteil-{offen.pk}"' in antwort.text
    assert "gefunden durch <b>Ehrenamt</b>" in antwort.text
    adresse = f"{seite(thema)}?liste=offen"
    antwort = organisation.post(adresse, {f"urteil-{offen.pk}": "nicht", f"gezeigt-{offen.pk}": "offen"})
    assert (antwort.status_code, antwort["Location"]) == (302, adresse)
    assert urteil(thema, offen) == Urteil.NICHT
    assert "In dieser Liste steht nichts" in organisation.get(adresse).text


def test_ein_knopf_bestaetigt_alle_offenen_der_seite_ausser_den_abgelehnten(organisation, thema, abschnitt):
    eine, andere = (AeusserungFactory(abschnitt=abschnitt, text=f"Ehrenamt {n}") for n in (1, 2))
    daten = {f"urteil-{eine.pk}": "offen", f"urteil-{andere.pk}": "nicht", "aktion": "alle"}
    organisation.post(seite(thema), daten)
    assert (urteil(thema, eine), urteil(thema, andere)) == (Urteil.DAZU, Urteil.NICHT)


def test_seite_nennt_was_jemand_anders_anders_entschied(organisation, thema, aeusserungen):
    dazu = aeusserungen[Liste.BESTAETIGT]
    antwort = organisation.post(
        seite(thema), {f"urteil-{dazu.pk}": "nicht", f"gezeigt-{dazu.pk}": "offen"}, follow=True
    )
    assert "Inzwischen hat jemand anders anders entschieden" in antwort.text
    assert "Freiwillige helfen" in antwort.text
    assert urteil(thema, dazu) == Urteil.DAZU


@pytest.mark.parametrize(
    "daten",
    [{"urteil-x": "dazu"}, {"urteil-99999999": "dazu"}, {"urteil-1": "quatsch"}, {"thema-1": "x"}, {}],
)
def test_was_keinen_sinn_ergibt_aendert_nichts(organisation, thema, daten):
    for adresse in (seite(thema), reverse("ohne_thema")):
        antwort = organisation.post(adresse, daten, follow=True)
        assert "Es war nichts zu ändern" in antwort.text
    assert not Themenentscheidung.objects.exists()


def test_aeusserungen_ohne_thema_bekommen_mehrere_themen_auf_einmal(organisation, thema, abschnitt):
    wohnen = ThemaFactory(titel="Wohnen", woerter="Wohnung")
    eine, andere, keine = (AeusserungFactory(abschnitt=abschnitt, text=f"x{n}") for n in range(3))
    adresse = reverse("ohne_thema")
    assert organisation.get(adresse).text.count("<select") == 4  # one of them chooses the conference
    daten = {f"thema-{eine.pk}": thema.pk, f"thema-{andere.pk}": wohnen.pk, f"thema-{keine.pk}": ""}
    assert "2 Entscheidungen sind gespeichert" in organisation.post(adresse, daten, follow=True).text
    assert (urteil(thema, eine), urteil(wohnen, andere)) == (Urteil.DAZU, Urteil.DAZU)
    assert list(ohne_thema(Thema.objects.all(), durchzusehende())) == [keine]


def test_uebersicht_zaehlt_je_thema_und_ohne_thema(organisation, thema, aeusserungen):
    text = organisation.get(reverse("themendurchsicht")).text
    assert "1 vorgeschlagen, 1 bestätigt, 1 abgelehnt" in text
    assert "Äußerungen ohne Thema: 2 von 4" in text


def test_wer_nicht_zur_organisation_gehoert_sieht_zu_und_entscheidet_nicht(thema, aeusserungen):
    moderation = angemeldet(BenutzerFactory(rolle="Moderation"))
    offen = aeusserungen[Liste.OFFEN]
    text = moderation.get(seite(thema)).text
    assert "Das Ehrenamt hilft" in text
    assert 'type="radio"' not in text
    assert moderation.post(seite(thema), {f"urteil-{offen.pk}": "dazu"}).status_code == 403
    assert urteil(thema, offen) == Urteil.OFFEN


@pytest.mark.parametrize("name", ["themendurchsicht", "ohne_thema", "durchsicht"])
def test_seiten_brauchen_fuer_viele_so_viele_abfragen_wie_fuer_wenige(organisation, thema, abschnitt, name):
    def abfragen():
        with CaptureQueriesContext(connection) as erfasst:
            adresse = reverse(name, args=[thema.pk] if name == "durchsicht" else [])
            assert organisation.get(adresse).status_code == 200
        return len(erfasst)

    for text in ("Ehrenamt", "x"):
        AeusserungFactory(abschnitt=abschnitt, text=text)
    wenige = abfragen()
    ThemaFactory.create_batch(3)
    for text in ("Ehrenamt", "x"):
        AeusserungFactory.create_batch(3, text=text)
    KonferenzFactory.create_batch(3)
    assert abfragen() == wenige
