"""What changed in a group, as its history tells it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Moderation
from arbeitsgruppen.verlauf import Gruppenverlauf, zeilenverlauf
from arbeitsgruppen.wortlaut import als_erfassungsfehler_anerkennen
from arbeitsgruppen.zusammenfuehren import Ort, Stand, Zeile
from konferenz.verlauf import vorgang
from konferenz.wortunterschied import Art
from tests import vorlage
from tests.arbeitsgruppen.test_ruecknahme import gruppe, mit_text, ohne, stand_von, umschreiben_zu, zeile
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    ModerationFactory,
    PersonFactory,
)
from tests.konferenz.test_admin import senden

pytestmark = pytest.mark.django_db

__all__ = ["gruppe"]  # the fixture


def gezeigt(stuecke):
    klammern = {Art.GLEICH: "{}", Art.WEG: "[-{}-]", Art.NEU: "[+{}+]"}
    return "".join(klammern[art].format(text) for art, text in stuecke)


def neueste(gruppe, anzahl=1):
    """Return the newest Vorgänge of a group, filled."""
    verlauf = Gruppenverlauf(gruppe)
    vorgaenge = verlauf.vorgaenge()[:anzahl]
    verlauf.ausfuellen(vorgaenge)
    return vorgaenge


def worte(gruppe):
    """Return what happened in the newest Vorgang, a line for each row."""
    (vorgang,) = neueste(gruppe)
    return [
        f"{a.was}: {', '.join(a.geschehen)}: {gezeigt(a.text)}"
        + "".join(f"; {angabe.name} {gezeigt(angabe.stuecke)}" for angabe in a.angaben)
        for a in vorgang.aenderungen
    ]


# What is told


def test_geaenderter_text_zeigt_die_worte(gruppe):
    mit_text(gruppe, "a", "a und mehr")
    assert worte(gruppe) == ["Äußerung: geändert: a[+ und mehr+]"]


def test_vorgang_nennt_wer_wann_und_auf_welchem_weg(admin_client, admin_user, gruppe):
    senden(admin_client, zeile("a"), text="A!")
    (vorgang,) = neueste(gruppe)
    assert (vorgang.konto, vorgang.weg) == (admin_user, "Verwaltung")
    assert timezone.now() - vorgang.ende < timedelta(minutes=1)
    (aenderung,) = vorgang.aenderungen
    assert (aenderung.ort, aenderung.kennung) == ("„Was läuft gut?“", zeile("A!").kennung)


def test_neues_und_geloeschtes_steht_mit_seinem_text_da(gruppe):
    stand = stand_von(gruppe)
    kopf = next(iter(stand.koepfe))
    umschreiben_zu(gruppe, Stand(stand.koepfe, stand.zeilen | {"neu": Zeile("n", Ort(kopf))}))
    assert worte(gruppe) == ["Äußerung: neu: [+n+]"]
    ohne(gruppe, "b")
    assert worte(gruppe) == [
        "Äußerung: gelöscht: [-b-]",
        "Unterpunkt: gelöscht: [-x-]",
        "Unterpunkt: gelöscht: [-y-]",
    ]


def test_wer_nur_nachrueckt_hat_sich_nicht_geaendert(gruppe):
    ohne(gruppe, "a")
    assert worte(gruppe) == ["Äußerung: gelöscht: [-a-]"]


def test_umgestelltes_steht_da_und_woran_es_vorbeizog_nicht(gruppe):
    stand = stand_von(gruppe)
    kennung = zeile("c").kennung
    umschreiben_zu(gruppe, Stand(stand.koepfe, {kennung: stand.zeilen[kennung]} | stand.zeilen))
    assert worte(gruppe) == ["Äußerung: umgestellt: c"]


def test_verschobenes_nennt_beide_stellen(gruppe):
    stand = stand_von(gruppe)
    hakt = list(stand.koepfe)[1]
    a, d = zeile("a").kennung, zeile("d").kennung
    umschreiben_zu(gruppe, Stand(stand.koepfe, stand.zeilen | {a: Zeile("a", Ort(hakt))}))
    assert worte(gruppe) == ["Äußerung: verschoben: a; Stelle [-„Was läuft gut?“-][+„Wo hakt es?“+]"]
    stand = stand_von(gruppe)
    umschreiben_zu(gruppe, Stand(stand.koepfe, stand.zeilen | {a: Zeile("a", Ort(eltern=d))}))
    assert worte(gruppe) == [
        "Unterpunkt: verschoben: a; Stelle [-„Wo hakt es?“-][+„Wo hakt es?“, unter „d“+]"
    ]


def test_abschnitte_werden_umbenannt_eingeordnet_und_umgestellt(gruppe):
    stand = stand_von(gruppe)
    gut, hakt = stand.koepfe
    umschreiben_zu(gruppe, Stand({hakt: stand.koepfe[hakt], gut: stand.koepfe[gut]}, stand.zeilen))
    assert [z.split(":")[:2] for z in worte(gruppe)] == [["Abschnitt", " umgestellt"]]
    kopf = gruppe.abschnitte.get(pk=gut)
    kopf.ueberschrift, kopf.kategorie = "Was läuft sehr gut?", Abschnitt.Kategorie.HAKT
    kopf.save()
    assert worte(gruppe) == ["Abschnitt: umbenannt: Was läuft [+sehr +]gut?; Kategorie [-läuft gut-][+hakt+]"]
    with vorgang("Probe"):
        kopf.delete()
    assert worte(gruppe)[0] == "Abschnitt: gelöscht: [-Was läuft sehr gut?-]"
    assert len(worte(gruppe)) == 6


def test_stand_texte_und_konten_der_gruppe(gruppe):
    gruppe.status = Arbeitsgruppe.Status.FREIGEGEBEN
    gruppe.save()
    assert worte(gruppe) == [
        "Arbeitsgruppe: geändert: ; Stand der Erfassung [-in Bearbeitung-][+freigegeben+]"
    ]
    gruppe.fragestellung = "Was läuft gut, und was würde helfen?"
    gruppe.save()
    assert "[-wo hakt es, -]" in worte(gruppe)[0]
    gruppe.konten.add(BenutzerFactory(username="ayse"))
    assert worte(gruppe) == ["Arbeitsgruppe: geändert: ; Konten der Moderation [+ayse+]"]


def test_moderation_kommt_wechselt_und_geht(gruppe):
    person = PersonFactory(vorname="Ayşe", nachname="Weiß", titel="")
    moderation = ModerationFactory(arbeitsgruppe=gruppe, person=person, angabe="FaFo")
    assert worte(gruppe) == ["Moderation: neu: [+Ayşe Weiß, FaFo+]"]
    moderation.angabe = "Landratsamt"
    moderation.save()
    assert worte(gruppe) == ["Moderation: geändert: Ayşe Weiß, [-FaFo-][+Landratsamt+]"]
    moderation.delete()
    assert worte(gruppe) == ["Moderation: gelöscht: [-Ayşe Weiß, Landratsamt-]"]


def test_anerkannter_erfassungsfehler_steht_im_verlauf(gruppe):
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.FREIGEGEBEN)
    gruppe.refresh_from_db()
    mit_text(gruppe, "a", "A!")
    als_erfassungsfehler_anerkennen(zeile("A!"))
    assert worte(gruppe) == ["Äußerung: als Erfassungsfehler anerkannt: A!"]


def test_was_die_gruppe_verlaesst_steht_in_beiden(gruppe):
    ziel = AbschnittFactory(
        arbeitsgruppe=ArbeitsgruppeFactory(konferenz=gruppe.konferenz), ueberschrift="Dort"
    )
    d = zeile("d")
    d.abschnitt = ziel
    d.save()
    hier, dort = worte(gruppe), worte(ziel.arbeitsgruppe)
    assert "[+AG 2: " in hier[0]
    assert "„Dort“+]" in hier[0]
    assert "[-AG 1: " in dort[0]
    d.text = "D!"
    d.save()
    assert worte(gruppe) == hier
    assert worte(ziel.arbeitsgruppe) == ["Äußerung: geändert: [-d-][+D!+]"]


def test_geloeschtes_das_wiederkommt_ist_wiederhergestellt(gruppe):
    kennung, abschnitt = zeile("a").kennung, zeile("a").abschnitt
    zeile("a").delete()
    AeusserungFactory(kennung=kennung, abschnitt=abschnitt, text="a", position=9)
    assert worte(gruppe) == ["Äußerung: wiederhergestellt: [+a+]"]


def test_was_im_selben_vorgang_kam_und_ging_steht_nicht_da(gruppe):
    with vorgang("Probe"):
        AeusserungFactory(abschnitt=zeile("a").abschnitt, text="kurz").delete()
        mit_text(gruppe, "a", "a")
    assert worte(gruppe) == []


def test_ueberschrift_ist_die_von_damals(gruppe):
    mit_text(gruppe, "a", "A!")
    kopf = zeile("A!").abschnitt
    kopf.ueberschrift = "Neu"
    kopf.save()
    _, davor = neueste(gruppe, 2)
    assert davor.aenderungen[0].ort == "„Was läuft gut?“"


# Vorgänge


def test_neueste_stehen_zuerst_und_eine_anfrage_ist_ein_vorgang(admin_client, gruppe):
    senden(admin_client, zeile("a").abschnitt, aeusserungen__0__text="A!", aeusserungen__1__text="B!")
    senden(admin_client, zeile("d"), text="D!")
    erster, zweiter = neueste(gruppe, 2)
    assert [a.kennung for a in erster.aenderungen] == [zeile("D!").kennung]
    assert len(zweiter.aenderungen) == 2
    assert erster.ende > zweiter.ende


def test_zeilen_ohne_vorgang_stehen_nach_konto_und_minute_zusammen(gruppe):
    konto = BenutzerFactory()
    wann = timezone.now().replace(second=10) - timedelta(hours=1)
    for modell in (Arbeitsgruppe, Abschnitt, Aeusserung):
        modell.history.update(vorgang=None, history_user=None, history_date=wann, history_change_reason=None)
    Aeusserung.history.filter(text="d").update(history_user=konto)
    Aeusserung.history.filter(text="c").update(history_date=wann + timedelta(minutes=1))
    vorgaenge = neueste(gruppe, 5)
    assert [len(v.aenderungen) for v in sorted(vorgaenge, key=lambda v: len(v.aenderungen))] == [1, 1, 7]
    assert not any(v.ruecknehmbar for v in vorgaenge)


def test_geladene_datei_ist_ein_vorgang():
    call_command("loaddata", vorlage.SLUG, verbosity=0)
    gruppe = Arbeitsgruppe.objects.get(nummer=3)
    vorgaenge = neueste(gruppe, 5)
    assert sum(a.was == "Äußerung" for v in vorgaenge for a in v.aenderungen) == 72
    assert {v.weg for v in vorgaenge} == {"Datei geladen"}
    assert len(vorgaenge) <= 2  # a minute may end in between


def test_auswahl_nach_zeit_und_konto(admin_client, admin_user, gruppe):
    vorher = timezone.now()
    mit_text(gruppe, "a", "A!")
    senden(admin_client, zeile("c"), text="C!")
    verlauf = Gruppenverlauf(gruppe)
    assert len(verlauf.vorgaenge(seit=vorher)) == 2
    assert [v.schluessel.konto for v in verlauf.vorgaenge(konto=admin_user.pk)] == [admin_user.pk]
    assert verlauf.konten() == {admin_user.pk: admin_user}


def test_letzte_freigabe_ist_die_letzte_auch_wenn_sie_zurueckgenommen_ist(gruppe):
    verlauf = Gruppenverlauf(gruppe)
    assert verlauf.letzte_freigabe() is None
    for status in ("freigegeben", "in_bearbeitung", "freigegeben", "freigegeben", "zur_pruefung"):
        gruppe.status = status
        gruppe.save()
    freigaben = gruppe.history.filter(status="freigegeben").order_by("history_id")
    assert verlauf.letzte_freigabe() == freigaben[1].history_date


def test_fremde_gruppen_kommen_nicht_vor(gruppe):
    vorher = len(Gruppenverlauf(gruppe).vorgaenge())
    AeusserungFactory()
    ModerationFactory()
    assert len(Gruppenverlauf(gruppe).vorgaenge()) == vorher


def test_abfragen_wachsen_nicht_mit_vorgaengen_und_zeilen(gruppe):
    def abfragen():
        with CaptureQueriesContext(connection) as erfasst:
            verlauf = Gruppenverlauf(gruppe)
            verlauf.konten()
            verlauf.letzte_freigabe()
            verlauf.ausfuellen(verlauf.vorgaenge())
        return len(erfasst)

    moderation = ModerationFactory(arbeitsgruppe=gruppe)
    moderation.angabe = "FaFo"
    moderation.save()
    mit_text(gruppe, "a", "A!")
    with vorgang("Stand"):
        gruppe.status = Arbeitsgruppe.Status.FREIGEGEBEN
        gruppe.save()
        gruppe.abschnitte.all()[1].delete()
    wenige = abfragen()
    for n in range(6):
        mit_text(gruppe, "A!" if n % 2 == 0 else "a", "a" if n % 2 == 0 else "A!")
        ModerationFactory(arbeitsgruppe=gruppe)
        AeusserungFactory.create_batch(3, abschnitt=AbschnittFactory(arbeitsgruppe=gruppe))
    Moderation.objects.all()[0].delete()
    assert abfragen() == wenige


# One statement


def test_verlauf_einer_aeusserung_reicht_ueber_loeschen_und_rueckkehr(gruppe):
    kennung, abschnitt = zeile("a").kennung, zeile("a").abschnitt
    mit_text(gruppe, "a", "A!")
    ohne(gruppe, "A!")
    AeusserungFactory(kennung=kennung, abschnitt=abschnitt, text="A?", position=9)
    geschehen = [aenderung.geschehen for _, aenderung in zeilenverlauf(kennung) if aenderung]
    assert geschehen == [("wiederhergestellt",), ("gelöscht",), ("geändert",), ("neu",)]


def test_blosses_nachruecken_steht_nicht_im_verlauf_der_aeusserung(gruppe):
    kennung = zeile("c").kennung
    ohne(gruppe, "a")
    assert [aenderung is None for _, aenderung in zeilenverlauf(kennung)] == [True, False]
    assert zeilenverlauf("gibtsnicht") == []
