"""The page of the Übernahme, as a browser without script uses it, and the files it keeps."""

import os
import re
import time
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from arbeitsgruppen import lesung, quelldateien
from arbeitsgruppen.aufbewahrung import leeren
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Erzeugnis, Quelldatei
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.models import Konferenz
from tests import dateien, vorlage
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory, BenutzerFactory
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db

TEXT = "Was läuft gut?\n- kurze Wege\n- Ehrenamt\n  - auch im Sommer\n\nWo hakt es?\n- Sprachkurse fehlen"
AG3 = vorlage.echte().bild.gruppen[2]


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    return ArbeitsgruppeFactory(nummer=3, titel=AG3.titel, status=Arbeitsgruppe.Status.IN_BEARBEITUNG)


def angemeldet(rolle: str, *gruppen: Arbeitsgruppe) -> Client:
    konto = BenutzerFactory(mitarbeit=True, first_name="Ayşe", last_name="Weiß")
    konto.groups.add(Group.objects.get(name=rolle))
    konto.arbeitsgruppen.add(*gruppen)
    client = Client()
    client.force_login(konto)
    return client


@pytest.fixture
def moderation(gruppe: Arbeitsgruppe) -> Client:
    return angemeldet(MODERATION, gruppe)


def adresse(gruppe: Arbeitsgruppe) -> str:
    return f"/admin/erfassung/{gruppe.pk}/uebernahme/"


def gelesen(
    client: Client, gruppe: Arbeitsgruppe, text: str = "", datei: bytes | None = None, name="a.pptx"
) -> Any:
    daten: dict[str, Any] = {"aktion": "lesen", "text": text}
    if datei is not None:
        daten["datei"] = SimpleUploadedFile(name, datei)
    return client.post(adresse(gruppe), daten)


def vorschau(antwort: Any) -> dict[str, Any]:
    """Return the fields of the preview as a browser would send them."""
    assert antwort.status_code in (200, 403, 409, 422), antwort.status_code
    inhalt = antwort.content.decode()
    # The form in which the text can be changed comes first on the page.
    teil = type("Teil", (), {"content": inhalt[inhalt.rindex("<form") :].encode()})
    return {**formulardaten(teil), "aktion": "speichern"}


def uebernommen(client: Client, gruppe: Arbeitsgruppe, text: str, **anders: Any) -> Any:
    daten = vorschau(gelesen(client, gruppe, text))
    return client.post(adresse(gruppe), {**daten, **anders})


def ohne(daten: dict[str, Any], *namen: str) -> dict[str, Any]:
    """Return what is sent when these boxes are not ticked."""
    return {name: wert for name, wert in daten.items() if name not in namen}


def texte(gruppe: Arbeitsgruppe) -> list[tuple[str, list[str]]]:
    """Return the headings of a group, each with its statements, then their sub-points."""
    return [
        (
            abschnitt.ueberschrift,
            [
                *abschnitt.aeusserungen.eintraege().order_by("position").values_list("text", flat=True),
                *abschnitt.aeusserungen.exclude(uebergeordnet=None).values_list("text", flat=True),
            ],
        )
        for abschnitt in gruppe.abschnitte.order_by("position")
    ]


def klartext(antwort: Any) -> str:
    """Return what stands on a page, without its tags."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", antwort.content.decode())))


# --- who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rolle", [ORGANISATION, MODERATION])
def test_wer_die_gruppe_erfassen_darf_sieht_die_seite(gruppe, rolle):
    antwort = angemeldet(rolle, gruppe).get(adresse(gruppe))
    assert antwort.status_code == 200
    assert "Text einfügen" in klartext(antwort)


@pytest.mark.parametrize("methode", ["get", "post"])
def test_fremde_gruppe_ist_gesperrt(gruppe, methode):
    assert getattr(angemeldet(MODERATION), methode)(adresse(gruppe)).status_code == 403


@pytest.mark.parametrize("methode", ["get", "post"])
def test_ministerium_ist_gesperrt(gruppe, methode):
    assert getattr(angemeldet(MINISTERIUM), methode)(adresse(gruppe)).status_code == 403


def test_ministerium_kann_auch_nicht_speichern(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    assert angemeldet(MINISTERIUM).post(adresse(gruppe), daten).status_code == 403
    assert texte(gruppe) == []


def test_wer_keine_rolle_hat_oder_nicht_angemeldet_ist_kommt_nicht_hin(gruppe, fremd, client):
    assert fremd.get(adresse(gruppe)).status_code == 403
    assert client.get(adresse(gruppe))["Location"].startswith("/admin/login/")


def test_gruppe_zur_pruefung_ist_fuer_die_moderation_gesperrt(gruppe, moderation):
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    assert moderation.get(adresse(gruppe)).status_code == 403
    assert gelesen(moderation, gruppe, TEXT).status_code == 403


def test_gruppe_die_es_nicht_gibt(gruppe, moderation):
    assert moderation.get("/admin/erfassung/999999/uebernahme/").status_code == 404


# --- reading ------------------------------------------------------------------------------------------


def test_vorschau_zeigt_was_gefunden_wurde_und_speichert_nichts(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, TEXT)
    daten = vorschau(antwort)

    assert "3 Äußerungen und 1 Unterpunkt gefunden: 3 neu." in klartext(antwort)
    assert [daten[f"k-{n}-ueberschrift"] for n in range(3)] == ["Was läuft gut?", "Wo hakt es?", ""]
    assert [daten[f"z-{n}-text"] for n in range(4)] == [
        "kurze Wege",
        "Ehrenamt",
        "auch im Sommer",
        "Sprachkurse fehlen",
    ]
    assert [daten[f"z-{n}-ziel"] for n in range(4)] == ["k0", "k0", "unterpunkt", "k1"]
    assert Aeusserung.objects.count() == 0


def test_datei_wird_gelesen_und_bei_der_gruppe_abgelegt(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, datei=dateien.pptx(AG3), name="Ergebnisse AG 3.pptx")

    assert "72 Äußerungen gefunden" in klartext(antwort)
    assert "„Ergebnisse AG 3.pptx“ liegt jetzt bei der Gruppe." in klartext(antwort)
    eintrag = gruppe.quelldateien.get()
    assert (eintrag.name, eintrag.groesse) == ("Ergebnisse AG 3.pptx", len(dateien.pptx(AG3)))
    assert eintrag.hochgeladen_von.first_name == "Ayşe"
    assert "Ergebnisse AG 3.pptx" in klartext(moderation.get(adresse(gruppe)))


def test_text_und_datei_zusammen_ergeben_beides_unter_gemeinsamen_ueberschriften(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, "Gut\n- a", datei=b"Hakt\n- b\n\nGUT:\n- c", name="b.txt")
    daten = vorschau(antwort)
    assert [daten[f"k-{n}-ueberschrift"] for n in range(3)] == ["Gut", "Hakt", ""]
    assert [(daten[f"z-{n}-text"], daten[f"z-{n}-ziel"]) for n in range(3)] == [
        ("a", "k0"),
        ("c", "k0"),
        ("b", "k1"),
    ]


def test_dateiname_sagt_nichts_ueber_den_inhalt(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, datei=dateien.pptx(AG3), name="Ergebnisse.txt")
    assert "72 Äußerungen gefunden" in klartext(antwort)


def test_notizen_und_fusszeilen_stehen_fuer_sich_und_sind_abgeschaltet(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, datei=dateien.pptx(AG3))
    daten = vorschau(antwort)

    assert "Notizen (9)" in klartext(antwort)
    beiwerk = [name for name, wert in daten.items() if wert == "Notiz zu Seite 2"]
    assert len(beiwerk) == 1
    assert beiwerk[0].replace("-text", "-wahl") not in daten


def test_seiten_anderer_gruppen_sind_abgeschaltet(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, f"{TEXT}\n\nAG 77: Arbeit\nPartner\n- fremd")
    daten = vorschau(antwort)

    assert "3 Äußerungen und 1 Unterpunkt gefunden" in klartext(antwort)
    assert "gehört laut ihrem Titel zu „AG 77: Arbeit“" in klartext(antwort)
    assert "k-2-an" not in daten
    moderation.post(adresse(gruppe), daten)
    assert [ueberschrift for ueberschrift, _ in texte(gruppe)] == ["Was läuft gut?", "Wo hakt es?"]


def test_text_laesst_sich_aendern_und_neu_lesen(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, "\nGut\n- <a>")
    inhalt = antwort.content.decode()
    assert (
        '<textarea name="text" id="id_text" rows="10" spellcheck="false">\n\nGut\n- &lt;a&gt;</textarea>'
        in inhalt
    )


@pytest.mark.parametrize(
    ("text", "erwartet"),
    [
        ("", "Fügen Sie einen Text ein, oder wählen Sie eine Datei."),
        (" \n", "Fügen Sie einen Text ein, oder wählen Sie eine Datei."),
        ("•\n•", "Es wurde nichts gefunden"),
        ("- a\n" * 1_001, "höchstens 1000 unter 200 lassen sich auf einmal übernehmen"),
        ("- a\n" * 10_002, "mehr als 10000 Zeilen"),
        ("a" * 400_001, "hat 400001 Zeichen"),
    ],
    ids=["leer", "Leerraum", "nur Zeichen", "zu viele", "zu viele Zeilen", "zu lang"],
)
def test_unbrauchbarer_text_kommt_mit_einer_meldung_zurueck(gruppe, moderation, text, erwartet):
    antwort = gelesen(moderation, gruppe, text)

    assert antwort.status_code == 422
    assert erwartet in klartext(antwort)
    zurueck = formulardaten(antwort)["text"]
    assert str(zurueck).replace("\r\n", "\n") == text


def test_unlesbare_datei_kommt_mit_einer_meldung_und_der_text_bleibt(gruppe, moderation):
    antwort = gelesen(moderation, gruppe, TEXT, datei=b"\x89PNG\r\n", name="bild.png")

    assert antwort.status_code == 422
    assert "Die Datei ist ein Bild." in klartext(antwort)
    assert str(formulardaten(antwort)["text"]).replace("\r\n", "\n") == TEXT
    assert Quelldatei.objects.count() == 0


def test_bombe_wird_gemeldet_und_nicht_abgelegt(gruppe, moderation):
    mappe = BytesIO()
    Workbook().save(mappe)
    from tests.arbeitsgruppen.test_dateien import mit_teil

    bombe = mit_teil(mappe.getvalue(), "xl/media/nullen.bin", b" " * (40 * 2**20))
    antwort = gelesen(moderation, gruppe, datei=bombe)

    assert "ungewöhnlich stark gepackt" in klartext(antwort)
    assert Quelldatei.objects.count() == 0


@pytest.fixture
def langsam(monkeypatch) -> None:
    """Let no file be read at once."""
    monkeypatch.setattr(lesung, "SOFORT", replace(lesung.SOFORT, zeit=0.001))


@pytest.mark.usefixtures("langsam")
def test_was_lange_zu_lesen_ist_wird_im_hintergrund_gelesen_und_dann_gezeigt(gruppe, moderation, erledigen):
    sofort = vorschau(gelesen(moderation, gruppe, f"Ideen\n- {'x' * 9}"))  # text needs no reader of files
    assert sofort
    hochgeladen = gelesen(moderation, gruppe, "Gut\n- dazu", datei=dateien.pptx(AG3), name="Folien.pptx")
    stelle = hochgeladen["Location"]
    assert (
        gelesen(moderation, gruppe, "Gut\n- dazu", datei=dateien.pptx(AG3), name="Folien.pptx")["Location"]
        == stelle
    )
    seite = klartext(moderation.get(stelle))
    assert "„Folien.pptx“ ist hochgeladen." in seite
    assert not gruppe.quelldateien.exists()

    assert erledigen() == ["herstellen"]
    assert gruppe.quelldateien.get().name == "Folien.pptx"
    antwort = moderation.get(stelle)
    assert "„Folien.pptx“ liegt jetzt bei der Gruppe." in klartext(antwort)
    texte = [wert for name, wert in vorschau(antwort).items() if name.endswith("-text")]
    assert "dazu" in texte
    assert {a.text for abschnitt in AG3.abschnitte for a in abschnitt.aeusserungen} <= set(texte)
    assert f'action="{adresse(gruppe)}"' in antwort.text
    assert moderation.post(adresse(gruppe), vorschau(antwort))["Location"].endswith(f"/{gruppe.pk}/")
    assert Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe, text="dazu").exists()


@pytest.mark.usefixtures("langsam")
def test_im_hintergrund_unlesbare_datei_kommt_mit_grund_und_text_zurueck(
    gruppe, moderation, erledigen, monkeypatch
):
    monkeypatch.setattr(lesung, "HINTERGRUND", replace(lesung.HINTERGRUND, zeit=0.001))
    stelle = gelesen(moderation, gruppe, TEXT, datei=dateien.pptx(AG3), name="Folien.pptx")["Location"]
    erledigen()
    antwort = moderation.get(stelle)
    assert antwort.status_code == 422
    assert "„Folien.pptx“: Die Datei ist zu aufwendig zu lesen." in klartext(antwort)
    assert "- kurze Wege" in antwort.text
    assert not gruppe.quelldateien.exists()


@pytest.mark.usefixtures("langsam")
def test_verlorene_datei_ohne_text_wird_genannt_und_noch_einmal_hochgeladen_gelesen(
    gruppe, moderation, erledigen
):
    stelle = gelesen(moderation, gruppe, datei=dateien.pptx(AG3), name="Folien.pptx")["Location"]
    default_storage.delete(str(Erzeugnis.objects.get().eingang))
    erledigen()
    fehler = klartext(moderation.get(stelle))
    assert "„Folien.pptx“: Die hochgeladene Datei ist verloren gegangen." in fehler
    assert "Fügen Sie einen Text ein, oder" not in fehler
    assert gelesen(moderation, gruppe, datei=dateien.pptx(AG3), name="Folien.pptx")["Location"] == stelle
    erledigen()
    assert "liegt jetzt bei der Gruppe" in klartext(moderation.get(stelle))


@pytest.mark.usefixtures("langsam")
def test_gelesenes_sieht_nur_wer_in_der_gruppe_erfassen_darf(gruppe, moderation, erledigen):
    stelle = gelesen(moderation, gruppe, datei=dateien.pptx(AG3))["Location"]
    erledigen()
    andere = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    assert angemeldet(MODERATION, andere).get(stelle).status_code == 403
    anderswo = stelle.replace(f"/{gruppe.pk}/", f"/{andere.pk}/")
    antwort = angemeldet(MODERATION, andere).get(anderswo, follow=True)
    assert "Die gelesene Datei ist nicht mehr da." in klartext(antwort)


@pytest.mark.usefixtures("langsam")
def test_zu_viele_grosse_dateien_auf_einmal_kommen_mit_dem_text_zurueck(gruppe, moderation, settings):
    settings.HEFT_WARTESCHLANGE = 0
    antwort = gelesen(moderation, gruppe, TEXT, datei=dateien.pptx(AG3))
    assert antwort.status_code == 503
    assert "sehr viele große Dateien" in klartext(antwort)
    assert "- kurze Wege" in antwort.text


@pytest.mark.usefixtures("langsam")
def test_vor_dem_lesen_geloeschte_gruppe_laesst_es_mit_grund_scheitern(gruppe, moderation, erledigen):
    gelesen(moderation, gruppe, datei=dateien.pptx(AG3))
    Erzeugnis.objects.update(angaben={**Erzeugnis.objects.get().angaben, "gruppe": 0})
    erledigen()
    assert "gibt es nicht mehr" in Erzeugnis.objects.get().fehler


def test_zu_grosse_datei_wird_abgewiesen(gruppe, moderation, monkeypatch):
    from arbeitsgruppen import dateien as leser
    from arbeitsgruppen.dateileser.bloecke import Grenzen

    klein = Grenzen(datei=2**20)
    monkeypatch.setattr(leser.groesse_pruefen, "__defaults__", (klein,))
    antwort = gelesen(moderation, gruppe, datei=b"x" * (2**20 + 1))
    assert "ist mit 1 MB zu groß, höchstens 1 MB" in klartext(antwort)


# --- storing ------------------------------------------------------------------------------------------


def test_ein_klick_speichert_alles_und_fuehrt_zur_gruppe(gruppe, moderation):
    antwort = uebernommen(moderation, gruppe, TEXT)

    assert antwort["Location"] == f"/admin/erfassung/{gruppe.pk}/"
    assert texte(gruppe) == [
        ("Was läuft gut?", ["kurze Wege", "Ehrenamt", "auch im Sommer"]),
        ("Wo hakt es?", ["Sprachkurse fehlen"]),
    ]
    assert [a.kategorie for a in gruppe.abschnitte.order_by("position")] == ["gut", "hakt"]
    assert (
        "Übernommen: 3 Äußerungen, ein Unterpunkt. Neu angelegt: „Was läuft gut?“, „Wo hakt es?“."
        in klartext(moderation.get(antwort["Location"]))
    )


def test_zweimal_einfuegen_fuegt_nichts_hinzu(gruppe, moderation):
    uebernommen(moderation, gruppe, TEXT)
    vorher = texte(gruppe)
    antwort = gelesen(moderation, gruppe, TEXT)
    assert "0 neu, 3 schon da" in klartext(antwort)
    moderation.post(adresse(gruppe), vorschau(antwort))
    assert texte(gruppe) == vorher


def test_dieselbe_vorschau_zweimal_abgeschickt_speichert_einmal(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    moderation.post(adresse(gruppe), daten)
    vorher = texte(gruppe)
    antwort = moderation.post(adresse(gruppe), daten, follow=True)
    assert texte(gruppe) == vorher
    assert "Nichts Neues: Es war schon alles da." in klartext(antwort)


def test_aeusserung_wird_geaendert_abgeschaltet_und_verschoben(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    daten |= {"z-0-text": "sehr kurze Wege", "z-3-ziel": "k0"}
    moderation.post(adresse(gruppe), ohne(daten, "z-1-wahl"))
    assert texte(gruppe) == [("Was läuft gut?", ["sehr kurze Wege", "Sprachkurse fehlen"])]


def test_aeusserung_kommt_in_einen_vorhandenen_abschnitt(gruppe, moderation):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Partner")
    daten = vorschau(gelesen(moderation, gruppe, "Gut\n- a\n- b"))
    moderation.post(adresse(gruppe), {**daten, "z-1-ziel": f"a{abschnitt.pk}"})
    assert texte(gruppe) == [("Partner", ["b"]), ("Gut", ["a"])]


def test_ueberschrift_kategorie_und_herkunft_lassen_sich_waehlen(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, "Gut\n- a"))
    moderation.post(
        adresse(gruppe),
        {**daten, "k-0-ueberschrift": "Stärken", "k-0-kategorie": "gut", "k-0-herkunft": "rueckblick"},
    )
    abschnitt = Abschnitt.objects.get()
    assert (abschnitt.ueberschrift, abschnitt.kategorie, abschnitt.herkunft) == (
        "Stärken",
        "gut",
        "rueckblick",
    )


def test_was_unter_keine_ueberschrift_passt_bekommt_eine_weitere(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, "Gut\n- a\n- b"))
    moderation.post(adresse(gruppe), {**daten, "z-1-ziel": "k1", "k-1-ueberschrift": "Partner"})
    assert texte(gruppe) == [("Gut", ["a"]), ("Partner", ["b"])]


def test_ganzer_abschnitt_laesst_sich_abschalten(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    moderation.post(adresse(gruppe), ohne(daten, "k-0-an"))
    assert texte(gruppe) == [("Wo hakt es?", ["Sprachkurse fehlen"])]


def test_aehnliche_zeigt_die_vorhandene_und_laesst_waehlen(gruppe, moderation):
    alte = AeusserungFactory(
        abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut"),
        text="Ehrenamtliche sind sehr müde",
    )
    antwort = gelesen(moderation, gruppe, "Gut\n- Ehrenamtliche sind müde")
    daten = vorschau(antwort)

    assert "Ähnlich wie Ehrenamtliche sind sehr müde (Gut)" in klartext(antwort)
    assert daten["z-0-wahl"] == "neu"
    moderation.post(adresse(gruppe), {**daten, "z-0-wahl": "statt"})
    alte.refresh_from_db()
    assert alte.text == "Ehrenamtliche sind müde"


def test_zeilenumbrueche_des_browsers_aendern_keine_aeusserung(gruppe, moderation):
    datei = b'Abschnitt;Text\r\nGut;"Tipp: App\n(kostenfrei)"\r\n'
    daten = vorschau(gelesen(moderation, gruppe, datei=datei, name="a.csv"))
    assert "\r\n" in daten["z-0-text"]
    moderation.post(adresse(gruppe), daten)
    assert texte(gruppe) == [("Gut", ["Tipp: App\n(kostenfrei)"])]


# --- when something is wrong or has changed -----------------------------------------------------------


def test_maengel_werden_an_ihrer_stelle_gemeldet_und_alles_getippte_bleibt(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    daten |= {"z-0-text": " ", "z-3-text": "geändert", "k-1-ueberschrift": ""}
    antwort = moderation.post(adresse(gruppe), ohne(daten, "z-1-wahl"))
    zurueck = vorschau(antwort)

    assert antwort.status_code == 422
    assert "Hier steht nichts mehr." in klartext(antwort)
    assert "Geben Sie dem Abschnitt eine Überschrift." not in klartext(antwort)  # comes after that is mended
    assert zurueck["z-3-text"] == "geändert"
    assert "z-1-wahl" not in zurueck
    assert texte(gruppe) == []
    antwort = moderation.post(adresse(gruppe), {**zurueck, "z-0-text": "kurze Wege"})
    assert "Geben Sie dem Abschnitt eine Überschrift." in klartext(antwort)
    assert 'href="#id_k-1-ueberschrift"' in antwort.content.decode()
    assert 'id="id_k-1-ueberschrift"' in antwort.content.decode()


def test_unterpunkt_ohne_aeusserung_davor_wird_gemeldet(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    antwort = moderation.post(adresse(gruppe), {**daten, "z-0-ziel": "unterpunkt"})
    assert "Davor steht keine Äußerung." in klartext(antwort)


@pytest.mark.parametrize(
    "feld",
    [
        {"z-0-war": "kaputt"},
        {"z-0-war": "[]"},
        {"z-0-war": "[" * 100_000},
        {"z-0-war": ""},
        {"k-0-war": "{}"},
        {"z-0-ziel": "k99"},
        {"z-0-ziel": "a99"},
        {"k-0-ziel": "99999"},
        {"z-0-wahl": "alles"},
        {"z-0-text": "a\0b"},
        {"z-TOTAL_FORMS": "x"},
        {"z-TOTAL_FORMS": "5000"},
        {"k-TOTAL_FORMS": "0"},
        {"k-0-kategorie": "sonst"},
        {"k-0-ueberschrift": "x" * 501},
    ],
    ids=lambda feld: "-".join(f"{k}={v[:8]}" for k, v in feld.items()),
)
def test_verdorbene_vorschau_wird_gemeldet_und_speichert_nichts(gruppe, moderation, feld):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    antwort = moderation.post(adresse(gruppe), {**daten, **feld})
    assert antwort.status_code == 422
    assert texte(gruppe) == []


@pytest.mark.parametrize("daten", [{}, {"z-TOTAL_FORMS": "0", "z-INITIAL_FORMS": "0"}], ids=["leer", "halb"])
def test_unvollstaendige_anfrage_wird_gemeldet(gruppe, moderation, daten):
    antwort = moderation.post(adresse(gruppe), {"aktion": "speichern", **daten})
    assert antwort.status_code == 422


def test_inzwischen_geaenderte_vorhandene_wird_gezeigt_und_nichts_geht_verloren(gruppe, moderation):
    alte = AeusserungFactory(
        abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut"),
        text="Ehrenamtliche sind sehr müde",
    )
    daten = vorschau(gelesen(moderation, gruppe, "Gut\n- Ehrenamtliche sind müde\n- Wohnraum"))
    daten |= {"z-0-wahl": "statt", "z-1-text": "mehr Wohnraum"}
    Aeusserung.objects.filter(pk=alte.pk).update(text="Ehrenamtliche sind wach")
    antwort = moderation.post(adresse(gruppe), daten)
    zurueck = vorschau(antwort)

    assert antwort.status_code == 409
    assert "inzwischen geändert" in klartext(antwort)
    assert "Ähnlich wie Ehrenamtliche sind wach" in klartext(antwort)
    assert (zurueck["z-0-wahl"], zurueck["z-1-text"]) == ("statt", "mehr Wohnraum")
    moderation.post(adresse(gruppe), zurueck)
    assert texte(gruppe) == [("Gut", ["Ehrenamtliche sind müde", "mehr Wohnraum"])]


def test_inzwischen_geloeschte_vorhandene_wird_als_neue_angeboten(gruppe, moderation):
    alte = AeusserungFactory(
        abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut"),
        text="Ehrenamtliche sind sehr müde",
    )
    daten = vorschau(gelesen(moderation, gruppe, "Gut\n- Ehrenamtliche sind müde"))
    alte.delete()
    antwort = moderation.post(adresse(gruppe), {**daten, "z-0-wahl": "statt"})

    assert "inzwischen gelöscht" in klartext(antwort)
    moderation.post(adresse(gruppe), vorschau(antwort))
    assert texte(gruppe) == [("Gut", ["Ehrenamtliche sind müde"])]


def test_inzwischen_geloeschter_abschnitt_wird_gemeldet_und_die_auswahl_bleibt(gruppe, moderation):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut")
    daten = vorschau(gelesen(moderation, gruppe, "Gut\n- a\n- b"))
    abschnitt.delete()
    antwort = moderation.post(adresse(gruppe), {**daten, "z-1-text": "geändert"})
    zurueck = vorschau(antwort)

    assert antwort.status_code == 422
    assert "Diesen Abschnitt gibt es nicht (mehr). Wählen Sie einen anderen." in klartext(antwort)
    assert (zurueck["k-0-ueberschrift"], zurueck["z-1-text"]) == ("Gut", "geändert")
    moderation.post(adresse(gruppe), {**zurueck, "k-0-ziel": "neu"})
    assert texte(gruppe) == [("Gut", ["a", "geändert"])]


def test_inzwischen_angelegter_abschnitt_gleicher_ueberschrift_wird_benutzt(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, "Gut\n- a"))
    AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift="Gut")
    moderation.post(adresse(gruppe), daten)
    assert texte(gruppe) == [("Gut", ["a"])]


def test_inzwischen_abgegebene_gruppe_behaelt_die_auswahl_auf_der_seite(gruppe, moderation):
    daten = vorschau(gelesen(moderation, gruppe, TEXT))
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    antwort = moderation.post(adresse(gruppe), {**daten, "z-0-text": "geändert"})

    assert antwort.status_code == 403
    assert "Die Gruppe ist inzwischen „zur Prüfung“. Ihre Auswahl steht noch da." in klartext(antwort)
    assert vorschau(antwort)["z-0-text"] == "geändert"
    assert texte(gruppe) == []
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    moderation.post(adresse(gruppe), vorschau(antwort))
    assert texte(gruppe)[0][1][0] == "geändert"


def test_archivierte_konferenz_behaelt_die_auswahl_der_organisation(gruppe):
    organisation = angemeldet(ORGANISATION)
    daten = vorschau(gelesen(organisation, gruppe, TEXT))
    Konferenz.objects.update(status=Konferenz.Status.ARCHIVIERT)
    antwort = organisation.post(adresse(gruppe), daten)
    assert (antwort.status_code, vorschau(antwort)["z-0-text"]) == (403, "kurze Wege")
    assert "Die Konferenz ist inzwischen archiviert" in klartext(antwort)


# --- how much -----------------------------------------------------------------------------------------


def viele(anzahl: int) -> str:
    return "\n".join(
        f"{'Gut' if n == 0 else ''}\n- Äußerung Nummer {n * 7919} zum Thema {n}" for n in range(anzahl)
    )


@pytest.mark.parametrize("aktion", ["eingabe", "vorschau"])
def test_abfragen_der_seiten_haengen_nicht_von_der_zahl_der_aeusserungen_ab(gruppe, moderation, aktion):
    def abfragen(anzahl: int) -> int:
        AeusserungFactory.create_batch(anzahl, abschnitt__arbeitsgruppe=gruppe)
        konto = gruppe.konten.get()
        for nummer in range(anzahl):
            quelldateien.ablegen(gruppe, konto, f"{nummer}.txt", f"{anzahl} {nummer}".encode())
        with CaptureQueriesContext(
            connection,
        ) as gezaehlt:
            if aktion == "eingabe":
                moderation.get(adresse(gruppe))
            else:
                gelesen(moderation, gruppe, viele(anzahl))
        return len(gezaehlt)

    assert abfragen(1) == abfragen(20)


def test_dreihundert_aeusserungen_werden_in_einem_zug_uebernommen(gruppe, moderation):
    beginn = time.perf_counter()
    antwort = gelesen(moderation, gruppe, viele(300))
    daten = vorschau(antwort)
    moderation.post(adresse(gruppe), daten)

    assert Aeusserung.objects.count() == 300
    assert len(set(Aeusserung.objects.values_list("kennung", flat=True))) == 300
    assert time.perf_counter() - beginn < 15


def test_tausend_zeilen_passen_in_eine_anfrage(gruppe, moderation, settings):
    daten = vorschau(gelesen(moderation, gruppe, viele(1_000)))
    assert len(daten) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert sum(len(str(wert)) for wert in daten.values()) * 2 < settings.DATA_UPLOAD_MAX_MEMORY_SIZE


# --- the files ----------------------------------------------------------------------------------------


@pytest.fixture
def quelldatei(gruppe: Arbeitsgruppe, moderation: Client) -> Quelldatei:
    return quelldateien.ablegen(
        gruppe, gruppe.konten.get(), "Ergebnisse „AG“.pptx", b"<script>alert(1)</script>"
    )


def pfad(quelldatei: Quelldatei) -> str:
    return f"/admin/erfassung/quelldatei/{quelldatei.pk}/"


@pytest.mark.parametrize("rolle", [ORGANISATION, MODERATION, MINISTERIUM])
def test_wer_eine_rolle_hat_bekommt_die_datei_wie_sie_kam(quelldatei, rolle):
    antwort = angemeldet(rolle).get(pfad(quelldatei))

    assert antwort.getvalue() == b"<script>alert(1)</script>"
    assert antwort["Content-Disposition"].startswith("attachment; filename*=utf-8''Ergebnisse")
    assert antwort["Content-Type"] == "application/octet-stream"
    assert antwort["X-Content-Type-Options"] == "nosniff"


def test_datei_ist_nicht_oeffentlich(quelldatei, client, fremd):
    assert client.get(pfad(quelldatei))["Location"].startswith("/admin/login/")
    assert fremd.get(pfad(quelldatei)).status_code == 403
    assert client.get(f"/medien/{quelldatei.datei.name}").status_code == 404


def test_dieselbe_datei_wird_je_gruppe_einmal_abgelegt(gruppe, moderation):
    for name in ("a.txt", "b.txt"):
        gelesen(moderation, gruppe, datei=TEXT.encode(), name=name)
    assert [eintrag.name for eintrag in gruppe.quelldateien.all()] == ["a.txt"]
    andere = ArbeitsgruppeFactory()
    quelldateien.ablegen(andere, gruppe.konten.get(), "a.txt", TEXT.encode())
    assert Quelldatei.objects.count() == 2


def test_organisation_loescht_die_datei_nach_rueckfrage_in_den_papierkorb(gruppe, quelldatei):
    organisation = angemeldet(ORGANISATION)
    ort = Path(quelldatei.datei.path)
    assert "löschen : Ergebnisse" in klartext(organisation.get(adresse(gruppe)))
    assert "noch 90 Tage im Papierkorb" in klartext(organisation.get(f"{pfad(quelldatei)}loeschen/"))
    antwort = organisation.post(f"{pfad(quelldatei)}loeschen/")

    assert antwort["Location"] == adresse(gruppe)
    assert (Quelldatei.objects.count(), ort.exists()) == (0, True)
    leeren(timedelta(0))
    assert ort.exists()  # it may just be being saved
    os.utime(ort, (0, 0))
    leeren(timedelta(0))
    assert not ort.exists()


def test_mit_der_gruppe_gehen_ihre_dateien(gruppe, quelldatei):
    ort = Path(quelldatei.datei.path)
    os.utime(ort, (0, 0))
    gruppe.delete()
    leeren()
    assert ort.exists()  # the group can still be taken back
    leeren(timedelta(0))
    assert not ort.exists()


@pytest.mark.parametrize("rolle", [MODERATION, MINISTERIUM])
@pytest.mark.parametrize("methode", ["get", "post"])
def test_nur_die_organisation_loescht_dateien(gruppe, quelldatei, rolle, methode):
    client = angemeldet(rolle, gruppe)
    assert getattr(client, methode)(f"{pfad(quelldatei)}loeschen/").status_code == 403
    assert Quelldatei.objects.count() == 1


def test_loeschen_ist_ohne_anmeldung_und_ohne_rolle_gesperrt(quelldatei, client, fremd):
    assert client.post(f"{pfad(quelldatei)}loeschen/")["Location"].startswith("/admin/login/")
    assert fremd.post(f"{pfad(quelldatei)}loeschen/").status_code == 403


def test_datei_die_im_speicher_fehlt_ist_nicht_zu_finden(quelldatei):
    Path(quelldatei.datei.path).unlink()
    assert angemeldet(ORGANISATION).get(pfad(quelldatei)).status_code == 404


def test_konto_das_geloescht_wird_laesst_seine_datei_da(gruppe, quelldatei):
    User.objects.all().delete()
    quelldatei.refresh_from_db()
    assert quelldatei.hochgeladen_von is None
