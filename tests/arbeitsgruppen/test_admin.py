"""The administration of the groups."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    KonferenzFactory,
    ModerationFactory,
    PersonFactory,
)
from tests.formular import formulardaten
from tests.konferenz.test_admin import adresse, fehler, senden, werte

pytestmark = pytest.mark.django_db


@pytest.fixture
def abschnitt():
    """Return a heading with the entries a, b, c; b has the sub-points x and y."""
    abschnitt = AbschnittFactory()
    for text in "abc":
        AeusserungFactory(abschnitt=abschnitt, text=text)
    for text in "xy":
        AeusserungFactory(uebergeordnet=Aeusserung.objects.get(text="b"), text=text)
    return abschnitt


# The rows of the form: a, b, x, y, c and an empty one.
A, B, X, Y, C, LEER = (f"aeusserungen__{n}__" for n in range(6))


def stand(abschnitt):
    """Return the statements as a reader sees them, sub-points in brackets behind theirs."""
    teile = []
    for n, eintrag in enumerate(abschnitt.aeusserungen.eintraege().order_by("position"), 1):
        assert eintrag.position == n
        unterpunkte = list(eintrag.unterpunkte.order_by("position"))
        assert [u.position for u in unterpunkte] == list(range(1, len(unterpunkte) + 1))
        teile.append(eintrag.text + (f"({''.join(u.text for u in unterpunkte)})" if unterpunkte else ""))
    return " ".join(teile)


def pk(text):
    return Aeusserung.objects.get(text=text).pk


# Statements in the form of their heading


def test_unterpunkte_stehen_im_formular_hinter_ihrer_aeusserung(admin_client, abschnitt):
    formset = admin_client.get(adresse(abschnitt)).context["inline_admin_formsets"][0].formset
    assert [form.instance.text for form in formset.initial_forms] == ["a", "b", "x", "y", "c"]


@pytest.mark.parametrize(
    ("eingaben", "ergebnis"),
    [
        pytest.param({}, "a b(xy) c", id="nichts"),
        pytest.param({f"{A}position": "2", f"{B}position": "1"}, "b(xy) a c", id="tausch"),
        pytest.param({f"{C}position": "1"}, "c a b(xy)", id="nach oben"),
        pytest.param({f"{A}position": "3"}, "b(xy) c a", id="nach unten"),
        pytest.param({f"{A}position": ""}, "b(xy) c a", id="leer"),
        pytest.param({f"{LEER}text": "n"}, "a b(xy) c n", id="neu am Ende"),
        pytest.param({f"{LEER}text": "n", f"{LEER}position": "2"}, "a n b(xy) c", id="neu dazwischen"),
        pytest.param({f"{X}position": "2"}, "a b(yx) c", id="Unterpunkte getauscht"),
        pytest.param({f"{A}DELETE": "on"}, "b(xy) c", id="geloescht"),
        pytest.param({f"{X}DELETE": "on"}, "a b(y) c", id="Unterpunkt geloescht"),
        pytest.param(
            {f"{B}DELETE": "on", f"{X}DELETE": "on", f"{Y}DELETE": "on"}, "a c", id="alle geloescht"
        ),
        pytest.param({f"{X}uebergeordnet": ""}, "a b(y) c x", id="Unterpunkt wird Eintrag"),
        pytest.param(
            {f"{X}uebergeordnet": "", f"{X}position": "3"}, "a b(y) x c", id="Unterpunkt wird dritter Eintrag"
        ),
        pytest.param({f"{C}uebergeordnet": "b"}, "a b(xyc)", id="Eintrag wird Unterpunkt"),
        pytest.param({f"{X}uebergeordnet": "a"}, "a(x) b(y) c", id="Unterpunkt zieht um"),
        pytest.param(
            {f"{LEER}text": "n", f"{LEER}uebergeordnet": "b", f"{LEER}position": "1"},
            "a b(nxy) c",
            id="neuer Unterpunkt vorn",
        ),
        pytest.param(
            {f"{B}DELETE": "on", f"{X}uebergeordnet": "", f"{Y}uebergeordnet": "a"},
            "a(y) c x",
            id="Eintrag geloescht, Unterpunkte gerettet",
        ),
    ],
)
def test_aeusserungen_ordnen_sich_nach_den_getippten_nummern(admin_client, abschnitt, eingaben, ergebnis):
    eingaben = {
        name: pk(wert) if name.endswith("uebergeordnet") and wert else wert for name, wert in eingaben.items()
    }
    kennungen = dict(Aeusserung.objects.values_list("text", "kennung"))
    assert senden(admin_client, abschnitt, **eingaben).status_code == 302
    assert stand(abschnitt) == ergebnis
    for text, kennung in Aeusserung.objects.values_list("text", "kennung"):
        assert kennungen.get(text, kennung) == kennung


@pytest.mark.parametrize(
    ("eingaben", "meldung"),
    [
        pytest.param({f"{B}uebergeordnet": "a"}, "die selbst kein Unterpunkt ist", id="mit Unterpunkten"),
        pytest.param({f"{A}uebergeordnet": "x"}, "gültige Auswahl", id="unter einen Unterpunkt"),
        pytest.param({f"{A}uebergeordnet": "a"}, "die selbst kein Unterpunkt ist", id="unter sich selbst"),
        pytest.param({f"{A}uebergeordnet": "fremd"}, "gültige Auswahl", id="in anderem Abschnitt"),
        pytest.param(
            {f"{A}uebergeordnet": "c", f"{C}uebergeordnet": "b"}, "selbst ein Unterpunkt wird", id="Kette"
        ),
        pytest.param(
            {f"{A}uebergeordnet": "c", f"{C}uebergeordnet": "a"}, "selbst ein Unterpunkt wird", id="Kreis"
        ),
        pytest.param({f"{B}DELETE": "on"}, "die gelöscht werden soll", id="Eltern geloescht"),
        pytest.param(
            {f"{A}uebergeordnet": "c", f"{C}DELETE": "on"}, "die gelöscht werden soll", id="unter Geloeschte"
        ),
        pytest.param({f"{X}neue_seite": "on"}, "kann keine neue Seite beginnen", id="neue Seite"),
        pytest.param({f"{A}text": ""}, "zwingend erforderlich", id="leer"),
        pytest.param({f"{A}text": " \r\n\t "}, "zwingend erforderlich", id="nur Leerraum"),
        pytest.param({f"{A}text": "a\x00b"}, "Nullzeichen sind nicht erlaubt.", id="NUL"),
        pytest.param({f"{A}position": "-3"}, "größer oder gleich 0", id="negative Nummer"),
    ],
)
def test_ungueltige_aeusserungen_werden_auf_deutsch_abgelehnt_und_aendern_nichts(
    admin_client, abschnitt, eingaben, meldung
):
    AeusserungFactory(text="fremd")
    eingaben = {name: pk(wert) if name.endswith("uebergeordnet") else wert for name, wert in eingaben.items()}
    assert meldung in fehler(senden(admin_client, abschnitt, **eingaben))
    assert stand(abschnitt) == "a b(xy) c"
    assert Aeusserung.history.count() == 6


def test_inzwischen_hinzugefuegter_unterpunkt_wird_nicht_ungesehen_geloescht(admin_client, abschnitt):
    daten = formulardaten(admin_client.get(adresse(abschnitt)))
    AeusserungFactory(uebergeordnet_id=pk("a"), abschnitt=abschnitt, text="neu", position=1)
    antwort = admin_client.post(adresse(abschnitt), daten | {"aeusserungen-0-DELETE": "on"})
    assert "die gelöscht werden soll" in fehler(antwort)


def test_inzwischen_geloeschte_aeusserung_haelt_das_speichern_nicht_auf(admin_client, abschnitt):
    daten = formulardaten(admin_client.get(adresse(abschnitt)))
    senden(admin_client, abschnitt, **{f"{zeile}DELETE": "on" for zeile in (B, X, Y)})
    antwort = admin_client.post(adresse(abschnitt), daten | {"aeusserungen-5-text": "n"})
    assert antwort.status_code == 302
    assert stand(abschnitt) == "a c n"


def test_inzwischen_geloeschte_aeusserung_laesst_sich_noch_einmal_loeschen(admin_client, abschnitt):
    daten = formulardaten(admin_client.get(adresse(abschnitt)))
    Aeusserung.objects.get(text="a").delete()
    antwort = admin_client.post(adresse(abschnitt), daten | {"aeusserungen-0-DELETE": "on"})
    assert antwort.status_code == 302
    assert stand(abschnitt) == "b(xy) c"


def test_inzwischen_umgezogene_aeusserung_wird_nicht_verdoppelt(admin_client, abschnitt):
    daten = formulardaten(admin_client.get(adresse(abschnitt)))
    ziel = AbschnittFactory(arbeitsgruppe=abschnitt.arbeitsgruppe)
    senden(admin_client, Aeusserung.objects.get(text="a"), abschnitt=ziel.pk)
    antwort = admin_client.post(adresse(abschnitt), daten | {"aeusserungen-0-text": "a!"})
    assert "„a!“ steht inzwischen an anderer Stelle" in fehler(antwort)


def test_umgeordnete_aeusserung_behaelt_den_inzwischen_berichtigten_text(admin_client, abschnitt):
    daten = formulardaten(admin_client.get(adresse(abschnitt)))
    senden(admin_client, abschnitt, **{f"{A}text": "A"})
    assert admin_client.post(adresse(abschnitt), daten | {"aeusserungen-0-position": "2"}).status_code == 302
    assert stand(abschnitt) == "b(xy) A c"


def test_inzwischen_geaenderte_reihenfolge_bleibt_bestehen(admin_client, abschnitt):
    daten = formulardaten(admin_client.get(adresse(abschnitt)))
    senden(admin_client, abschnitt, **{f"{C}position": "1"})
    antwort = admin_client.post(adresse(abschnitt), daten | {"aeusserungen-0-text": "a!"})
    assert antwort.status_code == 302
    assert stand(abschnitt) == "c a! b(xy)"


def test_unveraenderte_aeusserungen_bleiben_beim_speichern_ohne_spur(admin_client):
    abschnitt = AbschnittFactory()
    texte = ["zwei\nZeilen", "  innen   bleibt\tes ", "\nLeerzeile vorn", "CR\r\nLF", "ﬁ „ß“ \u00a0 e\u0301"]
    aeusserungen = [AeusserungFactory(abschnitt=abschnitt, text=text) for text in texte]
    vorher = [werte(a) for a in aeusserungen]
    assert senden(admin_client, abschnitt).status_code == 302
    for aeusserung, alt in zip(aeusserungen, vorher, strict=True):
        aeusserung.refresh_from_db()
        assert werte(aeusserung) == alt
        assert aeusserung.history.count() == 1
    assert abschnitt.history.count() == 1


def test_bearbeitete_aeusserung_behaelt_leerraum_und_schreibung(admin_client, abschnitt):
    text = "Sprach-\r\nkurse  mit „Fehlern”\u00a0–\te\u0301"
    senden(admin_client, abschnitt, **{f"{A}text": text})
    assert Aeusserung.objects.filter(text=text.replace("\r\n", "\n")).exists()


def test_verlauf_enthaelt_nur_aeusserungen_deren_text_oder_nummer_sich_geaendert_hat(
    admin_client, admin_user, abschnitt
):
    senden(admin_client, abschnitt, **{f"{LEER}text": "n", f"{LEER}position": "2", f"{C}text": "c!"})
    verlauf = Aeusserung.history.filter(history_user=admin_user)
    assert sorted((eintrag.text, eintrag.position, eintrag.history_type) for eintrag in verlauf) == [
        ("b", 3, "~"),
        ("c!", 4, "~"),
        ("n", 2, "+"),
    ]
    assert verlauf.values("vorgang").distinct().count() == 1
    assert set(verlauf.values_list("history_change_reason", flat=True)) == {"Verwaltung"}


def test_verlauf_nennt_geloeschte_aeusserung_und_unterpunkte_je_einmal(admin_client, abschnitt):
    weg = {f"{zeile}DELETE": "on" for zeile in (B, X, Y)}
    senden(admin_client, abschnitt, **weg)
    geloescht = Aeusserung.history.filter(history_type="-").values_list("text", flat=True)
    assert sorted(geloescht) == ["b", "x", "y"]


def test_abschnitt_braucht_fuer_viele_aeusserungen_so_viele_abfragen_wie_fuer_wenige(admin_client):
    def abfragen(anzahl):
        abschnitt = AbschnittFactory()
        eltern = AeusserungFactory.create_batch(anzahl, abschnitt=abschnitt)
        AeusserungFactory.create_batch(anzahl, uebergeordnet=eltern[0])
        with CaptureQueriesContext(connection) as erfasst:
            admin_client.get(adresse(abschnitt))
        return len(erfasst)

    assert abfragen(1) == abfragen(20)


def test_speichern_braucht_fuer_viele_unveraenderte_aeusserungen_so_viele_abfragen_wie_fuer_wenige(
    admin_client,
):
    def abfragen(anzahl):
        abschnitt = AbschnittFactory()
        eltern = AeusserungFactory.create_batch(anzahl, abschnitt=abschnitt)
        AeusserungFactory.create_batch(anzahl, uebergeordnet=eltern[0])
        daten = formulardaten(admin_client.get(adresse(abschnitt)))
        with CaptureQueriesContext(connection) as erfasst:
            antwort = admin_client.post(adresse(abschnitt), daten | {"aeusserungen-0-text": "Neu"})
        assert antwort.status_code == 302
        return len(erfasst)

    assert abfragen(1) == abfragen(20)


def test_abschnitt_mit_zweihundert_aeusserungen_laesst_sich_speichern(admin_client):
    abschnitt = AbschnittFactory()
    AeusserungFactory.create_batch(200, abschnitt=abschnitt)
    letzte = abschnitt.aeusserungen.last()
    antwort = senden(admin_client, abschnitt, aeusserungen__199__position="1")
    assert antwort.status_code == 302
    letzte.refresh_from_db()
    assert letzte.position == 1


# Groups


def test_moderierende_tauschen_ihre_stellen(admin_client):
    gruppe = ArbeitsgruppeFactory()
    erste, zweite = ModerationFactory.create_batch(2, arbeitsgruppe=gruppe)
    tausch = {"moderationen__0__position": "2", "moderationen__1__position": "1"}
    assert senden(admin_client, gruppe, **tausch).status_code == 302
    assert list(gruppe.moderationen.all()) == [zweite, erste]


def test_dieselbe_person_zweimal_im_formular_wird_abgelehnt(admin_client):
    gruppe, person = ArbeitsgruppeFactory(), PersonFactory()
    daten = formulardaten(admin_client.get(adresse(gruppe)))
    daten |= {
        "moderationen-TOTAL_FORMS": "2",
        "moderationen-0-person": person.pk,
        "moderationen-1-person": person.pk,
        "moderationen-1-position": "",
        "moderationen-1-angabe": "Stadt Ulm",
    }
    meldung = fehler(admin_client.post(adresse(gruppe), daten))
    assert "Diese Person moderiert die Arbeitsgruppe schon." in meldung


def test_bereits_moderierende_person_wird_abgelehnt(admin_client):
    moderation = ModerationFactory()
    antwort = senden(admin_client, moderation.arbeitsgruppe, moderationen__1__person=moderation.person.pk)
    assert "Diese Person moderiert die Arbeitsgruppe schon." in fehler(antwort)


def test_abschnitte_werden_in_ihrer_gruppe_hinzugefuegt_und_geordnet(admin_client):
    gruppe = ArbeitsgruppeFactory()
    AbschnittFactory.create_batch(2, arbeitsgruppe=gruppe)
    neu = {"abschnitte__2__ueberschrift": "Zuerst", "abschnitte__2__position": "1"}
    assert senden(admin_client, gruppe, **neu).status_code == 302
    assert [(a.position, a.ueberschrift) for a in gruppe.abschnitte.all()] == [
        (1, "Zuerst"),
        (2, "Was läuft gut?"),
        (3, "Wo hakt es?"),
    ]


def test_gruppe_wird_in_ihrer_konferenz_hinzugefuegt(admin_client):
    konferenz = KonferenzFactory()
    daten = formulardaten(admin_client.get(adresse(konferenz)))
    daten |= {
        "arbeitsgruppen-TOTAL_FORMS": "1",
        "arbeitsgruppen-0-nummer": "1",
        "arbeitsgruppen-0-titel": "Wohnen",
        "arbeitsgruppen-0-status": "in_bearbeitung",
    }
    assert admin_client.post(adresse(konferenz), daten).status_code == 302
    assert konferenz.arbeitsgruppen.get().titel == "Wohnen"


@pytest.mark.parametrize(
    ("felder", "meldung"),
    [
        ({"nummer": "2"}, "Diese Konferenz hat schon eine Arbeitsgruppe mit dieser Nummer."),
        ({"nummer": "0"}, "Die Nummern der Arbeitsgruppen beginnen mit 1."),
        ({"nummer": "9" * 30}, "kleiner oder gleich"),
        ({"titel": ""}, "zwingend erforderlich"),
    ],
)
def test_ungueltige_gruppe_wird_auf_deutsch_abgelehnt(admin_client, felder, meldung):
    gruppe = ArbeitsgruppeFactory()
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz)
    assert meldung in fehler(senden(admin_client, gruppe, **felder))


def test_zwei_gruppen_tauschen_ihre_nummern(admin_client):
    konferenz = KonferenzFactory()
    erste, zweite = ArbeitsgruppeFactory.create_batch(2, konferenz=konferenz)
    tausch = {"arbeitsgruppen__0__nummer": "2", "arbeitsgruppen__1__nummer": "1"}
    assert senden(admin_client, konferenz, **tausch).status_code == 302
    assert list(konferenz.arbeitsgruppen.order_by("nummer")) == [zweite, erste]
    assert [g.nummer for g in erste.history.all()] == [2, 1]


def test_gruppe_erhaelt_die_nummer_einer_geloeschten(admin_client):
    konferenz = KonferenzFactory()
    erste, _ = ArbeitsgruppeFactory.create_batch(2, konferenz=konferenz)
    neu = {"arbeitsgruppen__0__nummer": "2", "arbeitsgruppen__1__DELETE": "on"}
    assert senden(admin_client, konferenz, **neu).status_code == 302
    assert [(g.pk, g.nummer) for g in konferenz.arbeitsgruppen.all()] == [(erste.pk, 2)]


@pytest.mark.parametrize(
    ("nummer", "meldung"),
    [("2", "Zwei Arbeitsgruppen haben die Nummer 2."), ("0", "beginnen mit 1")],
)
def test_untaugliche_nummer_einer_gruppe_wird_in_der_konferenz_abgelehnt(admin_client, nummer, meldung):
    konferenz = KonferenzFactory()
    ArbeitsgruppeFactory.create_batch(2, konferenz=konferenz)
    neu = {"arbeitsgruppen__2__nummer": nummer, "arbeitsgruppen__2__titel": "Wohnen"}
    assert meldung in fehler(senden(admin_client, konferenz, **neu))


def test_gruppe_braucht_fuer_viele_abschnitte_so_viele_abfragen_wie_fuer_einen(admin_client):
    def abfragen(anzahl):
        gruppe = ArbeitsgruppeFactory()
        AbschnittFactory.create_batch(anzahl, arbeitsgruppe=gruppe)
        with CaptureQueriesContext(connection) as erfasst:
            admin_client.get(adresse(gruppe))
        return len(erfasst)

    assert abfragen(1) == abfragen(10)


# Headings and statements for themselves


def test_einzeln_hinzugefuegter_abschnitt_kommt_hinter_den_letzten(admin_client):
    gruppe = AbschnittFactory().arbeitsgruppe
    antwort = senden(admin_client, Abschnitt, "add", arbeitsgruppe=gruppe.pk, ueberschrift="Neu")
    assert antwort.status_code == 302
    assert gruppe.abschnitte.get(ueberschrift="Neu").position == 2


def test_abschnitt_wird_samt_erster_aeusserung_hinzugefuegt(admin_client):
    gruppe = ArbeitsgruppeFactory()
    felder = {"arbeitsgruppe": gruppe.pk, "ueberschrift": "Neu", "aeusserungen__0__text": "Erste"}
    assert senden(admin_client, Abschnitt, "add", **felder).status_code == 302
    assert stand(gruppe.abschnitte.get()) == "Erste"


def test_abschnitt_zieht_nur_in_gruppen_seiner_konferenz_um(admin_client):
    abschnitt = AbschnittFactory()
    nachbar = AbschnittFactory(
        arbeitsgruppe=ArbeitsgruppeFactory(konferenz=abschnitt.arbeitsgruppe.konferenz)
    ).arbeitsgruppe
    fremd = ArbeitsgruppeFactory()
    assert "gültige Auswahl" in fehler(senden(admin_client, abschnitt, arbeitsgruppe=fremd.pk))
    assert senden(admin_client, abschnitt, arbeitsgruppe=nachbar.pk).status_code == 302
    abschnitt.refresh_from_db()
    assert (abschnitt.arbeitsgruppe, abschnitt.position) == (nachbar, 2)


def test_aeusserung_zieht_samt_unterpunkten_in_einen_anderen_abschnitt(admin_client, abschnitt):
    ziel = AbschnittFactory(arbeitsgruppe=abschnitt.arbeitsgruppe)
    AeusserungFactory(abschnitt=ziel, text="z")
    assert senden(admin_client, Aeusserung.objects.get(text="b"), abschnitt=ziel.pk).status_code == 302
    assert stand(ziel) == "z b(xy)"


def test_unterpunkt_zieht_nicht_ohne_seine_aeusserung_um(admin_client, abschnitt):
    ziel = AbschnittFactory(arbeitsgruppe=abschnitt.arbeitsgruppe)
    unterpunkt = Aeusserung.objects.get(text="x")
    antwort = senden(admin_client, unterpunkt, abschnitt=ziel.pk)
    assert "gehört zu einer Äußerung desselben Abschnitts" in fehler(antwort)
    assert senden(admin_client, unterpunkt, abschnitt=ziel.pk, uebergeordnet="").status_code == 302
    assert stand(ziel) == "x"


def test_aeusserung_mit_unterpunkten_wird_kein_unterpunkt(admin_client, abschnitt):
    antwort = senden(admin_client, Aeusserung.objects.get(text="b"), uebergeordnet=pk("a"))
    assert "die selbst kein Unterpunkt ist" in fehler(antwort)


def test_berichtigte_aeusserung_behaelt_ihre_stelle(admin_client, abschnitt):
    assert senden(admin_client, Aeusserung.objects.get(text="b"), text="B").status_code == 302
    assert stand(abschnitt) == "a B(xy) c"


def test_kennung_ist_sichtbar_aber_nicht_aenderbar(admin_client):
    aeusserung = AeusserungFactory()
    assert aeusserung.kennung in admin_client.get(adresse(aeusserung)).content.decode()
    senden(admin_client, aeusserung, kennung="anders", text="Neuer Text")
    kennung = aeusserung.kennung
    aeusserung.refresh_from_db()
    assert (aeusserung.kennung, aeusserung.text) == (kennung, "Neuer Text")


def test_geloeschte_aeusserung_kehrt_mit_ihrer_kennung_zurueck(admin_client, abschnitt):
    aeusserung = Aeusserung.objects.get(text="a")
    schluessel, kennung = aeusserung.pk, aeusserung.kennung
    aeusserung.delete()
    stand_vorher = Aeusserung.history.get(id=schluessel, history_type="+")
    ansicht = reverse("admin:arbeitsgruppen_aeusserung_simple_history", args=[schluessel, stand_vorher.pk])
    assert admin_client.post(ansicht, formulardaten(admin_client.get(ansicht))).status_code == 302
    wieder = Aeusserung.objects.get(text="a")
    assert (wieder.kennung, wieder.position) == (kennung, 4)


@pytest.mark.parametrize("suche", ["Kinderbetreuung", "KENNUNG"])
def test_aeusserung_wird_nach_text_und_kennung_gefunden(admin_client, suche):
    gesucht = AeusserungFactory(text="Sprachkurse mit Kinderbetreuung fehlen")
    AeusserungFactory(text="Wohnraum fehlt")
    q = gesucht.kennung if suche == "KENNUNG" else suche
    gefunden = admin_client.get(adresse(Aeusserung, "changelist"), {"q": q}).context["cl"].queryset
    assert list(gefunden) == [gesucht]


def test_aeusserungen_werden_nach_konferenz_und_gruppe_gefiltert(admin_client):
    gesucht = AeusserungFactory()
    gruppe = gesucht.abschnitt.arbeitsgruppe
    AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=gruppe.konferenz)
    AeusserungFactory()
    liste = adresse(Aeusserung, "changelist")
    konferenz = {"abschnitt__arbeitsgruppe__konferenz__id__exact": gruppe.konferenz.pk}
    antwort = admin_client.get(liste, konferenz)
    assert antwort.context["cl"].result_count == 2
    assert "Nach Arbeitsgruppe" in antwort.content.decode()
    antwort = admin_client.get(liste, konferenz | {"gruppe": gruppe.pk})
    assert list(antwort.context["cl"].queryset) == [gesucht]


@pytest.mark.parametrize("feld", ["kategorie", "herkunft"])
def test_aeusserungen_werden_nach_ihrem_abschnitt_gefiltert(admin_client, feld):
    gesucht = AeusserungFactory(
        abschnitt__kategorie=Abschnitt.Kategorie.HAKT, abschnitt__herkunft=Abschnitt.Herkunft.RUECKBLICK
    )
    AeusserungFactory()
    filter_ = {f"abschnitt__{feld}__exact": getattr(gesucht.abschnitt, feld)}
    antwort = admin_client.get(adresse(Aeusserung, "changelist"), filter_)
    assert list(antwort.context["cl"].queryset) == [gesucht]


@pytest.mark.parametrize("wert", ["abc", "-1", "9" * 30, "\x00", ""])
@pytest.mark.parametrize("name", ["gruppe", "abschnitt__arbeitsgruppe__konferenz__id__exact"])
def test_unsinniger_filter_bricht_nichts(admin_client, name, wert):
    AeusserungFactory.create_batch(2)
    antwort = admin_client.get(adresse(Aeusserung, "changelist"), {name: wert}, follow=True)
    assert antwort.status_code == 200


def test_liste_der_gruppen_zaehlt_aeusserungen_ohne_unterpunkte(admin_client, abschnitt):
    (gruppe,) = admin_client.get(adresse(Arbeitsgruppe, "changelist")).context["cl"].queryset
    assert gruppe.eintraege == 3


def test_aeusserung_laesst_sich_nicht_einzeln_hinzufuegen(admin_client):
    assert admin_client.get(adresse(Aeusserung, "add")).status_code == 403


def test_auszeichnung_in_einer_aeusserung_erscheint_als_text(admin_client):
    abschnitt = AbschnittFactory()
    AeusserungFactory.create_batch(2, abschnitt=abschnitt, text='<script>alert("1")</script>')
    inhalt = admin_client.get(adresse(abschnitt)).content.decode()
    assert "<script>alert" not in inhalt
    assert "1. &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</option>" in inhalt
