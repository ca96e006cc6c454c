"""Taking back: exactly the earlier state, and nothing that happened since is lost unseen."""

import os
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from arbeitsgruppen.damals import geordnet
from arbeitsgruppen.erfassung import NichtErlaubt, stand_von, umschreiben
from arbeitsgruppen.importieren import importieren
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Kommentar, Themenentscheidung
from arbeitsgruppen.papierkorb import geloescht, papierkorb
from arbeitsgruppen.ruecknahme import (
    Plan,
    Ueberholt,
    Unmoeglich,
    fuer_aeusserung,
    fuer_vorgang,
    fuer_zeitpunkt,
    zuruecknehmen,
)
from arbeitsgruppen.wiederherstellen import wiederherstellen
from arbeitsgruppen.zusammenfuehren import Kopf, Ort, Stand, Zeile
from konferenz.berechtigungen import MODERATION
from konferenz.verlauf import vorgang
from tests import vorlage
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    KommentarFactory,
    ThemenentscheidungFactory,
)
from tests.konferenz.test_admin import senden
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db

LANG = bool(os.environ.get("DAUER"))
S = Arbeitsgruppe.Status


# Random sequences

ARTEN = (
    "neu",
    "unter",
    "text",
    "weg",
    "hin",
    "darunter",
    "heraus",
    "seite",
    "kopf",
    "kopf weg",
    "name",
    "köpfe",
)
TEXTE = st.sampled_from(
    ["Zeit fehlt", "Zeit fehlt uns", "Gute Zusammenarbeit", "עברית", "👩‍👧 Kinder", "x\ny", "a" * 50]
)


def veraendert(data: st.DataObject, stand: Stand) -> Stand:
    """Return the state after a random edit of what stands on a group's page."""
    art = data.draw(st.sampled_from(ARTEN))
    koepfe, zeilen, folgen = dict(stand.koepfe), dict(stand.zeilen), stand.folgen()
    eintraege = [k for k, z in zeilen.items() if not z.ort.eltern]
    if art == "kopf" or not koepfe:
        koepfe[f"neu-{len(zeilen)}-kopf"] = Kopf(data.draw(TEXTE), "hakt", "teilnehmende")
        return geordnet(koepfe, zeilen, folgen)
    kopf = data.draw(st.sampled_from(list(koepfe)))
    if art == "kopf weg":
        del koepfe[kopf]
    elif art == "name":
        koepfe[kopf] = replace(koepfe[kopf], ueberschrift=data.draw(TEXTE), kategorie="gut")
    elif art == "köpfe":
        koepfe = {k: koepfe[k] for k in data.draw(st.permutations(list(koepfe)))}
    elif art == "neu" or not eintraege:
        hier = folgen.setdefault(Ort(kopf), [])
        hier.insert(data.draw(st.integers(0, len(hier))), f"neu-{len(zeilen)}")
        zeilen[f"neu-{len(zeilen)}"] = Zeile(data.draw(TEXTE), Ort(kopf), data.draw(st.booleans()))
    else:
        k = data.draw(st.sampled_from(eintraege))
        andere = [e for e in eintraege if e != k]
        allein = Ort(eltern=k) not in folgen
        if art == "unter":
            folgen.setdefault(Ort(eltern=k), []).append(f"neu-{len(zeilen)}")
            zeilen[f"neu-{len(zeilen)}"] = Zeile(data.draw(TEXTE), Ort(eltern=k))
        elif art == "text":
            zeilen[k] = replace(zeilen[k], text=data.draw(TEXTE) + data.draw(st.sampled_from(["", "!", "."])))
        elif art == "seite":
            zeilen[k] = replace(zeilen[k], neue_seite=not zeilen[k].neue_seite)
        elif art == "weg":
            folgen[zeilen[k].ort].remove(k)
        elif art == "hin" or (art == "darunter" and not (andere and allein)):
            umziehen(data, zeilen, folgen, k, Ort(kopf))
        elif art == "darunter":
            umziehen(data, zeilen, folgen, k, Ort(eltern=data.draw(st.sampled_from(andere))))
        elif not allein:
            umziehen(data, zeilen, folgen, folgen[Ort(eltern=k)][0], Ort(kopf))
    return geordnet(koepfe, zeilen, folgen)


def umziehen(data: Any, zeilen: Any, folgen: Any, k: str, ort: Ort) -> None:
    folgen[zeilen[k].ort].remove(k)
    hier = folgen.setdefault(ort, [])
    hier.insert(data.draw(st.integers(0, len(hier))), k)
    zeilen[k] = replace(zeilen[k], ort=ort, neue_seite=zeilen[k].neue_seite and not ort.eltern)


def schritt(data: st.DataObject, gruppe: Arbeitsgruppe) -> None:
    """Change something of the group by one of the ways there are."""
    weg = data.draw(st.sampled_from(["Seite", "Seite", "Seite", "Verwaltung", "Papierkorb"]))
    if weg == "Verwaltung":
        zeilen = [*Aeusserung.objects.order_by("pk"), *Abschnitt.objects.order_by("pk")]
        if zeilen:
            with vorgang("Verwaltung"):
                data.draw(st.sampled_from(zeilen)).delete()
    elif weg == "Papierkorb":
        eintraege = [e for e in papierkorb(gruppe) if not e.davor]
        if eintraege:
            eintraege.sort(key=lambda e: (e.modellname, e.zeile.id))
            wiederherstellen(data.draw(st.sampled_from(eintraege)))
    else:
        stand = stand_von(gruppe)
        for _ in range(data.draw(st.integers(1, 3))):
            stand = veraendert(data, stand)
        with transaction.atomic(), vorgang("Erfassung"):
            umschreiben(gruppe, stand)


def schluessel() -> dict[str, int]:
    return dict(Aeusserung.objects.values_list("kennung", "pk"))


@pytest.mark.dauer
class ZufaelligeFolgenTest(TestCase):
    @settings(
        max_examples=1_000 if LANG else 30,
        derandomize=not LANG,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.data())
    def test_zuruecknehmen_fuehrt_genau_zum_frueheren_stand(self, data: st.DataObject) -> None:
        konto = BenutzerFactory(leitung=True)
        gruppe = ArbeitsgruppeFactory(status=S.IN_BEARBEITUNG)
        staende: list[tuple[datetime, Stand, dict[str, int]]] = []
        for _ in range(data.draw(st.integers(2, 7))):
            schritt(data, gruppe)
            staende.append((timezone.now(), stand_von(gruppe), schluessel()))
        wann, damals, nummern = data.draw(st.sampled_from(staende))
        ausfuehren(gruppe, konto, lambda: fuer_zeitpunkt(gruppe, konto, wann))
        assert stand_von(gruppe) == damals
        assert schluessel() == nummern
        assert unverzeichnetes() == []
        if damals != staende[-1][1]:  # and taking back that leads back
            ausfuehren(gruppe, konto, lambda: fuer_vorgang(gruppe, konto, letzter_vorgang()))
            assert stand_von(gruppe) == staende[-1][1]
            assert unverzeichnetes() == []

    @settings(max_examples=1_000 if LANG else 30, derandomize=not LANG, deadline=None, database=None)
    @given(st.data())
    def test_ein_vorgang_allein_zurueckgenommen_laesst_alles_andere_stehen(self, data: st.DataObject) -> None:
        konto = BenutzerFactory(leitung=True)
        gruppe = ArbeitsgruppeFactory(status=S.IN_BEARBEITUNG)
        kopf = AbschnittFactory(arbeitsgruppe=gruppe)
        AeusserungFactory.create_batch(3, abschnitt=kopf)
        vorher = stand_von(gruppe)
        schritt(data, gruppe)
        nummer = letzter_vorgang()
        nachher = stand_von(gruppe)
        with transaction.atomic(), vorgang("Erfassung"):
            anderer = AbschnittFactory(arbeitsgruppe=gruppe, position=99)
            AeusserungFactory(abschnitt=anderer, text="von jemand anderem")
        neues = {k: z for k, z in stand_von(gruppe).zeilen.items() if k not in nachher.zeilen}
        if vorher == nachher:
            return
        ausfuehren(gruppe, konto, lambda: fuer_vorgang(gruppe, konto, nummer))
        zurueck = stand_von(gruppe)
        assert {k: z for k, z in zurueck.zeilen.items() if k not in neues} == vorher.zeilen
        assert neues.items() <= zurueck.zeilen.items()
        assert zurueck.folgen() == vorher.folgen() | {Ort(str(anderer.pk)): list(neues)}


def letzter_vorgang() -> Any:
    zeilen = [m.history.order_by("-history_date").first() for m in (Abschnitt, Aeusserung)]
    return max((z for z in zeilen if z), key=lambda z: z.history_date).vorgang


def ausfuehren(gruppe: Arbeitsgruppe, konto: Any, planen: Any) -> Plan:
    plan = planen()
    zuruecknehmen(gruppe, konto, planen, plan.merkmal)
    return plan


# Single cases


@pytest.fixture
def organisation():
    return BenutzerFactory(leitung=True)


@pytest.fixture
def gruppe():
    """Return a group with a, b (x, y), c under one heading and d under another."""
    gruppe = ArbeitsgruppeFactory(in_bearbeitung=True)
    gut, hakt = AbschnittFactory.create_batch(2, arbeitsgruppe=gruppe)
    for text in "abc":
        AeusserungFactory(abschnitt=gut, text=text)
    for text in "xy":
        AeusserungFactory(uebergeordnet=Aeusserung.objects.get(text="b"), text=text)
    AeusserungFactory(abschnitt=hakt, text="d")
    return gruppe


def zeile(text):
    return Aeusserung.objects.get(text=text)


def bild(gruppe):
    """Return the group in a word: sub-points in brackets, headings apart."""
    teile = []
    for kopf in gruppe.abschnitte.order_by("position"):
        teil = ""
        for eintrag in kopf.aeusserungen.eintraege().order_by("position"):
            unter = "".join(eintrag.unterpunkte.order_by("position").values_list("text", flat=True))
            teil += eintrag.text + (f"({unter})" if unter else "")
        teile.append(teil)
    return " | ".join(teile)


def umschreiben_zu(gruppe, stand, weg="Erfassung"):
    with transaction.atomic(), vorgang(weg) as dieser:
        umschreiben(gruppe, stand)
    return dieser.nummer


def mit_text(gruppe, alt, neu):
    stand = stand_von(gruppe)
    k = zeile(alt).kennung
    return umschreiben_zu(gruppe, Stand(stand.koepfe, stand.zeilen | {k: replace(stand.zeilen[k], text=neu)}))


def ohne(gruppe, *texte):
    stand = stand_von(gruppe)
    weg = {k for k, z in stand.zeilen.items() if z.text in texte}
    return umschreiben_zu(
        gruppe,
        Stand(
            stand.koepfe, {k: z for k, z in stand.zeilen.items() if k not in weg and z.ort.eltern not in weg}
        ),
    )


def test_gruppe_kehrt_zu_einem_zeitpunkt_zurueck_mit_kennungen_und_schluesseln(gruppe, organisation):
    vorher, nummern = stand_von(gruppe), schluessel()
    wann = timezone.now()
    mit_text(gruppe, "a", "A!")
    ohne(gruppe, "b")
    gruppe.abschnitte.all()[0].delete()
    AbschnittFactory(arbeitsgruppe=gruppe, position=7)
    plan = ausfuehren(gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, wann))
    assert stand_von(gruppe) == vorher
    assert schluessel() == nummern
    assert bild(gruppe) == "ab(xy)c | d"
    assert {g for a in plan.aenderungen for g in a.geschehen} == {"kommt wieder", "wird gelöscht"}
    assert Aeusserung.history.all()[0].history_change_reason == "Zurückgenommen"


def test_kommentare_haengen_nach_der_ruecknahme_wieder_an_ihrer_aeusserung(gruppe, organisation):
    kommentar = KommentarFactory(arbeitsgruppe=gruppe, aeusserung=zeile("b"))
    nummer = ohne(gruppe, "b")
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer))
    assert Kommentar.objects.get(pk=kommentar.pk).aeusserung == zeile("b")


def test_zurueckgenommener_vorgang_laesst_spaetere_aenderungen_stehen(gruppe, organisation):
    nummer = mit_text(gruppe, "a", "A!")
    mit_text(gruppe, "c", "C!")
    plan = ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer))
    assert bild(gruppe) == "ab(xy)C! | d"
    assert plan.konflikte == ()
    assert [(a.kennung, a.geschehen) for a in plan.aenderungen] == [(zeile("a").kennung, ("wird geändert",))]


def test_was_seitdem_jemand_aenderte_bleibt_wenn_niemand_anders_entscheidet(gruppe, organisation):
    nummer = mit_text(gruppe, "a", "A!")
    mit_text(gruppe, "A!", "A?")
    plan = ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer))
    assert bild(gruppe) == "A?b(xy)c | d"
    (konflikt,) = plan.konflikte
    assert (konflikt.basis, konflikt.meine, konflikt.andere) == ("A!", "a", "A?")


def test_was_seitdem_jemand_aenderte_geht_auf_wunsch(gruppe, organisation):
    nummer = mit_text(gruppe, "a", "A!")
    mit_text(gruppe, "A!", "A?")
    (konflikt,) = fuer_vorgang(gruppe, organisation, nummer).konflikte
    wunsch = {konflikt.name: "meine"}
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer, wunsch))
    assert bild(gruppe) == "ab(xy)c | d"


def test_hinzugefuegtes_das_seitdem_geaendert_wurde_bleibt(gruppe, organisation):
    stand = stand_von(gruppe)
    kopf = next(iter(stand.koepfe))
    nummer = umschreiben_zu(gruppe, Stand(stand.koepfe, stand.zeilen | {"neu": Zeile("n", Ort(kopf))}))
    mit_text(gruppe, "n", "N!")
    (konflikt,) = fuer_vorgang(gruppe, organisation, nummer).konflikte
    assert (konflikt.meine, konflikt.andere) == (None, "N!")
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer))
    assert bild(gruppe) == "ab(xy)cN! | d"


def test_geloeschtes_kehrt_zwischen_seine_nachbarn_zurueck_auch_wenn_neues_dazukam(gruppe, organisation):
    nummer = ohne(gruppe, "b")
    stand = stand_von(gruppe)
    kopf = next(iter(stand.koepfe))
    umschreiben_zu(gruppe, Stand(stand.koepfe, {"neu": Zeile("n", Ort(kopf))} | stand.zeilen))
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer))
    assert bild(gruppe) == "nab(xy)c | d"


def test_zurueckgeholte_aeusserung_hat_ihre_themenentscheidungen_wieder(gruppe, organisation):
    aeusserung = Aeusserung.objects.get(text="b")
    entscheidung = ThemenentscheidungFactory(aeusserung=aeusserung, gehoert_dazu=False)
    nummer = ohne(gruppe, "b")
    assert not Themenentscheidung.objects.exists()
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer))
    assert list(Themenentscheidung.objects.all()) == [entscheidung]


def test_ruecknahme_laesst_sich_zuruecknehmen(gruppe, organisation):
    nummer = ohne(gruppe, "b")
    nachher = stand_von(gruppe)
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, nummer))
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, letzter_vorgang()))
    assert stand_von(gruppe) == nachher


def test_import_ist_ein_vorgang_den_man_je_gruppe_zuruecknimmt(organisation):
    importieren(vorlage.TEXT)
    gruppe, andere = Arbeitsgruppe.objects.filter(nummer__in=[3, 4]).order_by("nummer")
    vorher = stand_von(andere)
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, letzter_vorgang()))
    assert stand_von(gruppe) == Stand()
    assert stand_von(andere) == vorher
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, letzter_vorgang()))
    assert len([z for z in stand_von(gruppe).zeilen.values() if not z.ort.eltern]) == 72


def test_formular_der_verwaltung_ist_ein_vorgang_den_man_zuruecknimmt(admin_client, gruppe, organisation):
    vorher = stand_von(gruppe)
    kopf = zeile("a").abschnitt
    felder = {
        "aeusserungen__0__position": "3",
        "aeusserungen__1__text": "B!",
        "aeusserungen__2__DELETE": "on",
    }
    senden(admin_client, kopf, ueberschrift="Anders", **felder)
    assert bild(gruppe) == "B!(y)ca | d"
    ausfuehren(gruppe, organisation, lambda: fuer_vorgang(gruppe, organisation, letzter_vorgang()))
    assert stand_von(gruppe) == vorher


def test_stand_vor_dem_verlauf_ist_der_aelteste_der_darin_steht(gruppe, organisation):
    Aeusserung.history.update(history_type="~")
    Abschnitt.history.update(history_type="~")
    vorher = stand_von(gruppe)
    mit_text(gruppe, "a", "A!")
    ausfuehren(
        gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, datetime(2020, 1, 1).astimezone())
    )
    assert stand_von(gruppe) == vorher


def test_texte_der_gruppe_nimmt_nur_die_organisation_zurueck(gruppe, organisation):
    moderation = BenutzerFactory(rolle=MODERATION)
    gruppe.konten.add(moderation)
    wann = timezone.now()
    alt, gruppe.titel = gruppe.titel, "Neuer Titel"
    gruppe.save()
    plan = ausfuehren(gruppe, moderation, lambda: fuer_zeitpunkt(gruppe, moderation, wann))
    gruppe.refresh_from_db()
    assert (gruppe.titel, plan.texte) == ("Neuer Titel", {})
    assert "kann nur die Organisation" in plan.hinweise[0]
    ausfuehren(gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, wann))
    gruppe.refresh_from_db()
    assert gruppe.titel == alt


def test_titel_der_seitdem_noch_einmal_geaendert_wurde_bleibt(gruppe, organisation):
    with vorgang("Verwaltung") as erster:
        gruppe.titel = "Zweiter"
        gruppe.save()
    gruppe.titel = "Dritter"
    gruppe.save()
    assert erster.nummer
    assert fuer_vorgang(gruppe, organisation, erster.nummer).texte == {}


def test_stand_der_erfassung_bleibt(gruppe, organisation):
    wann = timezone.now()
    gruppe.status = S.FREIGEGEBEN
    gruppe.save()
    mit_text(gruppe, "a", "A!")
    ausfuehren(gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, wann))
    gruppe.refresh_from_db()
    assert gruppe.status == S.FREIGEGEBEN
    assert not zeile("a").redaktionell_geaendert


def test_was_die_gruppe_wechselte_bleibt_wo_es_ist(gruppe, organisation):
    wann = timezone.now()
    andere = AbschnittFactory(arbeitsgruppe=ArbeitsgruppeFactory(konferenz=gruppe.konferenz))
    geht, kommt = zeile("d"), AeusserungFactory(abschnitt=andere, text="k")
    mit_text(gruppe, "a", "A!")
    hier, geht.abschnitt, geht.position = geht.abschnitt, andere, 5
    geht.save()
    wann_kam = timezone.now()
    kommt.abschnitt, kommt.position = hier, 1
    kommt.save()
    plan = ausfuehren(gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, wann_kam))
    assert bild(gruppe) == "A!b(xy)c | k"
    assert plan.hinweise == ("Was inzwischen aus einer anderen Gruppe hierher kam, bleibt hier.",)
    plan = ausfuehren(gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, wann))
    assert "bleibt dort" in plan.hinweise[0]
    assert zeile("d").abschnitt == andere
    assert unverzeichnetes() == []


def test_nach_dem_ansehen_geaendertes_wird_nicht_ungesehen_zurueckgenommen(gruppe, organisation):
    wann = timezone.now()
    mit_text(gruppe, "a", "A!")
    plan = fuer_zeitpunkt(gruppe, organisation, wann)
    mit_text(gruppe, "c", "C!")
    with pytest.raises(Ueberholt):
        zuruecknehmen(gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, wann), plan.merkmal)
    assert bild(gruppe) == "A!b(xy)C! | d"


def test_wer_nicht_mehr_erfassen_darf_nimmt_nichts_zurueck(gruppe):
    moderation = BenutzerFactory(rolle=MODERATION)
    gruppe.konten.add(moderation)
    wann = timezone.now()
    mit_text(gruppe, "a", "A!")
    plan = fuer_zeitpunkt(gruppe, moderation, wann)
    Arbeitsgruppe.objects.update(status=S.ZUR_PRUEFUNG)
    with pytest.raises(NichtErlaubt):
        zuruecknehmen(gruppe, moderation, lambda: fuer_zeitpunkt(gruppe, moderation, wann), plan.merkmal)
    assert bild(gruppe) == "A!b(xy)c | d"


def test_fremder_vorgang_laesst_sich_hier_nicht_zuruecknehmen(gruppe, organisation):
    with vorgang("Erfassung") as fremder:
        AeusserungFactory()
    for nummer in (fremder.nummer, uuid4()):
        assert nummer
        with pytest.raises(Unmoeglich, match="nichts geändert"):
            fuer_vorgang(gruppe, organisation, nummer)


# One statement


def zeile_im_verlauf(kennung, nummer):
    return Aeusserung.history.filter(kennung=kennung).order_by("history_id")[nummer]


@pytest.mark.parametrize(
    ("was", "ergebnis"),
    [
        (["text"], "b(xy)c | dA!"),
        (["stelle"], "A!b(xy)c | d"),
        (["text", "stelle"], "ab(xy)c | d"),
    ],
)
def test_eine_aeusserung_kehrt_zu_text_oder_stelle_zurueck(gruppe, organisation, was, ergebnis):
    kennung = zeile("a").kennung
    mit_text(gruppe, "a", "A!")
    stand = stand_von(gruppe)
    hakt = list(stand.koepfe)[1]
    zeilen = {k: z for k, z in stand.zeilen.items() if k != kennung}
    umschreiben_zu(gruppe, Stand(stand.koepfe, zeilen | {kennung: Zeile("A!", Ort(hakt))}))
    assert bild(gruppe) == "b(xy)c | dA!"
    anfang = zeile_im_verlauf(kennung, 0)
    erwartet = ergebnis.replace("dA!", "da") if was == ["text"] else ergebnis
    ausfuehren(gruppe, organisation, lambda: fuer_aeusserung(gruppe, anfang, was))
    assert bild(gruppe) == erwartet


def test_aeusserung_mit_unterpunkten_nimmt_sie_an_die_fruehere_stelle_mit(gruppe, organisation):
    kennung = zeile("b").kennung
    stand = stand_von(gruppe)
    hakt = list(stand.koepfe)[1]
    umschreiben_zu(gruppe, Stand(stand.koepfe, stand.zeilen | {kennung: Zeile("b", Ort(hakt))}))
    assert bild(gruppe) == "ac | b(xy)d"
    anfang = zeile_im_verlauf(kennung, 0)
    ausfuehren(gruppe, organisation, lambda: fuer_aeusserung(gruppe, anfang, ["stelle"]))
    assert bild(gruppe) == "ab(xy)c | d"


def test_stelle_in_geloeschtem_abschnitt_laesst_nur_den_text_zu(gruppe, organisation):
    kennung = zeile("d").kennung
    stand = stand_von(gruppe)
    gut, hakt = stand.koepfe
    umschreiben_zu(
        gruppe,
        Stand({gut: stand.koepfe[gut]}, stand.zeilen | {kennung: Zeile("D!", Ort(gut))}),
    )
    anfang = zeile_im_verlauf(kennung, 0)
    with pytest.raises(Unmoeglich, match="gibt es hier nicht mehr"):
        fuer_aeusserung(gruppe, anfang, ["stelle"])
    ausfuehren(gruppe, organisation, lambda: fuer_aeusserung(gruppe, anfang, ["text"]))
    assert bild(gruppe) == "ab(xy)cd"
    assert geloescht(Abschnitt).filter(id=int(hakt)).exists()


def test_stelle_unter_einem_unterpunkt_laesst_nur_den_text_zu(gruppe):
    x, b, a = zeile("x"), zeile("b"), zeile("a")
    anfang = zeile_im_verlauf(x.kennung, 0)
    x.uebergeordnet, x.position = a, 1
    x.save()
    zeile("y").delete()
    b.uebergeordnet, b.position = a, 2
    b.save()
    with pytest.raises(Unmoeglich, match="Nehmen Sie nur den Text zurück"):
        fuer_aeusserung(gruppe, anfang, ["stelle"])


def test_geloeschte_aeusserung_kehrt_nicht_ueber_ihren_text_zurueck(gruppe):
    anfang = zeile_im_verlauf(zeile("a").kennung, 0)
    zeile("a").delete()
    with pytest.raises(Unmoeglich, match="steht nicht"):
        fuer_aeusserung(gruppe, anfang, ["text"])


def test_frueherer_text_einer_freigegebenen_gruppe_ist_wieder_der_der_aufnahme(gruppe, organisation):
    Arbeitsgruppe.objects.update(status=S.FREIGEGEBEN)
    gruppe.refresh_from_db()
    kennung = zeile("a").kennung
    mit_text(gruppe, "a", "A!")
    assert zeile("A!").redaktionell_geaendert
    anfang = zeile_im_verlauf(kennung, 0)
    ausfuehren(gruppe, organisation, lambda: fuer_aeusserung(gruppe, anfang, ["text"]))
    assert not zeile("a").redaktionell_geaendert
    assert zeile("a").original == "a"


def test_plan_braucht_fuer_viele_aeusserungen_so_viele_abfragen_wie_fuer_wenige(gruppe, organisation):
    def abfragen():
        wann = timezone.now()
        nummer = mit_text(gruppe, "a", "A!")
        with CaptureQueriesContext(connection) as erfasst:
            fuer_vorgang(gruppe, organisation, nummer)
            fuer_zeitpunkt(gruppe, organisation, wann)
        ausfuehren(gruppe, organisation, lambda: fuer_zeitpunkt(gruppe, organisation, wann))
        return len(erfasst)

    wenige = abfragen()
    AeusserungFactory.create_batch(20, abschnitt=zeile("a").abschnitt)
    AbschnittFactory.create_batch(5, arbeitsgruppe=gruppe)
    assert abfragen() == wenige
