"""What is not released gets out nowhere: every public address, every edition and all that goes into it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pikepdf
import pypdfium2
import pytest
from django.test import Client
from django.urls import URLPattern

from arbeitsgruppen.datenformate import FORMATE
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Erzeugnis, Heftausgabe
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Konferenz
from konferenz.urls import urlpatterns
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    KonferenzFactory,
    ModerationFactory,
    ProgrammpunktFactory,
    ThemaFactory,
    angemeldet,
)

pytestmark = pytest.mark.django_db

GEHEIM = "Xylophon"  # in all that is not released, nowhere else
OEFFENTLICH = ("Wohnen", "Was hilft?", "Häberle")  # of a group that is not released

# What would find it, by a word beside it and by the word itself, mistyped: a page repeats what was typed.
SUCHEN = ("?q=klingt", "?q=hallt", "?q=Kopf", "?q=Xylophn", "?q=Xylphon-Kopf", "?konferenz=fachtag&ag=2")

# Addresses that are there whatever there is, by their names: what they hold must be public.
OHNE_KONFERENZ = {
    "startseite": "/",
    "healthz": "/healthz",
    "bereit": "/bereit",
    "metriken": "/metriken",
    "robots_txt": "/robots.txt",
    "sitemap": "/sitemap.xml",
    "sitemap_teil": "/sitemap-1.xml",
    "security_txt": "/.well-known/security.txt",
    "impressum": "/impressum/",
    "datenschutz": "/datenschutz/",
    "barrierefreiheit": "/barrierefreiheit/",
    "leichte-sprache": "/leichte-sprache/",
    "rueckmeldung": "/barrierefreiheit/rueckmeldung/",
    "rueckmeldung_danke": "/barrierefreiheit/rueckmeldung/danke/",
    "feed": "/feed.atom",
    "dcat_katalog": "/dcat.jsonld",
    "datenschema": "/konferenz-1.schema.json",
}


@pytest.fixture
def konferenz() -> Konferenz:
    """Return a released conference; AG 1 is released, AG 2 is not."""
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    punkt = ProgrammpunktFactory(konferenz=konferenz)
    FolieFactory(vortrag__konferenz=konferenz, vortrag__slug="stand", mit_bild=True)
    fertig = ArbeitsgruppeFactory(konferenz=konferenz, nummer=1, titel="Arbeit", programmpunkt=punkt)
    AeusserungFactory(abschnitt__arbeitsgruppe=fertig, text="Kurze Wege")
    gruppe = ArbeitsgruppeFactory(
        konferenz=konferenz,
        nummer=2,
        titel="Wohnen",
        fragestellung="Was hilft?",
        programmpunkt=punkt,
        zur_pruefung=True,
    )
    ModerationFactory(arbeitsgruppe=gruppe, person__nachname="Häberle")
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, ueberschrift=f"{GEHEIM}-Kopf", kategorie="loesung")
    eintrag = AeusserungFactory(abschnitt=abschnitt, text=f"{GEHEIM} klingt")
    AeusserungFactory(uebergeordnet=eintrag, text=f"{GEHEIM} hallt nach")
    ThemaFactory(titel="Wege", slug="wege", woerter="Wege\nklingt\nhallt")
    return konferenz


def adressen() -> dict[str, list[str]]:
    """Return all public addresses by the name of their pattern."""
    hefte = ["/fachtag/{}", "/fachtag/ag/1/{}", "/fachtag/ag/2/{}"]
    anfragen = [
        "",
        "?form=bericht",
        "?ag=2",
        "?ag=1&ag=2&form=bericht",
        "?kategorie=loesung",
        "?ag=2&kategorie=gut",
    ]
    return {
        **{name: [adresse] for name, adresse in OHNE_KONFERENZ.items()},
        "aeusserung": [f"/a/{kennung}/" for kennung in kennungen()],
        "suche": [f"/suche/{anfrage}" for anfrage in ("", *SUCHEN)],
        "suchdaten": [f"/suche/daten.{endung}{anfrage}" for endung in FORMATE for anfrage in ("", *SUCHEN)],
        "export_stand": [f"/suche/daten/{e.schluessel}/" for e in Erzeugnis.objects.all()],
        "zitat": [f"/a/{kennung}/zitat/" for kennung in kennungen()],
        "zitat_ris": [f"/a/{kennung}/zitat.ris" for kennung in kennungen()],
        "entwurf": ["/entwurf/geraten/", f"/entwurf/{abgelaufen()}/"],
        "konferenz": ["/fachtag/"],
        "dcat": ["/fachtag/dcat.jsonld"],
        "daten": [f"/fachtag/daten.{endung}" for endung in FORMATE],
        "gruppendaten": [f"/fachtag/ag/{n}/daten.{endung}" for n in (1, 2) for endung in FORMATE],
        "themen": ["/fachtag/themen/"],
        "thema": ["/fachtag/themen/wege/"],
        "vergleich": [
            f"/fachtag/vergleich/{anfrage}" for anfrage in ("", "?ag=2", "?herkunft=alle", "?q=klingt")
        ],
        "programm_ics": ["/fachtag/programm.ics"],
        "vortrag": ["/fachtag/vortraege/stand/"],
        "bild_der_folie": [
            f"/fachtag/vortraege/stand/bild/{pk}/"
            for pk in Konferenz.objects.values_list("vortraege__folien", flat=True)
        ],
        "arbeitsgruppe": ["/fachtag/ag/1/", "/fachtag/ag/2/"],
        "heft": [f"/fachtag/heft.pdf{anfrage}" for anfrage in anfragen],
        "heft_stand": [f"/fachtag/heft/{anfrage}" for anfrage in anfragen],
        "heftausgabe": [
            f"/fachtag/heft/{schluessel}.pdf"
            for schluessel in Heftausgabe.objects.values_list("schluessel", flat=True)
        ],
        "gruppenheft": [stelle.format("heft.pdf") + a for stelle in hefte[1:] for a in anfragen[:2]],
        "gruppenheft_stand": [stelle.format("heft/") + a for stelle in hefte[1:] for a in anfragen[:2]],
    }


def abgelaufen() -> str:
    """Return a link to the draft that holds no longer."""
    link = Entwurfslink.fuer(Konferenz.objects.get(), 1)
    return replace(link, bis=link.bis - timedelta(days=2)).marke


def kennungen() -> list[str]:
    """Return the Kennungen of what is not released: they must not get out either."""
    geheim = Aeusserung.objects.exclude(abschnitt__arbeitsgruppe__nummer=1)
    return list(geheim.values_list("kennung", flat=True))


def ausgepackt(daten: bytes) -> bytes:
    """Return what a workbook or another archive holds, anything else as it is."""
    if not daten.startswith(b"PK"):
        return daten
    with ZipFile(BytesIO(daten)) as archiv:
        return b"\n".join(name.encode() + b"\n" + archiv.read(name) for name in archiv.namelist())


def verraten(client: Client) -> list[str]:
    """Return the addresses that give away anything that is not released."""
    gefunden = []
    for adresse in (a for liste in adressen().values() for a in liste):
        antwort = client.get(adresse)
        alles = str(antwort.headers).encode() + ausgepackt(antwort.getvalue())
        geheimes = [GEHEIM, *kennungen()]
        if adresse.startswith("/a/"):
            geheimes.remove(adresse.split("/")[2])  # who asks for it knows it
        if any(wort.encode() in alles for wort in geheimes):
            gefunden.append(adresse)
    return gefunden


@pytest.fixture(params=["anonym", "fremd", "mitarbeit ohne Rolle"])
def leser(request, client: Client, fremd: Client) -> Client:
    """Return everybody who must not see it."""
    if request.param == "anonym":
        return client
    return fremd if request.param == "fremd" else angemeldet(BenutzerFactory(mitarbeit=True))


def test_jede_oeffentliche_adresse_ist_dabei(konferenz) -> None:
    # What is below /admin/ asks for a role (tests/test_rechte.py), what is below /konto/ knows no conference.
    seiten = [eines for eines in urlpatterns if isinstance(eines, URLPattern)]
    muster = {s.name for s in seiten if not str(s.pattern).startswith(("admin/", "konto/"))}
    assert set(adressen()) == muster, "Eine neue Adresse: Sie muss hier geprüft werden."


@pytest.mark.kreuzprodukt(3)
@pytest.mark.parametrize(
    ("status", "stand"), [("veroeffentlicht", "in_bearbeitung"), ("archiviert", "zur_pruefung")]
)
def test_nicht_freigegebenes_steht_unter_keiner_adresse_und_geht_in_kein_heft(
    leser: Client, organisation: Client, konferenz, setzer, erledigen, status: str, stand: str
) -> None:
    Konferenz.objects.update(status=status)
    Arbeitsgruppe.objects.filter(nummer=2).update(status=stand)
    assert verraten(leser) == []  # first the pages that say how far it is
    erledigen()
    assert len(setzer.gesetzt) == 7  # every choice once
    assert GEHEIM not in repr(setzer.gesetzt)
    for adresse in ("/fachtag/heft.pdf", "/fachtag/ag/2/heft.pdf"):
        organisation.get(adresse)
    erledigen()
    assert GEHEIM in repr(setzer.gesetzt[-1])
    assert Heftausgabe.objects.filter(entwurf=True).count() == 2
    assert verraten(leser) == []  # then the editions, drafts by their own address included
    for entwurf in Heftausgabe.objects.filter(entwurf=True):
        assert leser.get(f"/fachtag/heft/{entwurf.schluessel}.pdf").status_code == 404
        assert organisation.get(f"/fachtag/heft/{entwurf.schluessel}.pdf").status_code == 200


def test_gruppe_bleibt_mit_frage_und_moderation_sichtbar_und_sagt_was_fehlt(leser: Client, konferenz) -> None:
    seite = leser.get("/fachtag/ag/2/").text
    for wort in (*OEFFENTLICH, "Die Ergebnisse dieser Arbeitsgruppe sind noch nicht freigegeben."):
        assert wort in seite
    assert "Vorschau" not in seite
    konferenzseite = leser.get("/fachtag/").text
    for wort in (*OEFFENTLICH, "Die Ergebnisse dieser Arbeitsgruppe sind noch nicht freigegeben."):
        assert wort in konferenzseite
    assert "<dt>Äußerung der Teilnehmenden</dt><dd>1</dd>" in konferenzseite
    assert "<dt>Arbeitsgruppen</dt><dd>2</dd>" in konferenzseite
    assert "Vorschau" not in konferenzseite


def test_adresse_einer_nicht_freigegebenen_aeusserung_ergibt_404(
    leser: Client, organisation: Client, konferenz
) -> None:
    for kennung in kennungen():
        assert leser.get(f"/a/{kennung}/").status_code == 404
        antwort = organisation.get(f"/a/{kennung}/")
        assert antwort["Location"] == f"/fachtag/ag/2/#a-{kennung}"
        assert antwort["Cache-Control"] == "private, no-store"
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.FREIGEGEBEN)
    antwort = leser.get(f"/a/{kennungen()[0]}/")
    assert antwort.status_code == 302
    assert "no-store" not in antwort.get("Cache-Control", "")


@pytest.mark.kreuzprodukt(3)
def test_zurueckgenommenes_ist_sofort_ueberall_weg(leser: Client, konferenz, setzer, erledigen) -> None:
    gruppe = konferenz.arbeitsgruppen.get(nummer=2)
    gruppe.status = gruppe.Status.FREIGEGEBEN
    gruppe.save()
    verraten(leser)
    erledigen()
    assert "/fachtag/ag/2/" in verraten(leser)
    alte = {a.schluessel for a in Heftausgabe.objects.all()}

    gruppe.status = gruppe.Status.IN_BEARBEITUNG
    gruppe.save()
    assert verraten(leser) == []
    for schluessel in alte & {a.schluessel for a in Heftausgabe.objects.all()}:
        antwort = leser.get(f"/fachtag/heft/{schluessel}.pdf")
        aktuell = Heftausgabe.objects.get(schluessel=schluessel).auswahl in ("ag=1", "form=bericht&ag=1")
        assert antwort.status_code == (200 if aktuell else 404)
    assert "vorige Ausgabe" not in leser.get("/fachtag/heft/").text


def test_entwurf_einer_konferenz_gibt_es_unter_keiner_adresse(
    leser: Client, organisation: Client, konferenz
) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    for name, liste in adressen().items():
        for adresse in () if name in {"entwurf", "suche", "suchdaten", *OHNE_KONFERENZ} else liste:
            assert leser.get(adresse).status_code == 404, adresse
            # Portals harvest what is public, whoever asks.
            erlaubt = (404,) if name == "dcat" else (200, 202, 302, 400)
            assert organisation.get(adresse).status_code in erlaubt, adresse
    for adresse in OHNE_KONFERENZ.values():
        assert "fachtag" not in leser.get(adresse).getvalue().decode(errors="replace"), adresse


@pytest.mark.parametrize("konferenzstatus", ["entwurf", "veroeffentlicht"])
def test_was_nicht_oeffentlich_ist_behaelt_kein_zwischenspeicher_und_findet_keine_suche(
    organisation: Client, konferenz, setzer, erledigen, konferenzstatus: str
) -> None:
    Konferenz.objects.update(status=konferenzstatus)
    oeffentlich = {"/fachtag/programm.ics", "/fachtag/vortraege/stand/", "/"}
    for adresse in ("/fachtag/heft.pdf", "/fachtag/ag/2/heft.pdf"):
        organisation.get(adresse)
    erledigen()
    for adresse in (
        "/fachtag/",
        "/fachtag/ag/2/",
        "/fachtag/heft.pdf",
        "/fachtag/ag/2/heft.pdf",
        *oeffentlich,
    ):
        antwort = organisation.get(adresse)
        assert antwort.status_code == 200
        geheim = konferenzstatus == "entwurf" or adresse not in oeffentlich
        assert ("no-store" in antwort.get("Cache-Control", "")) is geheim, adresse
        assert ("X-Robots-Tag" in antwort) is geheim, adresse


def woerter(daten: bytes) -> Iterator[str]:
    """Yield all that a PDF says anywhere: pages, bookmarks, attachments, and every string in it."""
    with pypdfium2.PdfDocument(daten) as dokument:
        yield from (seite.get_textpage().get_text_range() for seite in dokument)
        yield from (eintrag.get_title() for eintrag in dokument.get_toc())
    with pikepdf.open(BytesIO(daten)) as dokument:
        for anhang in dokument.attachments.values():
            yield anhang.get_file().read_bytes().decode()
        for objekt in dokument.objects:
            yield from _texte(objekt)


def _texte(objekt: Any) -> Iterator[str]:
    if isinstance(objekt, pikepdf.String):
        yield str(objekt)
    elif isinstance(objekt, pikepdf.Array):
        for teil in objekt:
            if not getattr(teil, "is_indirect", False):
                yield from _texte(teil)
    elif isinstance(objekt, pikepdf.Dictionary | pikepdf.Stream):
        for teil in objekt.values():
            if not getattr(teil, "is_indirect", False):
                yield from _texte(teil)


@pytest.mark.parametrize("form", ["folien", "bericht"])
def test_im_fertigen_pdf_steht_nicht_freigegebenes_nur_beim_entwurf(
    client: Client, organisation: Client, konferenz, erledigen, form: str
) -> None:
    adresse = f"/fachtag/heft.pdf?form={form}"
    for leser in (client, organisation):
        assert leser.get(adresse).status_code == 202
    erledigen()
    oeffentliches = " ".join(woerter(client.get(adresse).getvalue()))
    entwurf = " ".join(woerter(organisation.get(adresse).getvalue()))
    for geheimes in (GEHEIM, *kennungen()):
        assert geheimes not in oeffentliches
        assert geheimes in entwurf
    assert "noch nicht freigegeben" in " ".join(oeffentliches.split())
    assert "Kurze Wege" in oeffentliches
    assert ("Entwurf" in oeffentliches, "Entwurf" in entwurf) == (False, True)
