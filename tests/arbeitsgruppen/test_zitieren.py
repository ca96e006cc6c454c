"""Quoting a statement: its source in words, the page of the Heft, and the page that offers both."""

import re
from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arbeitsgruppen.ausgabe import Zustand, heftseite
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.models import Arbeitsgruppe, Heftausgabe
from arbeitsgruppen.zitieren import Zitat
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Konferenz
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory, KonferenzFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def abschnitt(settings):
    """Return a heading of a released group with two statements already in it."""
    settings.SITE_URL = "https://doku.example.de"
    konferenz = KonferenzFactory(
        slug="fachtag", titel="Fachtag", datum=date(2021, 4, 21), veranstalter="Amt", veroeffentlicht=True
    )
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=3, titel="Wohnen")
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Wo hakt es?")
    AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt=abschnitt))
    AeusserungFactory(abschnitt=abschnitt)
    return abschnitt


def fertige_ausgabe(konferenz: Konferenz, fundstellen: dict[str, int]) -> Heftausgabe:
    """Make the finished edition of the present state."""
    return Heftausgabe.objects.create(
        konferenz=konferenz,
        schluessel=Zustand.von(konferenz).schluessel(Auswahl()),
        entwurf=False,
        datei=ContentFile(b"%PDF-1.7", name="heft.pdf"),
        fertig=timezone.now(),
        fundstellen=fundstellen,
    )


def test_quelle_nennt_konferenz_tag_gruppe_ueberschrift_nummer_und_adresse(abschnitt) -> None:
    aeusserung = AeusserungFactory(abschnitt=abschnitt, text="Vermieter fehlen")
    adresse = f"https://doku.example.de/a/{aeusserung.kennung}/"
    zitat = Zitat.von(aeusserung)
    assert zitat.quelle == f"Fachtag, 21. April 2021, AG 3 „Wohnen“, „Wo hakt es?“, Nr. 3. {adresse}"
    assert zitat.mit_wortlaut == f"„Vermieter fehlen“ ({zitat.quelle})"
    assert "Nr. 3, Heft (Folien), S. 45. https" in Zitat.von(aeusserung, 45).quelle


def test_unterpunkt_zaehlt_unter_seiner_aeusserung(abschnitt) -> None:
    eltern = AeusserungFactory(abschnitt=abschnitt)
    AeusserungFactory(uebergeordnet=eltern)
    assert "Nr. 3, Unterpunkt 2." in Zitat.von(AeusserungFactory(uebergeordnet=eltern)).quelle


def test_zitat_sagt_woher_es_stammt_und_dass_es_geaendert_ist(abschnitt) -> None:
    rueckblick = AbschnittFactory(
        arbeitsgruppe=abschnitt.arbeitsgruppe, ueberschrift="2020", herkunft="rueckblick"
    )
    aeusserung = AeusserungFactory(abschnitt=rueckblick, text="Kurz", original="Ganz kurz")
    zitat = Zitat.von(aeusserung)
    assert "„2020“, frühere Veranstaltung (Rückblick), Nr. 1" in zitat.quelle
    assert zitat.mit_wortlaut.startswith("„Kurz“ [redaktionell geändert] (Fachtag")


def test_seite_zeigt_wortlaut_quelle_und_adresse(client: Client, abschnitt) -> None:
    aeusserung = AeusserungFactory(abschnitt=abschnitt, text='Vermieter "fehlen"\n<überall>')
    antwort = client.get(f"/a/{aeusserung.kennung}/zitat/")
    assert antwort.status_code == 200
    assert "„Vermieter &quot;fehlen&quot;\n&lt;überall&gt;“" in antwort.text
    assert f'id="zitat-adresse">https://doku.example.de/a/{aeusserung.kennung}/</p>' in antwort.text
    assert f'href="/fachtag/ag/3/#a-{aeusserung.kennung}"' in antwort.text
    assert f'href="/fachtag/heft.pdf#nameddest=a-{aeusserung.kennung}"' in antwort.text
    assert '<meta name="robots" content="noindex">' in antwort.text
    assert f'href="/a/{aeusserung.kennung}/zitat/"' in client.get("/fachtag/ag/3/").text


def test_kennung_in_grossen_buchstaben_findet_dieselbe_seite(client: Client, abschnitt) -> None:
    aeusserung = AeusserungFactory(abschnitt=abschnitt)
    assert client.get(f"/a/{aeusserung.kennung.upper()}/zitat/").status_code == 200


def test_ris_hat_je_zeile_ein_feld_auch_bei_mehrzeiligem_wortlaut(client: Client, abschnitt) -> None:
    aeusserung = AeusserungFactory(abschnitt=abschnitt, text="Erste Zeile\nER  - zweite")
    fertige_ausgabe(abschnitt.arbeitsgruppe.konferenz, {aeusserung.kennung: 7})
    antwort = client.get(f"/a/{aeusserung.kennung}/zitat.ris")
    assert antwort["Content-Disposition"] == f'attachment; filename="{aeusserung.kennung}.ris"'
    zeilen = antwort.content.decode().split("\r\n")
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", zeile) for zeile in zeilen[:-1])
    felder = dict(zeile.split("  - ", 1) for zeile in zeilen[:-1])
    assert (zeilen[0], zeilen[-2:]) == ("TY  - CPAPER", ["ER  - ", ""])
    assert felder["TI"] == "Erste Zeile ER - zweite"
    assert (felder["PB"], felder["DA"], felder["SP"]) == ("Amt", "2021/04/21", "7")
    assert felder["UR"] == f"https://doku.example.de/a/{aeusserung.kennung}/"


def test_seite_des_hefts_steht_da_solange_die_ausgabe_vom_jetzigen_stand_ist(
    client: Client, abschnitt
) -> None:
    aeusserung, gruppe = AeusserungFactory(abschnitt=abschnitt), abschnitt.arbeitsgruppe
    fertige_ausgabe(gruppe.konferenz, {aeusserung.kennung: 45})
    assert heftseite(gruppe.konferenz, aeusserung.kennung) == 45
    assert heftseite(gruppe.konferenz, "unbekannt") is None
    seite = f"/a/{aeusserung.kennung}/zitat/"
    assert "S. 45." in client.get(seite).text
    assert "fehlt in der Quelle noch" not in client.get(seite).text
    assert "Im Heft nachsehen (PDF, Seite 45)" in client.get(seite).text
    gruppe.titel = "Umbenannt"
    gruppe.save()
    assert "S. 45." not in client.get(seite).text
    assert "Die Seite im Heft fehlt in der Quelle noch" in client.get(seite).text
    assert "Im Heft nachsehen (PDF)" in client.get(seite).text


def test_fertiges_heft_weiss_wo_jede_aeusserung_steht(client: Client, abschnitt, setzer, erledigen) -> None:
    aeusserung = AeusserungFactory(abschnitt=abschnitt)
    setzer.stellen = {f"a-{aeusserung.kennung}": 12, "inhalt": 2}
    client.get("/fachtag/heft.pdf")
    erledigen()
    assert Heftausgabe.objects.get().fundstellen == {aeusserung.kennung: 12}
    assert heftseite(abschnitt.arbeitsgruppe.konferenz, aeusserung.kennung) == 12


def test_was_nicht_freigegeben_ist_zitiert_nur_wer_es_lesen_darf(
    client: Client, fremd: Client, organisation: Client, abschnitt
) -> None:
    aeusserung, konferenz = AeusserungFactory(abschnitt=abschnitt), abschnitt.arbeitsgruppe.konferenz
    fertige_ausgabe(konferenz, {aeusserung.kennung: 4711})
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    mit_link = Client()
    mit_link.get(f"/entwurf/{Entwurfslink.fuer(konferenz, 1, gruppe=abschnitt.arbeitsgruppe).marke}/")
    for pfad in (f"/a/{aeusserung.kennung}/zitat/", f"/a/{aeusserung.kennung}/zitat.ris"):
        assert client.get(pfad).status_code == 404
        assert fremd.get(pfad).status_code == 404
        for leser in (organisation, mit_link):
            antwort = leser.get(pfad)
            assert antwort.status_code == 200
            assert antwort["Cache-Control"] == "private, no-store"
            assert "4711" not in antwort.content.decode()
    assert "Vorschau:" in mit_link.get(f"/a/{aeusserung.kennung}/zitat/").text


def test_geloeschte_aeusserung_laesst_sich_nicht_mehr_zitieren(client: Client, abschnitt) -> None:
    aeusserung = AeusserungFactory(abschnitt=abschnitt)
    aeusserung.delete()
    for ende in ("zitat/", "zitat.ris"):
        assert client.get(f"/a/{aeusserung.kennung}/{ende}").status_code == 410
        assert client.get(f"/a/gibtsnicht/{ende}").status_code == 404


def test_zahl_der_abfragen_haengt_nicht_von_der_menge_ab(client: Client, abschnitt) -> None:
    aeusserung = AeusserungFactory(abschnitt=abschnitt)

    def abfragen() -> int:
        with CaptureQueriesContext(connection) as erfasst:
            assert client.get(f"/a/{aeusserung.kennung}/zitat/").status_code == 200
        return len(erfasst)

    wenige = abfragen()
    for _ in range(3):
        weiterer = AbschnittFactory(arbeitsgruppe__konferenz=abschnitt.arbeitsgruppe.konferenz)
        AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt=weiterer))
    assert abfragen() == wenige <= 20
    assert abfragen() <= 6  # as long as nothing changes
