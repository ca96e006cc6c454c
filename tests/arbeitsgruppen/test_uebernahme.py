"""What was found is compared with what the group has, and stored once, whatever happened in between."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from arbeitsgruppen.bild import Aeusserungsbild, Unterpunktbild
from arbeitsgruppen.einfuegen import aus_text
from arbeitsgruppen.erfassung import NichtErlaubt
from arbeitsgruppen.fund import Beiwerk, Beiwerkart, Fund, Fundabschnitt, Rahmen
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from arbeitsgruppen.uebernahme import (
    Ergebnis,
    Kopfwahl,
    Lage,
    Ueberholt,
    Vorschlag,
    Wahl,
    Zeilenvorschlag,
    Zeilenwahl,
    uebernehmen,
    vorschlagen,
)
from konferenz.berechtigungen import MODERATION
from tests import vorlage
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory, BenutzerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    return ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)


@pytest.fixture
def konto(gruppe: Arbeitsgruppe) -> User:
    konto = BenutzerFactory(mitarbeit=True)
    konto.groups.add(Group.objects.get(name=MODERATION))
    gruppe.konten.add(konto)
    return konto


def fund(*abschnitte: tuple[str, list[str | tuple[str, list[str]]]], beiwerk: tuple[str, ...] = ()) -> Fund:
    """Return what was found: headings with statements, some a pair with sub-points."""
    return Fund(
        tuple(
            Fundabschnitt(
                kopf,
                "weiteres",
                "teilnehmende",
                tuple(
                    Aeusserungsbild(x)
                    if isinstance(x, str)
                    else Aeusserungsbild(x[0], unterpunkte=tuple(map(Unterpunktbild, x[1])))
                    for x in texte
                ),
            )
            for kopf, texte in abschnitte
        ),
        tuple(Beiwerk(Beiwerkart.NOTIZ, text, "Folie 1", 0) for text in beiwerk),
    )


def lagen(vorschlag: Vorschlag) -> list[tuple[str, Lage]]:
    return [(zeile.text, zeile.lage) for zeile in vorschlag.zeilen]


def wahlen(vorschlag: Vorschlag, **anders: Wahl) -> list[Zeilenwahl]:
    """Return the choices as they are proposed; other ones by the text of their row."""

    def vorgabe(zeile: Zeilenvorschlag) -> Wahl:
        return Wahl.NICHT if zeile.art or zeile.lage == Lage.VORHANDEN else Wahl.NEU

    return [
        Zeilenwahl(
            anders.get(zeile.text, vorgabe(zeile)),
            zeile.text,
            None if zeile.unterpunkt else _kopfwahl(vorschlag, zeile.kopf),
            zeile,
        )
        for zeile in vorschlag.zeilen
    ]


def _kopfwahl(vorschlag: Vorschlag, nummer: int) -> Kopfwahl:
    kopf = vorschlag.koepfe[nummer]
    return Kopfwahl(kopf.abschnitt, kopf.ueberschrift, kopf.kategorie, kopf.herkunft)


def uebernommen(gruppe: Arbeitsgruppe, konto: User, gefunden: Fund, **anders: Wahl) -> Ergebnis:
    return uebernehmen(gruppe.pk, konto, wahlen(vorschlagen(gruppe, gefunden), **anders))


def inhalt(gruppe: Arbeitsgruppe) -> list[tuple[str, list[Any]]]:
    """Return headings and statements as stored; one that has sub-points is a pair."""
    return [
        (
            abschnitt.ueberschrift,
            [
                (a.text, [u.text for u in a.unterpunkte.order_by("position")])
                if a.unterpunkte.exists()
                else a.text
                for a in abschnitt.aeusserungen.eintraege().order_by("position")
            ],
        )
        for abschnitt in gruppe.abschnitte.order_by("position")
    ]


# --- the proposal -------------------------------------------------------------------------------------


def test_in_einer_leeren_gruppe_ist_alles_neu_und_jeder_abschnitt_auch(gruppe):
    vorschlag = vorschlagen(gruppe, fund(("Gut", ["a", ("b", ["c"])])))

    assert lagen(vorschlag) == [("a", Lage.NEU), ("b", Lage.NEU), ("c", Lage.NEU)]
    assert [kopf.abschnitt for kopf in vorschlag.koepfe] == [None]


def test_vorhandener_abschnitt_wird_an_seiner_ueberschrift_erkannt(gruppe):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Wo hakt es?")
    vorschlag = vorschlagen(gruppe, fund(("WO HAKT ES", ["a"]), ("Partner", ["b"])))

    assert [kopf.abschnitt for kopf in vorschlag.koepfe] == [abschnitt.pk, None]


def test_gleiche_sind_da_aehnliche_nur_aehnlich(gruppe):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut")
    AeusserungFactory(abschnitt=abschnitt, text="Sprachkurse fehlen  im Kreis")
    alte = AeusserungFactory(abschnitt=abschnitt, text="Ehrenamtliche sind sehr müde")
    vorschlag = vorschlagen(
        gruppe, fund(("Gut", ["Sprachkurse fehlen im\nKreis", "Ehrenamtliche sind müde", "Wohnraum"]))
    )

    assert [zeile.lage for zeile in vorschlag.zeilen] == [Lage.VORHANDEN, Lage.AEHNLICH, Lage.NEU]
    aehnlich = vorschlag.zeilen[1]
    assert (aehnlich.kennung, aehnlich.dort, aehnlich.dort_unter) == (alte.kennung, alte.text, "Gut")


def test_gleiche_zaehlen_in_der_ganzen_gruppe_und_so_oft_sie_da_sind(gruppe):
    anderer = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Hakt")
    AeusserungFactory(abschnitt=anderer, text="Ehrenamt")
    vorschlag = vorschlagen(gruppe, fund(("Gut", ["Ehrenamt", "Ehrenamt"])))

    assert [zeile.lage for zeile in vorschlag.zeilen] == [Lage.VORHANDEN, Lage.NEU]
    assert [zeile.da for zeile in vorschlag.zeilen] == [1, 1]


def test_von_gleichen_wird_die_unter_derselben_ueberschrift_zuerst_gefunden(gruppe):
    for ueberschrift in ("Hakt", "Gut"):
        AeusserungFactory(
            abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift=ueberschrift), text="Ehrenamt"
        )
    vorschlag = vorschlagen(gruppe, fund(("Gut", ["Ehrenamt"])))
    assert vorschlag.zeilen[0].dort_unter == "Gut"


def test_keine_vorhandene_ist_zweien_aehnlich(gruppe):
    AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Ehrenamtliche sind sehr müde")
    vorschlag = vorschlagen(
        gruppe, fund(("Gut", ["Ehrenamtliche sind müde", "Ehrenamtliche sind sehr, müde"]))
    )
    assert [zeile.lage for zeile in vorschlag.zeilen] == [Lage.NEU, Lage.AEHNLICH]


def test_neue_unterpunkte_einer_vorhandenen_aeusserung_sind_neu(gruppe):
    alte = AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Kurse")
    AeusserungFactory(uebergeordnet=alte, text="in der Stadt")
    vorschlag = vorschlagen(gruppe, fund(("Gut", [("Kurse", ["in der Stadt", "auf dem Land"])])))
    assert [zeile.lage for zeile in vorschlag.zeilen] == [Lage.VORHANDEN, Lage.VORHANDEN, Lage.NEU]


def test_abfragen_des_vorschlags_haengen_nicht_von_der_zahl_der_aeusserungen_ab(
    gruppe, django_assert_num_queries
):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe)
    AeusserungFactory.create_batch(20, abschnitt=abschnitt)
    with django_assert_num_queries(2):
        vorschlagen(gruppe, fund(("Gut", [f"Äußerung {n}" for n in range(50)])))


# --- storing ------------------------------------------------------------------------------------------


def test_gespeichert_wird_hinter_dem_was_da_ist_mit_unterpunkten(gruppe, konto):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut")
    AeusserungFactory(abschnitt=abschnitt, text="alt")
    ergebnis = uebernommen(gruppe, konto, fund(("Gut", [("b", ["c", "d"])]), ("Hakt", ["e"])))

    assert inhalt(gruppe) == [("Gut", ["alt", ("b", ["c", "d"])]), ("Hakt", ["e"])]
    assert (ergebnis.neu, ergebnis.unterpunkte, ergebnis.abschnitte) == (2, 2, ["Hakt"])


def test_alles_gehoert_zu_einem_vorgang_mit_namen_und_konto(gruppe, konto):
    uebernommen(gruppe, konto, fund(("Gut", [("b", ["c"])])))

    zeilen = [*Abschnitt.history.all(), *Aeusserung.history.all()]
    assert {zeile.history_change_reason for zeile in zeilen} == {"Übernahme"}
    assert len({zeile.vorgang for zeile in zeilen}) == 1


def test_zweimal_dasselbe_fuegt_nichts_hinzu(gruppe, konto):
    gefunden = fund(("Gut", ["a", "a", ("b", ["c", "c"])]), ("Hakt", ["a"]))
    uebernommen(gruppe, konto, gefunden)
    vorher = inhalt(gruppe)
    ergebnis = uebernommen(gruppe, konto, gefunden)

    assert not ergebnis.etwas
    assert inhalt(gruppe) == vorher


def test_derselbe_vorschlag_zweimal_abgeschickt_fuegt_nichts_hinzu(gruppe, konto):
    zeilen = wahlen(vorschlagen(gruppe, fund(("Gut", ["a", "a", ("b", ["c"])]))))
    uebernehmen(gruppe.pk, konto, zeilen)
    ergebnis = uebernehmen(gruppe.pk, konto, zeilen)

    assert inhalt(gruppe) == [("Gut", ["a", "a", ("b", ["c"])])]
    assert (ergebnis.etwas, ergebnis.schon_da) == (False, 4)


def test_was_inzwischen_jemand_anders_gespeichert_hat_kommt_nicht_doppelt(gruppe, konto):
    zeilen = wahlen(vorschlagen(gruppe, fund(("Gut", ["a", "b"]))))
    AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut"), text="a")
    ergebnis = uebernehmen(gruppe.pk, konto, zeilen)

    assert inhalt(gruppe) == [("Gut", ["a", "b"])]
    assert (ergebnis.neu, ergebnis.schon_da, ergebnis.abschnitte) == (1, 1, [])


def test_wer_eine_vorhandene_noch_einmal_will_bekommt_sie_einmal(gruppe, konto):
    AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut"), text="a")
    zeilen = wahlen(vorschlagen(gruppe, fund(("Gut", ["a"]))), a=Wahl.NEU)
    for _ in range(2):
        uebernehmen(gruppe.pk, konto, zeilen)
    assert inhalt(gruppe) == [("Gut", ["a", "a"])]


def test_neue_unterpunkte_kommen_unter_die_vorhandene(gruppe, konto):
    alte = AeusserungFactory(
        abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut"), text="Kurse"
    )
    AeusserungFactory(uebergeordnet=alte, text="in der Stadt")
    uebernommen(gruppe, konto, fund(("Gut", [("Kurse", ["in der Stadt", "auf dem Land"])])))
    assert inhalt(gruppe) == [("Gut", [("Kurse", ["in der Stadt", "auf dem Land"])])]


def test_mit_einer_abgeschalteten_aeusserung_entfallen_ihre_unterpunkte(gruppe, konto):
    uebernommen(gruppe, konto, fund(("Gut", [("a", ["b"]), "c"])), a=Wahl.NICHT)
    assert inhalt(gruppe) == [("Gut", ["c"])]


def test_statt_der_vorhandenen_behaelt_kennung_und_platz(gruppe, konto):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut")
    alte = AeusserungFactory(abschnitt=abschnitt, text="Ehrenamtliche sind sehr müde")
    AeusserungFactory(abschnitt=abschnitt, text="z")
    neu = "Ehrenamtliche sind müde"
    gefunden = fund(("Gut", [(neu, ["auch im Sommer"])]))
    ergebnis = uebernommen(gruppe, konto, gefunden, **{neu: Wahl.STATT})

    assert inhalt(gruppe) == [("Gut", [(neu, ["auch im Sommer"]), "z"])]
    assert Aeusserung.objects.get(text=neu).kennung == alte.kennung
    assert (ergebnis.geaendert, ergebnis.neu, ergebnis.unterpunkte) == (1, 0, 1)


def test_statt_der_vorhandenen_bewahrt_den_wortlaut_der_aufnahme(gruppe, organisation):
    alte = AeusserungFactory(
        abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Ehrenamtliche sind sehr müde"
    )
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    neu = "Ehrenamtliche sind müde"
    uebernommen(gruppe, User.objects.get(username="organisation"), fund(("Gut", [neu])), **{neu: Wahl.STATT})
    alte.refresh_from_db()
    assert (alte.text, alte.original) == (neu, "Ehrenamtliche sind sehr müde")


def test_statt_zweimal_abgeschickt_aendert_einmal(gruppe, konto):
    AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Ehrenamtliche sind sehr müde")
    neu = "Ehrenamtliche sind müde"
    zeilen = wahlen(vorschlagen(gruppe, fund(("Gut", [neu]))), **{neu: Wahl.STATT})
    assert uebernehmen(gruppe.pk, konto, zeilen).geaendert == 1
    assert uebernehmen(gruppe.pk, konto, zeilen).geaendert == 0


def test_beiwerk_wird_nur_auf_wunsch_zur_aeusserung(gruppe, konto):
    gefunden = fund(("Gut", ["a"]), beiwerk=("Notiz", "noch eine"))
    uebernommen(gruppe, konto, gefunden)
    assert inhalt(gruppe) == [("Gut", ["a"])]
    uebernommen(gruppe, konto, gefunden, Notiz=Wahl.NEU)
    assert inhalt(gruppe) == [("Gut", ["a", "Notiz"])]


def test_unterpunkt_wird_aeusserung_wo_er_einen_abschnitt_bekommt(gruppe, konto):
    vorschlag = vorschlagen(gruppe, fund(("Gut", [("a", ["b"]), "c"])))
    a, b, c = wahlen(vorschlag)
    als_eintrag = Zeilenwahl(Wahl.NEU, b.text, a.ziel, b.gefunden)
    als_unterpunkt = Zeilenwahl(Wahl.NEU, c.text, None, c.gefunden)
    uebernehmen(gruppe.pk, konto, [a, als_eintrag, als_unterpunkt])
    assert inhalt(gruppe) == [("Gut", ["a", ("b", ["c"])])]


# --- when the group has changed meanwhile -------------------------------------------------------------


def aehnlicher_vorschlag(gruppe: Arbeitsgruppe) -> tuple[Aeusserung, list[Zeilenwahl]]:
    alte = AeusserungFactory(
        abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut"),
        text="Ehrenamtliche sind sehr müde",
    )
    neu = "Ehrenamtliche sind müde"
    return alte, wahlen(vorschlagen(gruppe, fund(("Gut", ["a", neu]))), **{neu: Wahl.STATT})


def test_vorhandene_die_inzwischen_anders_lautet_wird_nicht_ueberschrieben(gruppe, konto):
    alte, zeilen = aehnlicher_vorschlag(gruppe)
    Aeusserung.objects.filter(pk=alte.pk).update(text="etwas ganz anderes")
    with pytest.raises(Ueberholt) as fehler:
        uebernehmen(gruppe.pk, konto, zeilen)

    assert fehler.value.jetzt == {1: "etwas ganz anderes"}
    assert "inzwischen geändert" in fehler.value.meldungen[1]
    assert inhalt(gruppe) == [("Gut", ["etwas ganz anderes"])]


def test_vorhandene_die_inzwischen_weg_ist_wird_gemeldet(gruppe, konto):
    alte, zeilen = aehnlicher_vorschlag(gruppe)
    alte.delete()
    with pytest.raises(Ueberholt) as fehler:
        uebernehmen(gruppe.pk, konto, zeilen)
    assert fehler.value.jetzt == {1: None}
    assert inhalt(gruppe) == [("Gut", [])]


def test_abschnitt_der_inzwischen_weg_ist_wird_gemeldet_und_nichts_halb_gespeichert(gruppe, konto):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut")
    zeilen = wahlen(vorschlagen(gruppe, fund(("Hakt", ["x"]), ("Gut", ["a"]))))
    abschnitt.delete()
    with pytest.raises(Ueberholt, match="gelöscht"):
        uebernehmen(gruppe.pk, konto, zeilen)
    assert inhalt(gruppe) == []


def test_abschnitt_einer_anderen_gruppe_ist_kein_ziel(gruppe, konto):
    fremder = AbschnittFactory()
    zeile = Zeilenwahl(Wahl.NEU, "a", fremder.pk, Zeilenvorschlag("a", 0))
    with pytest.raises(Ueberholt):
        uebernehmen(gruppe.pk, konto, [zeile])


def test_aeusserung_einer_anderen_gruppe_wird_nicht_ersetzt(gruppe, konto):
    fremde = AeusserungFactory(text="fremd")
    ziel = Kopfwahl(None, "Gut", "gut", "teilnehmende")
    zeile = Zeilenwahl(
        Wahl.STATT, "meins", ziel, Zeilenvorschlag("meins", 0, kennung=fremde.kennung, dort="fremd")
    )
    with pytest.raises(Ueberholt):
        uebernehmen(gruppe.pk, konto, [zeile])
    fremde.refresh_from_db()
    assert fremde.text == "fremd"


def test_dieselbe_vorhandene_wird_nicht_von_zweien_ersetzt(gruppe, konto):
    _, zeilen = aehnlicher_vorschlag(gruppe)
    with pytest.raises(Ueberholt, match="schon einen Text gewählt"):
        uebernehmen(gruppe.pk, konto, [*zeilen, zeilen[-1]])


def test_gesperrt_ist_wer_die_gruppe_nicht_mehr_schreiben_darf(gruppe, konto):
    zeilen = wahlen(vorschlagen(gruppe, fund(("Gut", ["a"]))))
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    with pytest.raises(NichtErlaubt):
        uebernehmen(gruppe.pk, konto, zeilen)
    assert inhalt(gruppe) == []


# --- the real group -----------------------------------------------------------------------------------


def test_eingefuegter_text_der_ag_3_steht_danach_wie_in_der_vorlage(gruppe, konto):
    vorbild = vorlage.echte().bild.gruppen[2]
    text = "\n".join(s for s in vorlage.text().split("\f") if s.strip().startswith("AG 3:"))
    gefunden = aus_text(text, Rahmen(3, vorbild.titel))
    ergebnis = uebernommen(gruppe, konto, gefunden)

    assert ergebnis.neu == 72
    assert inhalt(gruppe) == [(a.ueberschrift, [x.text for x in a.aeusserungen]) for a in vorbild.abschnitte]
    assert [(a.kategorie, a.herkunft) for a in gruppe.abschnitte.order_by("position")] == [
        (a.kategorie, a.herkunft) for a in vorbild.abschnitte
    ]
    assert not uebernommen(gruppe, konto, gefunden).etwas
