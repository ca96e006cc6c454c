"""The static archive: complete, without a broken link, only what is released, whole or not at all."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from arbeitsgruppen import archiv
from arbeitsgruppen.archiv import Archivfehler, schreiben, suchverzeichnis
from arbeitsgruppen.bild import konferenzbild
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Erzeugnis
from konferenz.models import Folie, Konferenz
from tests import vorlage
from tests.fabriken import (
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    KonferenzFactory,
    ProgrammpunktFactory,
    angemeldet,
)

pytestmark = pytest.mark.django_db

GEHEIM = "Xylophon"
SITE = "https://doku.example.de"


@pytest.fixture(autouse=True)
def _seite(settings) -> None:
    settings.SITE_URL = SITE


@pytest.fixture
def konferenz() -> Konferenz:
    """Return a released conference with a picture, a sub-point, and a group that is not released."""
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    punkt = ProgrammpunktFactory(konferenz=konferenz)
    FolieFactory(vortrag__konferenz=konferenz, vortrag__slug="stand", mit_bild=True)
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=1, programmpunkt=punkt)
    eintrag = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text='Text mit href="/fachtag/" und <b>')
    AeusserungFactory(uebergeordnet=eintrag, text="ein Unterpunkt")
    geheime = ArbeitsgruppeFactory(konferenz=konferenz, nummer=2, zur_pruefung=True)
    AeusserungFactory(abschnitt__arbeitsgruppe=geheime, text=f"{GEHEIM} klingt")
    KonferenzFactory(slug="geheim", titel=f"Entwurf {GEHEIM}")
    return konferenz


def geschrieben(konferenz: Konferenz) -> dict[str, bytes]:
    """Return the files of the archive, with the choice in the place of each Heft."""
    dateien: dict[str, bytes] = {}
    schreiben(konferenz, lambda auswahl, zustand: f"%PDF {auswahl.anfrage}".encode(), dateien.__setitem__)
    return dateien


class Verweise(HTMLParser):
    """Collects what a page leads to and loads, and what can be led to in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.geladen: list[str] = []
        self.stellen: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        werte = dict(attrs)
        self.stellen |= {wert for name in ("id", "name") if (wert := werte.get(name))}
        if tag == "a" and werte.get("href"):
            self.links.append(werte["href"] or "")
        elif tag == "form" and werte.get("action"):
            self.links.append(werte["action"] or "")
        else:
            self.geladen += [w for name in ("href", "src") if tag != "a" and (w := werte.get(name))]


def gebrochene(dateien: dict[str, bytes]) -> Iterator[str]:
    """Yield every link of the archive that leads to no file, to no place in it, or out to the site."""
    seiten = {name: Verweise(inhalt.decode()) for name, inhalt in dateien.items() if name.endswith(".html")}
    for name, seite in seiten.items():
        for adresse in seite.links + seite.geladen:
            teile = urlsplit(adresse)
            if teile.scheme or adresse.startswith(("/", "//")):
                if adresse in seite.geladen or adresse.startswith(("/", SITE)):
                    yield f"{name}: {adresse} (kein relativer Verweis)"
                continue
            ziel = unquote(teile.path) or name
            if ziel not in dateien:
                yield f"{name}: {adresse} (Datei fehlt)"
            elif teile.fragment and unquote(teile.fragment) not in seiten[ziel].stellen:
                yield f"{name}: {adresse} (Stelle fehlt)"
    for name, inhalt in dateien.items():
        if name.endswith(".css"):
            for verweis in re.findall(r"url\(['\"]?([^'\")]+)", inhalt.decode()):
                if not verweis.startswith(("data:", "%23", "#")):
                    pfad = Path("/", name).parent.joinpath(verweis).resolve()
                    if str(pfad)[1:] not in dateien:
                        yield f"{name}: {verweis}"


def test_archiv_enthaelt_alles_und_kein_verweis_ist_gebrochen(konferenz) -> None:
    dateien = geschrieben(konferenz)

    assert list(gebrochene(dateien)) == []
    erwartet = {
        "index.html",
        "ag-1.html",
        "ag-2.html",
        "vortrag-stand.html",
        "vergleich.html",
        "suche.html",
        "suchverzeichnis.js",
        "programm.ics",
        "konferenz-1.schema.json",
        "LIESMICH.txt",
        "SHA256SUMS",
        "heft.pdf",
        "heft-bericht.pdf",
        "heft-ag-1.pdf",
        "heft-bericht-ag-1.pdf",
        *(f"{davor}daten.{endung}" for davor in ("", "ag-1-") for endung in ("json", "csv", "xlsx")),
    }
    eigene = {name for name in dateien if not name.startswith("gestaltung/")}
    assert eigene == erwartet | {"bilder/stand-1.png"}
    assert dateien["heft-bericht-ag-1.pdf"] == b"%PDF form=bericht&ag=1"


def test_seiten_fuehren_zu_den_dateien_daneben(konferenz) -> None:
    dateien = geschrieben(konferenz)
    start = dateien["index.html"].decode()

    for ziel in (
        "ag-1.html",
        "vortrag-stand.html",
        "heft.pdf",
        "heft-bericht.pdf",
        "daten.xlsx",
        "programm.ics",
    ):
        assert f'href="{ziel}"' in start, ziel
    assert 'src="bilder/stand-1.png"' in dateien["vortrag-stand.html"].decode()


def test_jede_aeusserung_hat_ihre_stelle_und_ihre_adresse(konferenz) -> None:
    dateien = geschrieben(konferenz)
    seite = dateien["ag-1.html"].decode()

    kennungen = Aeusserung.objects.filter(abschnitt__arbeitsgruppe__nummer=1).values_list(
        "kennung", flat=True
    )
    assert len(kennungen) == 2
    for kennung in kennungen:
        assert f'id="a-{kennung}"' in seite
        assert f'href="ag-1.html#a-{kennung}"' in seite
    assert f"{SITE}/a/" in seite
    assert f"{SITE}/fachtag/" in seite


def test_text_der_wie_ein_verweis_aussieht_bleibt_wie_er_ist(konferenz) -> None:
    seite = geschrieben(konferenz)["ag-1.html"].decode()

    assert "Text mit href=&quot;/fachtag/&quot; und &lt;b&gt;" in seite


def test_nicht_freigegebenes_ist_in_keiner_datei(konferenz) -> None:
    dateien = geschrieben(konferenz)

    geheime = Aeusserung.objects.get(text__contains=GEHEIM)
    for name, inhalt in dateien.items():
        if name.endswith(".xlsx"):
            with ZipFile(BytesIO(inhalt)) as mappe:
                inhalt = b"".join(mappe.read(teil) for teil in mappe.namelist())
        assert GEHEIM.encode() not in inhalt, name
        assert geheime.kennung.encode() not in inhalt, name
    assert "AG 2" in dateien["LIESMICH.txt"].decode()


def test_kein_formular_und_keine_bedienung_die_einen_server_braucht(konferenz) -> None:
    for name, inhalt in geschrieben(konferenz).items():
        if name.endswith(".html"):
            assert inhalt.count(b"<form") == (name == "suche.html"), name
            assert b"/admin/" not in inhalt, name
            assert b"feed.atom" not in inhalt, name


def test_pruefsummen_stimmen_und_nennen_jede_datei(konferenz) -> None:
    dateien = geschrieben(konferenz)

    zeilen = [zeile.split("  ") for zeile in dateien.pop("SHA256SUMS").decode().splitlines()]
    assert {name: summe for summe, name in zeilen} == {
        name: hashlib.sha256(inhalt).hexdigest() for name, inhalt in dateien.items()
    }


def test_suchverzeichnis_enthaelt_jeden_text_der_konferenz(echte_konferenz) -> None:
    bild = konferenzbild(echte_konferenz)
    roh = suchverzeichnis(bild).decode()
    eintraege = json.loads(roh.removeprefix("const VERZEICHNIS = ").removesuffix(";\n"))

    texte = [text for _, _, text in eintraege]
    for gruppe in bild.gruppen:
        for abschnitt in gruppe.abschnitte:
            for aeusserung in abschnitt.aeusserungen:
                assert aeusserung.text in texte
    assert sum("#a-" in ziel for ziel, _, _ in eintraege) == 464


def test_archiv_der_wirklichen_konferenz_hat_keinen_gebrochenen_verweis(echte_themen) -> None:
    dateien = geschrieben(echte_themen)

    assert list(gebrochene(dateien)) == []
    assert sum(name.endswith(".pdf") for name in dateien) == 18
    arten = Counter(re.split(r"[-.]", name)[0] for name in dateien if name.endswith(".html"))
    assert arten.pop("thema") >= 15
    assert arten == {"index": 1, "ag": 8, "vortrag": 1, "suche": 1, "themen": 1, "vergleich": 3}


def test_gleich_befragte_gruppen_stehen_auf_einer_seite_die_beide_nennen(echte_konferenz) -> None:
    dateien = geschrieben(echte_konferenz)

    assert {"vergleich-ag-3-6.html", "vergleich-ag-5-7-8.html"} <= dateien.keys()
    for gruppe in (3, 6):  # whose pages name the groups in different order
        assert b'href="vergleich-ag-3-6.html"' in dateien[f"ag-{gruppe}.html"]


def test_was_ohne_ziel_ist_sieht_nicht_wie_ein_knopf_aus(echte_themen) -> None:
    tote = {
        (name, treffer)
        for name, inhalt in geschrieben(echte_themen).items()
        if name.endswith(".html")
        for treffer in re.findall(r"<a(?=[\s>])(?![^>]*href)[^>]*>", inhalt.decode())
    }
    # Bars and numbers of charts lead to the search on the site; here they are just bars and numbers.
    assert {treffer for _, treffer in tote} <= {"<a>", '<a tabindex="-1">'}


def test_fehlendes_bild_wird_gesagt_und_bricht_keinen_verweis(konferenz) -> None:
    bild = konferenz.vortraege.get().folien.get().bild
    default_storage.delete(bild.name)
    dateien: dict[str, bytes] = {}

    fehlende = schreiben(konferenz, lambda auswahl, zustand: b"%PDF", dateien.__setitem__)

    assert len(fehlende) == 1
    assert bild.name in fehlende[0]
    assert list(gebrochene(dateien)) == []
    assert bild.name in dateien["LIESMICH.txt"].decode()


def test_entwurf_hat_kein_archiv(konferenz) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    konferenz.refresh_from_db()

    with pytest.raises(Archivfehler, match="Entwurf"):
        geschrieben(konferenz)


def test_aenderung_waehrend_des_schreibens_verwirft_das_archiv(konferenz) -> None:
    def stoeren(auswahl, zustand):
        Arbeitsgruppe.objects.filter(nummer=1).update(titel="anders")
        return b"%PDF"

    with pytest.raises(Archivfehler, match="gerade geändert"):
        schreiben(konferenz, stoeren, lambda name, inhalt: None)


def test_verschwindet_eine_seite_mittendrin_gibt_es_kein_halbes_archiv(konferenz, monkeypatch) -> None:
    weg = archiv.Stueck("/fachtag/ag/99/", "ag-99.html")
    monkeypatch.setattr(archiv, "stuecke", lambda konferenz, bild: iter([weg]))

    with pytest.raises(Archivfehler, match="gerade geändert"):
        geschrieben(konferenz)


# The command


class Setzerersatz:
    """Stands in for the renderer."""

    def __init__(self, grenzen) -> None: ...
    def __enter__(self):
        return self

    def __exit__(self, *ausnahme) -> None: ...
    def setzen(self, satz):
        return type("Pdf", (), {"daten": b"%PDF-1.7"})


@pytest.fixture
def befehl(monkeypatch):
    """Return what runs the command without WeasyPrint and returns what it said."""
    monkeypatch.setattr("arbeitsgruppen.management.commands.archiv_exportieren.Setzer", Setzerersatz)

    def laufen(*argumente: object) -> tuple[str, str]:
        aus, fehler = StringIO(), StringIO()
        call_command("archiv_exportieren", *map(str, argumente), stdout=aus, stderr=fehler)
        return aus.getvalue(), fehler.getvalue()

    return laufen


@pytest.mark.parametrize("leer_vorhanden", [False, True])
def test_befehl_schreibt_den_ordner_und_sagt_es_in_einer_zeile(
    konferenz, befehl, tmp_path: Path, leer_vorhanden: bool
) -> None:
    ziel = tmp_path / "archiv"
    if leer_vorhanden:
        ziel.mkdir()

    aus, fehler = befehl("fachtag", ziel)

    assert aus.startswith(f"Archiv geschrieben: {ziel} (")
    assert aus.count("\n") == 1
    assert fehler == ""
    dateien = {str(p.relative_to(ziel)): p.read_bytes() for p in ziel.rglob("*") if p.is_file()}
    assert list(gebrochene(dateien)) == []
    assert dateien["heft.pdf"] == b"%PDF-1.7"
    assert [p.name for p in tmp_path.iterdir() if "archiv" in p.name] == ["archiv"]


def test_befehl_warnt_vor_adressen_die_nur_hier_zum_ziel_fuehren(
    konferenz, befehl, settings, tmp_path: Path
) -> None:
    settings.SITE_URL = "http://localhost:8000"
    assert "Setzen Sie SITE_URL" in befehl("fachtag", tmp_path / "archiv")[1]


def test_befehl_ruehrt_einen_ordner_mit_inhalt_nicht_an(konferenz, befehl, tmp_path: Path) -> None:
    ziel = tmp_path / "archiv"
    ziel.mkdir()
    (ziel / "wichtig.txt").write_text("bleibt")

    with pytest.raises(CommandError, match="kein leerer Ordner") as fehler:
        befehl("fachtag", ziel)

    assert "\n" not in str(fehler.value)
    assert [p.name for p in ziel.iterdir()] == ["wichtig.txt"]


@pytest.mark.parametrize(
    ("slug", "ziel", "meldung"),
    [
        ("gibt-es-nicht", "archiv", "gibt es nicht. Vorhanden: "),
        ("geheim", "archiv", "noch ein Entwurf"),
        ("fachtag", "fehlt/archiv", "gibt es nicht. Legen Sie ihn"),
        ("fachtag", "x" * 300, "lässt sich nicht schreiben"),
        ("fachtag", "datei", "kein leerer Ordner"),
    ],
)
def test_befehl_scheitert_mit_einer_zeile_und_hinterlaesst_nichts(
    konferenz, befehl, tmp_path: Path, slug: str, ziel: str, meldung: str
) -> None:
    ordner = tmp_path / "hier"
    ordner.mkdir()
    (ordner / "datei").write_text("")

    with pytest.raises(CommandError, match=re.escape(meldung)) as fehler:
        befehl(slug, ordner / ziel)

    assert "\n" not in str(fehler.value)
    assert [p.name for p in ordner.iterdir()] == ["datei"]


def test_fehler_mitten_im_schreiben_hinterlaesst_nichts(
    konferenz, befehl, tmp_path: Path, monkeypatch
) -> None:
    def volle_platte(bild):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archiv, "suchverzeichnis", volle_platte)
    ordner = tmp_path / "hier"
    ordner.mkdir()

    with pytest.raises(CommandError, match="lässt sich nicht schreiben"):
        befehl("fachtag", ordner / "archiv")

    assert list(ordner.iterdir()) == []


# The download


@pytest.mark.parametrize(
    ("rolle", "status"), [("Organisation", 200), ("Ministerium", 200), ("Moderation", 403)]
)
def test_archiv_laden_duerfen_organisation_und_ministerium(konferenz, rolle: str, status: int) -> None:
    client = angemeldet(BenutzerFactory(rolle=rolle))

    seite = client.get(reverse("konferenzarchiv", args=[konferenz.pk]))
    assert seite.status_code == status
    stand = client.get(reverse("konferenzstand", args=[konferenz.pk]))
    assert ("Archiv herunterladen" in stand.text) == (status == 200)


def test_archiv_wird_im_hintergrund_gepackt_und_dann_angeboten(
    organisation: Client, konferenz, setzer, erledigen
) -> None:
    adresse = reverse("konferenzarchiv", args=[konferenz.pk])
    zip_adresse = reverse("konferenzarchiv_zip", args=[konferenz.pk])

    assert "Archiv erstellen" in organisation.get(adresse).text
    assert organisation.get(zip_adresse)["Location"] == adresse
    assert not Erzeugnis.objects.exists()  # to look at a page orders nothing
    for _ in range(2):
        assert organisation.post(adresse)["Location"] == adresse
    seite = organisation.get(adresse).text
    assert "<progress" in seite
    assert "Es beginnt gleich." in seite
    Erzeugnis.objects.update(getan=20, umfang=24, schritt="Heft 1 von 4: Alles, Folien.")
    assert "Heft 1 von 4: Alles, Folien." in organisation.get(adresse).text
    erledigen()
    assert len(setzer.gesetzt) == 4  # each Heft once, though there is a task for each, too
    assert zip_adresse in organisation.get(adresse).text

    antwort = organisation.get(zip_adresse)
    assert antwort["Content-Disposition"] == 'inline; filename="fachtag-archiv.zip"'
    assert "no-store" in antwort["Cache-Control"]
    with ZipFile(BytesIO(antwort.getvalue())) as datei:
        assert datei.testzip() is None
        dateien = {name.removeprefix("fachtag-archiv/"): datei.read(name) for name in datei.namelist()}
    assert list(gebrochene(dateien)) == []
    assert dateien["heft.pdf"].startswith(b"%PDF")
    assert GEHEIM.encode() not in b"".join(dateien.values())


def test_archiv_eines_frueheren_standes_gibt_es_nicht_mehr(
    organisation: Client, konferenz, setzer, erledigen
) -> None:
    adresse = reverse("konferenzarchiv", args=[konferenz.pk])
    organisation.post(adresse)
    erledigen()
    Aeusserung.objects.filter(text="ein Unterpunkt").get().delete()

    seite = organisation.get(adresse).text
    assert "Archiv erstellen" in seite
    assert "wurde etwas geändert" in seite
    assert organisation.get(reverse("konferenzarchiv_zip", args=[konferenz.pk]))["Location"] == adresse


def test_was_zwischen_auftrag_und_packen_ein_anderer_stand_war_kommt_in_kein_archiv(
    organisation: Client, konferenz, setzer, erledigen
) -> None:
    adresse = reverse("konferenzarchiv", args=[konferenz.pk])
    organisation.post(adresse)
    Konferenz.objects.update(titel=f"Kurz {GEHEIM}")
    erledigen()
    Konferenz.objects.update(titel=konferenz.titel)

    assert "gerade geändert" in organisation.get(adresse).text
    assert not Erzeugnis.objects.get().datei


def test_neuer_auftrag_loest_einen_ueberholten_ab(organisation: Client, konferenz, setzer, erledigen) -> None:
    adresse = reverse("konferenzarchiv", args=[konferenz.pk])
    organisation.post(adresse)
    ueberholt = Erzeugnis.objects.get()
    Konferenz.objects.update(titel="Neuer Titel")
    organisation.post(adresse)
    assert not Erzeugnis.objects.filter(pk=ueberholt.pk).exists()
    erledigen()
    assert Erzeugnis.objects.get().fertig


def test_was_im_archiv_fehlt_steht_beim_knopf(organisation: Client, konferenz, setzer, erledigen) -> None:
    bild = Folie.objects.get(vortrag__konferenz=konferenz).bild
    default_storage.delete(str(bild))
    adresse = reverse("konferenzarchiv", args=[konferenz.pk])
    organisation.post(adresse)
    erledigen()
    seite = organisation.get(adresse).text
    assert "Archiv herunterladen" in seite
    assert f"Bild fehlt: {bild}" in seite


def test_seite_sagt_es_wenn_ein_heft_nicht_zu_setzen_ist_und_versucht_es_auf_wunsch_noch_einmal(
    organisation: Client, konferenz, setzer, erledigen
) -> None:
    adresse = reverse("konferenzarchiv", args=[konferenz.pk])
    setzer.fehler = "Zu viele Seiten."
    organisation.post(adresse)
    erledigen()

    seite = organisation.get(adresse).text
    assert "Das Archiv ließ sich nicht erstellen: Zu viele Seiten." in seite
    assert "Noch einmal versuchen" in seite

    setzer.fehler = ""
    organisation.post(adresse)
    erledigen()
    assert "Archiv herunterladen" in organisation.get(adresse).text


def test_volle_warteschlange_nimmt_kein_archiv_an(organisation: Client, konferenz, settings) -> None:
    settings.HEFT_WARTESCHLANGE = 0
    antwort = organisation.post(reverse("konferenzarchiv", args=[konferenz.pk]))
    assert antwort.status_code == 503
    assert "Versuchen Sie es in einer Minute noch einmal." in antwort.text


def test_geloeschte_konferenz_laesst_ihr_archiv_mit_grund_scheitern(
    organisation: Client, konferenz, setzer, erledigen
) -> None:
    organisation.post(reverse("konferenzarchiv", args=[konferenz.pk]))
    Erzeugnis.objects.update(angaben={"konferenz": 0})
    erledigen()
    assert Erzeugnis.objects.get().fehler == "Die Konferenz gibt es nicht mehr."


def test_entwurf_hat_auch_in_der_verwaltung_kein_archiv(organisation: Client, konferenz) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)

    for methode, name in (
        ("get", "konferenzarchiv"),
        ("post", "konferenzarchiv"),
        ("get", "konferenzarchiv_zip"),
    ):
        antwort = getattr(organisation, methode)(reverse(name, args=[konferenz.pk]))
        assert antwort.status_code == 409
        assert "erst, wenn die Konferenz veröffentlicht ist" in antwort.text


def test_website_selbst_bleibt_ohne_spuren_des_archivs(client: Client, konferenz) -> None:
    for pfad in ("/fachtag/", "/fachtag/ag/1/"):
        text = client.get(pfad).text
        assert "Suche im Archiv" not in text
        assert "Archivfassung" not in text
        assert 'rel="canonical"' in text


def test_wirkliche_konferenz_heisst_im_archiv_wie_auf_der_website(echte_konferenz, client: Client) -> None:
    seite = client.get(f"/{vorlage.SLUG}/").text
    (titel,) = re.findall(r"<title>(.*?)</title>", seite)
    assert f"<title>{titel}</title>" in geschrieben(echte_konferenz)["index.html"].decode()
