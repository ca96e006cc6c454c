"""Editions of the Heft: when they are made anew, that each is made once, what is kept and what goes."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import ausgabe as modul
from arbeitsgruppen import bestellung
from arbeitsgruppen.ausgabe import (
    Zustand,
    aufraeumen,
    erneuern,
    fassung,
    geaendert,
    grenzen,
    hefte_erneuern,
    hinweise,
    letzte_fertige,
    neueste_aenderung,
    noch_zu_haben,
    seither_geaenderte,
    stand,
    uebliche,
    verlangen,
)
from arbeitsgruppen.auswahl import Auswahl, GruppeFehlt
from arbeitsgruppen.bestellung import NEUER_VERSUCH, VERLANGT, VORRAT, WarteschlangeVoll
from arbeitsgruppen.models import Abschnitt, Aeusserung, Heftausgabe
from konferenz.berechtigungen import Leser
from konferenz.models import Konferenz
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    FolieFactory,
    KonferenzFactory,
    ModerationFactory,
    PersonFactory,
    ProgrammpunktFactory,
    TextseiteFactory,
    ThemenentscheidungFactory,
    VortragFactory,
)

pytestmark = pytest.mark.django_db

ALLES = Auswahl()
BERICHT = Auswahl(form="bericht")
OEFFENTLICHKEIT = Leser(AnonymousUser())


@pytest.fixture
def konferenz() -> Konferenz:
    """Return a released conference of two groups with a statement each."""
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    for nummer in (1, 2):
        AeusserungFactory(
            abschnitt__arbeitsgruppe=ArbeitsgruppeFactory(konferenz=konferenz, nummer=nummer),
            abschnitt__kategorie="hakt",
        )
    return konferenz


def bearbeiten(konferenz: Konferenz, titel: str = "Neuer Titel") -> None:
    konferenz.titel = titel
    konferenz.save()


def schluessel(konferenz: Konferenz, auswahl: Auswahl = ALLES) -> str:
    return Zustand.von(konferenz).schluessel(auswahl)


def inhalt(ausgabe: Heftausgabe) -> bytes:
    ausgabe.refresh_from_db()
    with ausgabe.datei.open() as datei:
        return datei.read()


def dateien() -> set[str]:
    return set(default_storage.listdir("hefte")[1]) if default_storage.exists("hefte") else set()


# --- The key: what makes another edition ---


def test_schluessel_ist_bei_gleichem_stand_gleich(konferenz):
    assert schluessel(konferenz) == schluessel(Konferenz.objects.get(pk=konferenz.pk))


@pytest.mark.parametrize(
    "auswahl",
    [
        BERICHT,
        Auswahl(gruppen=(1,)),
        Auswahl(gruppen=(1, 2)),
        Auswahl(kategorien=("hakt",)),
        Auswahl(vortraege=False),
    ],
    ids=lambda auswahl: auswahl.anfrage,
)
def test_schluessel_ist_je_auswahl_ein_anderer_auch_bei_gleichem_inhalt(konferenz, auswahl):
    assert schluessel(konferenz, auswahl) != schluessel(konferenz)


def test_schluessel_aendert_sich_mit_dem_inhalt(konferenz):
    vorher = schluessel(konferenz)
    bearbeiten(konferenz)
    assert schluessel(konferenz) != vorher


def test_schluessel_einer_gruppe_haengt_nicht_an_der_anderen(konferenz):
    eine, andere = (schluessel(konferenz, Auswahl(gruppen=(nummer,))) for nummer in (1, 2))
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    gruppe.titel = "Umbenannt"
    gruppe.save()
    assert schluessel(konferenz, Auswahl(gruppen=(1,))) == eine
    assert schluessel(konferenz, Auswahl(gruppen=(2,))) != andere


def test_schluessel_unterscheidet_entwurf_und_veroeffentlichtes(konferenz):
    vorher = schluessel(konferenz)
    konferenz.status = Konferenz.Status.ENTWURF
    konferenz.save()
    assert schluessel(konferenz) != vorher


def test_schluessel_aendert_sich_mit_dem_gedruckten_tag(konferenz):
    bild = Zustand.von(konferenz).bild
    tage = [date(2024, 5, 3), date(2024, 5, 4), None]
    assert len({Zustand(bild, tag).schluessel(ALLES) for tag in tage}) == 3


def test_schluessel_aendert_sich_mit_der_fassung(konferenz, monkeypatch):
    vorher = schluessel(konferenz)
    monkeypatch.setattr(modul, "fassung", lambda: "neue Vorlagen")
    assert schluessel(konferenz) != vorher


def test_schluessel_aendert_sich_mit_der_adresse_der_anwendung(konferenz, settings):
    vorher = schluessel(konferenz)
    settings.SITE_URL = "https://anders.example.de"
    assert schluessel(konferenz) != vorher


def test_schluessel_einer_gruppe_die_es_nicht_gibt_nennt_die_vorhandenen(konferenz):
    with pytest.raises(GruppeFehlt, match="Vorhanden: 1, 2"):
        schluessel(konferenz, Auswahl(gruppen=(3,)))


@pytest.mark.parametrize(
    ("datei", "zaehlt"),
    [
        ("templates/heft/folien.css", True),
        ("templates/heft/folien/titel.html", True),
        ("arbeitsgruppen/folien.py", True),
        ("arbeitsgruppen/templatetags/heft.py", True),
        ("konferenz/freitext.py", True),
        ("templates/konferenz/konferenz.html", False),
        ("konferenz/admin.py", False),
    ],
)
def test_fassung_haengt_an_allem_was_das_aussehen_bestimmt(settings, tmp_path: Path, datei, zaehlt):
    settings.BASE_DIR = tmp_path
    pfad = tmp_path / datei
    pfad.parent.mkdir(parents=True)
    pfad.write_text("a")
    vorher = fassung.__wrapped__()
    pfad.write_text("b")
    assert (fassung.__wrapped__() != vorher) == zaehlt


# --- Ordering ---


def test_zweimal_verlangt_ergibt_eine_ausgabe_und_einen_auftrag(konferenz):
    erste = verlangen(konferenz, ALLES)
    assert verlangen(konferenz, ALLES) == erste
    assert not erste.fertig
    auftrag = DBTaskResult.objects.get()
    assert auftrag.pk == erste.auftrag
    assert auftrag.priority == VERLANGT


def test_fertige_ausgabe_kommt_ohne_auftrag(konferenz, setzer, erledigen):
    verlangen(konferenz, ALLES)
    assert erledigen() == ["heft_setzen"]
    fertige = verlangen(konferenz, ALLES)
    assert fertige.fertig
    assert (fertige.umfang, fertige.gesetzt) == (3, 3)
    assert fertige.datei.name == f"hefte/{fertige.schluessel}.pdf"
    assert inhalt(fertige).endswith(setzer.gesetzt[0].kennung.encode())
    assert erledigen() == []


def test_verschiedene_auswahlen_stehen_nebeneinander(konferenz, setzer, erledigen):
    verlangen(konferenz, ALLES)
    verlangen(konferenz, BERICHT)
    erledigen()
    assert Heftausgabe.objects.fertige().count() == 2
    assert inhalt(verlangen(konferenz, ALLES)) != inhalt(verlangen(konferenz, BERICHT))


@pytest.mark.django_db(transaction=True)
def test_acht_gleichzeitig_verlangen_dasselbe_und_bekommen_eine_ausgabe(konferenz, anlage):
    betrieb = anlage()
    betrieb.python(
        """
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier
        from django.db import connection
        from arbeitsgruppen.ausgabe import verlangen
        from arbeitsgruppen.auswahl import Auswahl
        from konferenz.models import Konferenz

        start = Barrier(8)

        def lesen(_):
            try:
                konferenz = Konferenz.objects.get(slug="fachtag")
                start.wait(20)
                return verlangen(konferenz, Auswahl()).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(lesen, range(8)))) == 1
        """
    )
    assert betrieb.sql("SELECT count(*) FROM arbeitsgruppen_heftausgabe") == [(1,)]
    assert betrieb.sql("SELECT count(*) FROM django_tasks_database_dbtaskresult") == [(1,)]


def test_bis_die_neue_fertig_ist_gibt_es_die_vorige_danach_nicht_mehr(konferenz, setzer, erledigen):
    alte = verlangen(konferenz, ALLES)
    erledigen()
    bearbeiten(konferenz)
    neue = verlangen(konferenz, ALLES)
    assert neue.schluessel != alte.schluessel
    assert letzte_fertige(neue, OEFFENTLICHKEIT) == alte
    assert len(dateien()) == 1

    erledigen()
    neue.refresh_from_db()
    assert letzte_fertige(neue, OEFFENTLICHKEIT) == neue
    assert not Heftausgabe.objects.filter(pk=alte.pk).exists()
    assert dateien() == {f"{neue.schluessel}.pdf"}


def test_vorige_ausgabe_ist_eine_derselben_auswahl_und_derselben_konferenz(konferenz, setzer, erledigen):
    verlangen(konferenz, BERICHT)
    verlangen(KonferenzFactory(veroeffentlicht=True), ALLES)
    erledigen()
    assert letzte_fertige(verlangen(konferenz, ALLES), OEFFENTLICHKEIT) is None


def test_ausgabe_aus_dem_entwurf_wird_nach_der_veroeffentlichung_nicht_angeboten(
    konferenz, setzer, erledigen
):
    konferenz.status = Konferenz.Status.ENTWURF
    konferenz.save()
    entwurf = verlangen(konferenz, ALLES)
    erledigen()
    konferenz.status = Konferenz.Status.VEROEFFENTLICHT
    konferenz.save()
    neue = verlangen(konferenz, ALLES)
    assert entwurf.entwurf
    assert not neue.entwurf
    assert letzte_fertige(neue, OEFFENTLICHKEIT) is None
    erledigen()
    assert list(Heftausgabe.objects.all()) == [neue]


def test_zurueckgenommene_bearbeitung_braucht_keine_neue_ausgabe(konferenz, setzer, erledigen):
    titel = konferenz.titel
    alte = verlangen(konferenz, ALLES)
    erledigen()
    bearbeiten(konferenz)
    verlangen(konferenz, ALLES)
    bearbeiten(konferenz, titel)
    assert verlangen(konferenz, ALLES) == alte
    erledigen()
    assert list(Heftausgabe.objects.all()) == [alte]
    assert len(setzer.gesetzt) == 1


def test_gescheiterte_ausgabe_sagt_warum_und_wird_erst_nach_einer_weile_neu_versucht(
    konferenz, setzer, erledigen
):
    setzer.fehler = "Das Heft hat mehr als 6000 Seiten."
    verlangen(konferenz, ALLES)
    erledigen()
    gescheiterte = verlangen(konferenz, ALLES)
    assert gescheiterte.fehler == setzer.fehler
    assert not gescheiterte.fertig
    assert erledigen() == []

    Heftausgabe.objects.update(verlangt=timezone.now() - NEUER_VERSUCH - timedelta(seconds=1))
    setzer.fehler = ""
    neue = verlangen(konferenz, ALLES)
    assert (neue.pk, neue.fehler) == (gescheiterte.pk, "")
    assert erledigen() == ["heft_setzen"]
    neue.refresh_from_db()
    assert neue.fertig


def test_unerwarteter_fehler_wird_gesagt_und_nicht_bei_jeder_anfrage_wiederholt(
    konferenz, setzer, erledigen, monkeypatch
):
    def kaputt(*_):
        raise RuntimeError("what nobody foresaw")

    with monkeypatch.context() as unerwartetes:
        unerwartetes.setattr(default_storage, "save", kaputt)
        verlangen(konferenz, ALLES)
        assert erledigen(gelingt=False) == ["heft_setzen"]
    for _ in range(3):
        assert "unerwartet gescheitert" in verlangen(konferenz, ALLES).fehler
        assert erledigen() == []

    Heftausgabe.objects.update(verlangt=timezone.now() - NEUER_VERSUCH - timedelta(seconds=1))
    verlangen(konferenz, ALLES)
    assert erledigen() == ["heft_setzen"]
    assert verlangen(konferenz, ALLES).fertig


def test_gescheiterte_ausgabe_laesst_die_vorige_stehen(konferenz, setzer, erledigen):
    alte = verlangen(konferenz, ALLES)
    erledigen()
    bearbeiten(konferenz)
    setzer.fehler = "Zu lang."
    neue = verlangen(konferenz, ALLES)
    erledigen()
    assert letzte_fertige(neue, OEFFENTLICHKEIT) == alte
    assert inhalt(alte)


def test_bearbeitung_hilft_einer_gescheiterten_ausgabe_sofort(konferenz, setzer, erledigen):
    setzer.fehler = "Zu lang."
    verlangen(konferenz, ALLES)
    erledigen()
    setzer.fehler = ""
    bearbeiten(konferenz, "Kürzer")
    neue = verlangen(konferenz, ALLES)
    erledigen()
    neue.refresh_from_db()
    assert neue.fertig


@pytest.mark.parametrize("verlust", ["fehlt", "SUCCESSFUL"])
def test_ausgabe_ohne_lebenden_auftrag_wird_neu_verlangt(konferenz, setzer, erledigen, verlust):
    verwaiste = verlangen(konferenz, ALLES)
    Heftausgabe.objects.update(gesetzt=7, umfang=9)
    if verlust == "fehlt":
        DBTaskResult.objects.all().delete()
    else:
        DBTaskResult.objects.update(status=verlust)
    neue = verlangen(konferenz, ALLES)
    assert neue.pk == verwaiste.pk
    assert (neue.gesetzt, neue.umfang) == (0, 0)
    assert neue.auftrag != verwaiste.auftrag
    erledigen()
    assert verlangen(konferenz, ALLES).fertig


def test_ausgabe_die_gerade_gesetzt_wird_gilt_nicht_als_verwaist(konferenz):
    erste = verlangen(konferenz, ALLES)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING)
    assert verlangen(konferenz, ALLES).auftrag == erste.auftrag


def test_ausgabe_die_waehrend_der_nachfrage_fertig_wird_bleibt_wie_sie_ist(
    konferenz, setzer, erledigen, monkeypatch
):
    verlangen(konferenz, ALLES)
    verwaist = bestellung.verwaist

    def spaet(ausgabe: Heftausgabe) -> bool:
        erledigen()  # between the look at the edition and the look at its task
        return verwaist(ausgabe)

    monkeypatch.setattr(bestellung, "verwaist", spaet)
    ausgabe = verlangen(konferenz, ALLES)
    ausgabe.refresh_from_db()
    assert ausgabe.fertig
    assert ausgabe.umfang == 3
    assert DBTaskResult.objects.count() == 1


def test_verlorene_datei_wird_neu_gemacht(konferenz, setzer, erledigen):
    fertige = verlangen(konferenz, ALLES)
    erledigen()
    default_storage.delete(f"hefte/{fertige.schluessel}.pdf")
    neue = verlangen(konferenz, ALLES)
    assert not neue.fertig
    erledigen()
    assert inhalt(neue)
    assert Heftausgabe.objects.count() == 1


def test_was_auf_vorrat_verlangt_ist_kommt_zuerst_sobald_jemand_wartet(konferenz, setzer, erledigen):
    verlangen(konferenz, ALLES, vorrat=True)
    vorrat = verlangen(konferenz, BERICHT, vorrat=True)
    assert set(DBTaskResult.objects.values_list("priority", flat=True)) == {VORRAT}
    verlangen(konferenz, BERICHT, vorrat=True)  # asking in stock again changes nothing
    assert set(DBTaskResult.objects.values_list("priority", flat=True)) == {VORRAT}

    assert verlangen(konferenz, BERICHT) == vorrat
    erledigen(hoechstens=1)
    vorrat.refresh_from_db()
    assert vorrat.fertig
    assert not vorrat.vorrat


def test_fertige_vom_vorrat_kommt_sofort(konferenz, setzer, erledigen):
    verlangen(konferenz, ALLES, vorrat=True)
    erledigen()
    assert verlangen(konferenz, ALLES).fertig


def test_volle_warteschlange_nimmt_nichts_neues_mehr_an(konferenz, settings):
    settings.HEFT_WARTESCHLANGE = 2
    erste = verlangen(konferenz, ALLES)
    verlangen(konferenz, BERICHT)
    with pytest.raises(WarteschlangeVoll):
        verlangen(konferenz, Auswahl(gruppen=(1,)))
    assert verlangen(konferenz, ALLES) == erste  # what waits already can be asked for
    assert not verlangen(konferenz, Auswahl(gruppen=(2,)), vorrat=True).fertig
    assert Heftausgabe.objects.count() == 3


def test_in_die_warteschlange_zaehlt_nur_was_noch_gesetzt_wird(konferenz, settings, setzer, erledigen):
    settings.HEFT_WARTESCHLANGE = 1
    verlangen(konferenz, Auswahl(gruppen=(1,)), vorrat=True)  # nobody waits for it
    setzer.fehler = "Zu lang."
    verlangen(konferenz, ALLES)
    erledigen()
    verlangen(konferenz, BERICHT)
    DBTaskResult.objects.update(status=TaskResultStatus.FAILED)  # lost
    assert verlangen(konferenz, Auswahl(gruppen=(2,)))


def test_zurueckgelassene_auftraege_fuellen_die_warteschlange_nicht_fuer_immer(konferenz, settings):
    settings.HEFT_WARTESCHLANGE = 1
    verlangen(konferenz, ALLES)
    DBTaskResult.objects.update(status=TaskResultStatus.FAILED)
    bearbeiten(konferenz)  # nobody will ever ask for the first again
    assert verlangen(konferenz, ALLES)


# --- Making ---


def test_inzwischen_bearbeitete_konferenz_bekommt_statt_der_verlangten_die_naechste_ausgabe(
    konferenz, setzer, erledigen
):
    verlangen(konferenz, ALLES)
    bearbeiten(konferenz)
    assert erledigen() == ["heft_setzen", "heft_setzen"]
    (ausgabe,) = Heftausgabe.objects.all()
    assert ausgabe.schluessel == schluessel(konferenz)
    assert ausgabe.fertig
    assert not ausgabe.vorrat
    assert [satz.titel for satz in setzer.gesetzt] == ["Neuer Titel"]


def test_nachfolgerin_einer_ausgabe_auf_vorrat_bleibt_auf_vorrat(konferenz, setzer, erledigen):
    verlangen(konferenz, ALLES, vorrat=True)
    bearbeiten(konferenz)
    erledigen(hoechstens=1)
    assert Heftausgabe.objects.get().vorrat
    assert DBTaskResult.objects.ready().get().priority == VORRAT


def test_inzwischen_geloeschte_gruppe_beendet_den_auftrag_ohne_ausgabe(konferenz, setzer, erledigen):
    verlangen(konferenz, Auswahl(gruppen=(2,)))
    konferenz.arbeitsgruppen.get(nummer=2).delete()
    assert erledigen() == ["heft_setzen"]
    assert not Heftausgabe.objects.exists()
    assert setzer.gesetzt == []


def test_inzwischen_geloeschte_konferenz_beendet_den_auftrag_ohne_ausgabe(konferenz, setzer, erledigen):
    verlangen(konferenz, ALLES)
    konferenz.delete()
    assert erledigen() == ["heft_setzen"]
    assert not Heftausgabe.objects.exists()
    assert setzer.gesetzt == []


def test_beim_setzen_geloeschte_konferenz_hinterlaesst_nur_eine_datei_zum_aufraeumen(
    konferenz, setzer, erledigen
):
    verlangen(konferenz, ALLES)
    setzer.waehrend = konferenz.delete
    assert erledigen() == ["heft_setzen"]
    assert not Heftausgabe.objects.exists()
    assert len(dateien()) == 1
    altern()
    assert aufraeumen() == 1


def test_bearbeitung_beim_setzen_wird_erst_mit_der_naechsten_nachfrage_gesetzt(konferenz, setzer, erledigen):
    erste = verlangen(konferenz, ALLES)
    setzer.waehrend = lambda: bearbeiten(konferenz)
    erledigen()
    erste.refresh_from_db()
    assert erste.fertig
    assert verlangen(konferenz, ALLES) != erste


def test_datei_eines_abgebrochenen_versuchs_wird_ersetzt(konferenz, setzer, erledigen):
    ausgabe = verlangen(konferenz, ALLES)
    default_storage.save(f"hefte/{ausgabe.schluessel}.pdf", ContentFile(b"abgebrochen"))
    erledigen()
    assert inhalt(ausgabe) != b"abgebrochen"
    assert dateien() == {f"{ausgabe.schluessel}.pdf"}


def test_zweiter_auftrag_fuer_eine_fertige_ausgabe_tut_nichts(konferenz, setzer, erledigen):
    ausgabe = verlangen(konferenz, ALLES)
    erledigen()
    DBTaskResult.objects.update(status=TaskResultStatus.READY)
    erledigen()
    ausgabe.refresh_from_db()
    assert ausgabe.fertig
    assert len(setzer.gesetzt) == 1


def test_fortschritt_steht_beim_setzen_in_der_ausgabe(konferenz, setzer, erledigen):
    gesehen = []
    setzer.waehrend = lambda: gesehen.append(Heftausgabe.objects.values_list("gesetzt", "umfang").get())
    verlangen(konferenz, ALLES)
    erledigen()
    assert gesehen == [(1, 3)]


def test_hinweise_nennen_was_scheiterte_und_was_nicht_zu_zeigen_war_je_einmal(konferenz, setzer, erledigen):
    FolieFactory(vortrag__konferenz=konferenz, bild="folien/verloren.png", bildbeschreibung="Ein Diagramm")
    verlangen(konferenz, ALLES)
    verlangen(konferenz, Auswahl(kategorien=("hakt",)))
    verlangen(KonferenzFactory(), ALLES)
    erledigen()
    setzer.fehler = "Zu lang."
    verlangen(konferenz, BERICHT)
    erledigen()
    assert hinweise(konferenz) == [
        "Bild fehlt: folien/verloren.png. An seiner Stelle steht im Heft die Bildbeschreibung.",
        "Zu lang.",
    ]


@pytest.mark.parametrize("auswahl", [ALLES, Auswahl(vortraege=False)], ids=["üblich", "unüblich"])
def test_hinweis_auf_ein_gescheitertes_heft_verschwindet_mit_der_bearbeitung(
    konferenz, setzer, erledigen, auswahl
):
    setzer.fehler = "Zu lang."
    verlangen(konferenz, auswahl)
    erledigen()
    setzer.fehler = ""
    bearbeiten(konferenz, "Kürzer")
    erneuern(konferenz)
    erledigen()
    assert hinweise(konferenz) == []


def test_einstellungen_nennen_dem_setzer_die_grenzen(settings):
    settings.HEFT_GRENZEN = (7.0, 2**30, 12)
    assert (grenzen().zeit, grenzen().speicher, grenzen().seiten) == (7.0, 2**30, 12)


# --- Keeping the usual ones fresh ---


def test_ueblich_sind_beide_formen_ganz_und_je_gruppe(konferenz):
    assert {auswahl.anfrage for auswahl in uebliche(Zustand.von(konferenz).bild)} == {
        "",
        "form=bericht",
        "ag=1",
        "form=bericht&ag=1",
        "ag=2",
        "form=bericht&ag=2",
    }


def test_erneuern_verlangt_die_ueblichen_auf_vorrat_und_nur_einmal(konferenz, setzer, erledigen):
    erneuern(konferenz)
    erneuern(konferenz)
    assert DBTaskResult.objects.filter(priority=VORRAT).count() == 6
    assert Heftausgabe.objects.filter(vorrat=True).count() == 6
    assert erledigen() == ["heft_setzen"] * 6
    erneuern(konferenz)
    assert erledigen() == []


def test_erneuern_setzt_nach_einer_bearbeitung_nur_was_sie_betrifft(konferenz, setzer, erledigen):
    erneuern(konferenz)
    erledigen()
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    gruppe.titel = "Umbenannt"
    gruppe.save()
    erneuern(konferenz)
    assert len(erledigen()) == 4  # the whole and AG 2, not AG 1
    assert Heftausgabe.objects.count() == 6
    assert len(dateien()) == 6


def test_erneuern_wirft_veraltete_unuebliche_weg_und_laesst_aktuelle(konferenz, setzer, erledigen):
    ohne_vortraege, nur_hakt = Auswahl(vortraege=False), Auswahl(gruppen=(1,), kategorien=("hakt",))
    verlangen(konferenz, ohne_vortraege)
    bleibende = verlangen(konferenz, nur_hakt)
    erledigen()
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    gruppe.titel = "Umbenannt"
    gruppe.save()
    erneuern(konferenz)
    assert list(Heftausgabe.objects.fertige()) == [bleibende]
    assert dateien() == {f"{bleibende.schluessel}.pdf"}


def test_erneuern_wirft_die_hefte_einer_geloeschten_gruppe_weg(konferenz, setzer, erledigen):
    erneuern(konferenz)
    erledigen()
    konferenz.arbeitsgruppen.get(nummer=2).delete()
    erneuern(konferenz)
    erledigen()
    uebrig = sorted(Heftausgabe.objects.values_list("auswahl", flat=True))
    assert uebrig == ["", "ag=1", "form=bericht", "form=bericht&ag=1"]
    assert len(dateien()) == 4


def test_erneuern_laesst_andere_konferenzen_in_ruhe(konferenz, setzer, erledigen):
    andere = verlangen(KonferenzFactory(veroeffentlicht=True), Auswahl(vortraege=False))
    erledigen()
    erneuern(konferenz)
    assert Heftausgabe.objects.filter(pk=andere.pk).exists()


@pytest.mark.parametrize(("status", "anzahl"), [("entwurf", 0), ("veroeffentlicht", 6), ("archiviert", 6)])
def test_erneuert_wird_nur_was_oeffentlich_ist(konferenz, setzer, erledigen, status, anzahl):
    Konferenz.objects.update(status=status)
    hefte_erneuern.enqueue(konferenz.pk)
    assert erledigen() == ["hefte_erneuern", *["heft_setzen"] * anzahl]


def test_erneuern_einer_geloeschten_konferenz_tut_nichts(setzer, erledigen):
    hefte_erneuern.enqueue(4711)
    assert erledigen() == ["hefte_erneuern"]


# --- What is not released yet ---


def unfertig(konferenz: Konferenz, nummer: int = 2) -> None:
    """Take the release of a group back."""
    gruppe = konferenz.arbeitsgruppen.get(nummer=nummer)
    gruppe.status = gruppe.Status.IN_BEARBEITUNG
    gruppe.save()


def entwurf(konferenz: Konferenz, auswahl: Auswahl = ALLES) -> Heftausgabe:
    """Order the edition with everything in."""
    return verlangen(konferenz, auswahl, Zustand.von(konferenz, alles=True))


def test_wo_alles_freigegeben_ist_gibt_es_nur_eine_ausgabe(konferenz):
    assert entwurf(konferenz) == verlangen(konferenz, ALLES)
    assert not Heftausgabe.objects.get().entwurf


@pytest.mark.parametrize(
    ("auswahl", "verschieden"), [(ALLES, True), (Auswahl(gruppen=(2,)), True), (Auswahl(gruppen=(1,)), False)]
)
def test_oeffentliche_und_vorlaeufige_ausgabe_stehen_nebeneinander_wo_nicht_alles_freigegeben_ist(
    konferenz, setzer, erledigen, auswahl, verschieden
):
    unfertig(konferenz)
    oeffentliche, vorlaeufige = verlangen(konferenz, auswahl), entwurf(konferenz, auswahl)
    assert (oeffentliche != vorlaeufige) == verschieden
    assert (oeffentliche.entwurf, vorlaeufige.entwurf) == (False, verschieden)
    erledigen()
    # Neither pushes the other out, whichever was made last.
    assert verlangen(konferenz, auswahl).fertig
    assert entwurf(konferenz, auswahl).fertig


def test_oeffentliche_ausgabe_enthaelt_zurueckgehaltenes_nirgends(konferenz, setzer, erledigen):
    AeusserungFactory(abschnitt__arbeitsgruppe=konferenz.arbeitsgruppen.get(nummer=2), text="Noch geheim")
    unfertig(konferenz)
    for auswahl in (ALLES, BERICHT, Auswahl(gruppen=(2,)), Auswahl(kategorien=("gut",))):
        verlangen(konferenz, auswahl)
    erledigen()
    assert len(setzer.gesetzt) == 4
    assert "Noch geheim" not in repr(setzer.gesetzt)
    entwurf(konferenz)
    erledigen()
    assert "Noch geheim" in repr(setzer.gesetzt[-1])


def test_nach_der_ruecknahme_wird_die_vorige_ausgabe_nicht_mehr_herausgegeben(konferenz, setzer, erledigen):
    alte = verlangen(konferenz, ALLES)
    erledigen()
    assert noch_zu_haben(alte)
    unfertig(konferenz)
    neue = verlangen(konferenz, ALLES)
    alte.refresh_from_db()
    assert not noch_zu_haben(alte)
    assert letzte_fertige(neue, OEFFENTLICHKEIT) is None
    erledigen()
    assert verlangen(konferenz, ALLES).fertig
    assert noch_zu_haben(verlangen(konferenz, ALLES))


def test_beim_setzen_zurueckgenommene_gruppe_steht_in_keiner_ausgabe_die_herausgegeben_wird(
    konferenz, setzer, erledigen
):
    ausgabe = verlangen(konferenz, ALLES)
    setzer.waehrend = lambda: unfertig(konferenz)
    erledigen()
    ausgabe.refresh_from_db()
    assert ausgabe.fertig
    assert not noch_zu_haben(ausgabe)
    assert letzte_fertige(verlangen(konferenz, ALLES), OEFFENTLICHKEIT) is None


def test_inzwischen_freigegebenes_wird_statt_des_entwurfs_gesetzt(konferenz, setzer, erledigen):
    unfertig(konferenz)
    entwurf(konferenz)
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    gruppe.status = gruppe.Status.FREIGEGEBEN
    gruppe.save()
    erledigen()
    (ausgabe,) = Heftausgabe.objects.all()
    assert ausgabe.fertig
    assert not ausgabe.entwurf


def test_erneuern_haelt_oeffentliches_bereit_und_wirft_veraltete_entwuerfe_weg(konferenz, setzer, erledigen):
    unfertig(konferenz)
    aktueller, veralteter = entwurf(konferenz, Auswahl(gruppen=(2,))), entwurf(konferenz)
    erledigen()
    bearbeiten(konferenz)
    aktueller = entwurf(konferenz, Auswahl(gruppen=(2,)))
    erledigen()
    erneuern(konferenz)
    # Nothing is kept ready of what holds nothing but the question.
    assert set(Heftausgabe.objects.filter(entwurf=False).values_list("auswahl", flat=True)) == {
        "",
        "form=bericht",
        "ag=1",
        "form=bericht&ag=1",
    }
    assert list(Heftausgabe.objects.filter(entwurf=True)) == [aktueller]
    assert not default_storage.exists(f"hefte/{veralteter.schluessel}.pdf")


@pytest.mark.parametrize("status", ["in_bearbeitung", "zur_pruefung"])
def test_wechsel_des_standes_einer_gruppe_wird_bemerkt(konferenz, status):
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    vorher, marke, summe = geaendert(konferenz), neueste_aenderung(), schluessel(konferenz)
    gruppe.status = status
    gruppe.save(update_fields=["status"])
    nachher = geaendert(konferenz)
    assert vorher
    assert nachher
    assert nachher > vorher
    assert neueste_aenderung() != marke
    assert schluessel(konferenz) != summe


def test_andere_themen_verlangen_neue_hefte_denn_sie_stehen_in_ihren_daten(konferenz):
    folien, bericht = schluessel(konferenz), schluessel(konferenz, BERICHT)
    aeusserung = Aeusserung.objects.filter(abschnitt__arbeitsgruppe__konferenz=konferenz)[0]
    entscheidung = ThemenentscheidungFactory(aeusserung=aeusserung)
    assert schluessel(konferenz) != folien
    mit_thema = schluessel(konferenz, BERICHT)
    assert mit_thema != bericht
    entscheidung.thema.titel = "Umbenannt"
    entscheidung.thema.save()
    assert schluessel(konferenz, BERICHT) not in (bericht, mit_thema)


# --- Files nobody knows ---


def altern() -> None:
    """Make all files of the store two hours old."""
    frueher = timezone.now().timestamp() - 2 * 3600
    for name in dateien():
        os.utime(default_storage.path(f"hefte/{name}"), (frueher, frueher))


def test_aufraeumen_ohne_ablage_tut_nichts():
    assert aufraeumen() == 0


def test_aufraeumen_loescht_nur_alte_dateien_die_keine_ausgabe_kennt(konferenz, setzer, erledigen):
    bekannt = verlangen(konferenz, ALLES)
    erledigen()
    for name in (f"{'0' * 64}.pdf", f"{'1' * 64}_Ab3dE.pdf", "fremd.pdf", f"{'2' * 63}.pdf"):
        default_storage.save(f"hefte/{name}", ContentFile(b"x"))
    altern()
    default_storage.save(f"hefte/{'3' * 64}.pdf", ContentFile(b"wird gerade gespeichert"))
    assert aufraeumen() == 2
    assert dateien() == {
        f"{bekannt.schluessel}.pdf",
        "fremd.pdf",
        f"{'2' * 63}.pdf",
        f"{'3' * 64}.pdf",
    }


# --- What was changed, and when ---


def _inhalte(konferenz: Konferenz) -> dict[str, tuple]:
    """Return an object of every model whose content the Heft shows, and the name of a field of it."""
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz)
    eintrag = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    moderation = ModerationFactory(arbeitsgruppe=gruppe)
    vortrag = VortragFactory(konferenz=konferenz, vortragende=[PersonFactory()])
    return {
        "Konferenz": (konferenz, "titel"),
        "Programmpunkt": (ProgrammpunktFactory(konferenz=konferenz), "titel"),
        "Vortrag": (vortrag, "titel"),
        "Folie": (FolieFactory(vortrag=vortrag), "text"),
        "Textseite": (TextseiteFactory(konferenz=konferenz), "text"),
        "Arbeitsgruppe": (gruppe, "titel"),
        "Moderation": (moderation, "angabe"),
        "Moderierende": (moderation.person, "nachname"),
        "Vortragende": (vortrag.vortragende.get(), "nachname"),
        "Abschnitt": (AbschnittFactory(arbeitsgruppe=gruppe), "ueberschrift"),
        "Äußerung": (eintrag, "text"),
        "Unterpunkt": (AeusserungFactory(uebergeordnet=eintrag), "text"),
    }


INHALTE = (
    "Konferenz",
    "Programmpunkt",
    "Vortrag",
    "Folie",
    "Textseite",
    "Arbeitsgruppe",
    "Moderation",
    "Moderierende",
    "Vortragende",
    "Abschnitt",
    "Äußerung",
    "Unterpunkt",
)


@pytest.fixture
def _ohne_ueberlappung(monkeypatch) -> None:
    """Look at no line from before."""
    monkeypatch.setattr(modul, "UEBERLAPPUNG", 0)


@pytest.mark.usefixtures("_ohne_ueberlappung")
@pytest.mark.parametrize("was", INHALTE)
def test_aenderung_eines_inhalts_wird_bemerkt_und_verlangt_eine_neue_ausgabe(konferenz, was):
    objekt, feld = _inhalte(konferenz)[was]
    andere = KonferenzFactory(veroeffentlicht=True)
    vorher, marke, summe = geaendert(konferenz), neueste_aenderung(), schluessel(konferenz)
    anderswo = geaendert(andere)

    setattr(objekt, feld, "bearbeitet")
    objekt.save()
    nachher = geaendert(konferenz)
    assert vorher
    assert nachher
    assert nachher > vorher
    assert neueste_aenderung() != marke
    assert seither_geaenderte(marke, neueste_aenderung()) == {konferenz.pk}
    assert schluessel(Konferenz.objects.get(pk=konferenz.pk)) != summe
    assert geaendert(andere) == anderswo


@pytest.mark.usefixtures("_ohne_ueberlappung")
@pytest.mark.parametrize(
    "was", ["Programmpunkt", "Folie", "Textseite", "Moderation", "Abschnitt", "Unterpunkt"]
)
def test_loeschen_eines_inhalts_wird_bemerkt(konferenz, was):
    objekt, _ = _inhalte(konferenz)[was]
    vorher, marke = geaendert(konferenz), neueste_aenderung()
    objekt.delete()
    nachher = geaendert(konferenz)
    assert vorher
    assert nachher
    assert nachher > vorher
    assert neueste_aenderung() != marke
    assert seither_geaenderte(marke, neueste_aenderung()) == {konferenz.pk}


@pytest.mark.usefixtures("_ohne_ueberlappung")
def test_themen_koennen_jede_konferenz_betreffen(konferenz):
    marke = neueste_aenderung()
    assert seither_geaenderte(marke, marke) == set()
    ThemenentscheidungFactory()
    assert seither_geaenderte(marke, neueste_aenderung()) is None


def test_was_mit_kleinerer_nummer_spaeter_festgeschrieben_wird_gilt_auch_als_geaendert(
    konferenz, monkeypatch
):
    monkeypatch.setattr(modul, "UEBERLAPPUNG", 5)
    marke = neueste_aenderung()
    konferenz.save()
    spaetere = tuple(zahl + 3 for zahl in marke[:-3]) + marke[-3:]  # others were committed before
    assert seither_geaenderte(spaetere, spaetere) == {konferenz.pk}


def test_geaendert_und_neueste_aenderung_kosten_je_eine_abfrage(konferenz, django_assert_num_queries):
    _inhalte(konferenz)
    with django_assert_num_queries(1):
        geaendert(konferenz)
    with django_assert_num_queries(1):
        neueste_aenderung()


def test_ohne_geschichte_gibt_es_keinen_tag_der_aenderung(konferenz):
    for modell in (Konferenz, Abschnitt, *(type(o) for o, _ in _inhalte(konferenz).values())):
        modell.history.all().delete()  # type: ignore[attr-defined]
    assert geaendert(konferenz) is None
    assert stand(konferenz) is None
    assert schluessel(konferenz)


def test_tag_der_aenderung_ist_der_in_deutschland(konferenz):
    for modell in {type(objekt) for objekt, _ in _inhalte(konferenz).values()}:
        modell.history.update(history_date=datetime(2024, 5, 3, 22, 30, tzinfo=UTC))
    assert stand(konferenz) == date(2024, 5, 4)
