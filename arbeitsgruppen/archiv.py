"""A conference as a folder of plain files that needs no server: pages, Hefte, data, pictures, a small search.

Every page is made by the view that makes it on the site, as asked for by somebody who is nobody: what is not
released can't get in, and no second set of templates has to follow the first. Templates leave out what needs
a server where `request.archiv` is set. Then every link is led to the file beside it; what is not in the
archive is no link there.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from html import escape, unescape
from pathlib import Path, PurePosixPath
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.cache import SessionStore
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils import timezone

from arbeitsgruppen.ausgabe import Zustand, uebliche
from arbeitsgruppen.auswahl import Auswahl, Form
from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Gruppenbild,
    Konferenzbild,
    Unterpunktbild,
)
from arbeitsgruppen.daten import KONFERENZSCHEMA
from arbeitsgruppen.datenformate import FORMATE
from arbeitsgruppen.kennzahlen import themenzahlen
from arbeitsgruppen.vergleich import gemeinsame_fragen
from konferenz.aufzaehlung import der_gruppen
from konferenz.herausgabe import Herausgabe
from konferenz.models import Folie, Konferenz

Ablegen = Callable[[str, bytes], None]
Heftquelle = Callable[[Auswahl, Zustand], bytes]

GESTALTUNG = "gestaltung"
GEAENDERT = "Die Konferenz wurde gerade geändert. Versuchen Sie es noch einmal."
# Text between tags has its quotes escaped, so this finds attributes of tags only.
VERWEIS = re.compile(r'\s(href|src|action)="([^"]*)"')
VERWEIS_IM_STIL = re.compile(r"url\(\s*['\"]?(?!data:|https?:|#)([^'\"()#?]+)")


class Archivfehler(Exception):
    """The archive can't be made now; says in German why, and what helps."""


@dataclass(frozen=True, slots=True)
class Stueck:
    """Something of the archive: the path at which the site has it, and the name of its file here."""

    pfad: str
    datei: str


@dataclass(frozen=True, slots=True)
class Archivangaben:
    """What the pages of an archive say of it: where it comes from and of which day it is."""

    adresse: str
    site: str
    tag: date
    suche: str = "suche.html"


class Archivanfrage(HttpRequest):
    """A request for a page of the archive, from somebody who may see what everybody may."""

    def __init__(self, pfad: str, archiv: Archivangaben) -> None:
        super().__init__()
        teile = urlsplit(pfad)
        self.method = "GET"
        self.path = self.path_info = unquote(teile.path)
        self.GET = QueryDict(teile.query)
        self.META = {"SERVER_NAME": urlsplit(settings.SITE_URL).hostname, "SERVER_PORT": "443"}
        self.user = AnonymousUser()
        self.session = SessionStore()  # empty, and never saved
        self.archiv = archiv


def stuecke(konferenz: Konferenz, bild: Konferenzbild) -> Iterator[Stueck]:
    """Yield what an archive holds beside Hefte and pictures: the one list to which a page is added."""
    slug = konferenz.slug
    yield Stueck(konferenz.get_absolute_url(), "index.html")
    for vortrag in bild.vortraege:
        yield Stueck(reverse("vortrag", args=[slug, vortrag.slug]), f"vortrag-{vortrag.slug}.html")
    for gruppe in bild.gruppen:
        yield Stueck(reverse("arbeitsgruppe", args=[slug, gruppe.nummer]), f"ag-{gruppe.nummer}.html")
        for endung in FORMATE if not gruppe.zurueckgehalten else ():
            yield Stueck(
                reverse("gruppendaten", args=[slug, gruppe.nummer, endung]),
                f"ag-{gruppe.nummer}-daten.{endung}",
            )
    if bild.gruppen:
        yield Stueck(reverse("vergleich", args=[slug]), "vergleich.html")
    for frage in gemeinsame_fragen(bild):
        yield Stueck(frage.adresse, f"vergleich-ag-{'-'.join(map(str, frage.nummern))}.html")
    if bild.themen:
        yield Stueck(reverse("themen", args=[slug]), "themen.html")
    for zahlen in themenzahlen(bild):
        yield Stueck(reverse("thema", args=[slug, zahlen.thema.slug]), f"thema-{zahlen.thema.slug}.html")
    for endung in FORMATE:
        yield Stueck(reverse("daten", args=[slug, endung]), f"daten.{endung}")
    yield Stueck(reverse("datenschema", args=[KONFERENZSCHEMA]), f"{KONFERENZSCHEMA}.schema.json")
    if bild.programm:
        yield Stueck(reverse("programm_ics", args=[slug]), "programm.ics")


def schreiben(
    konferenz: Konferenz, heft: Heftquelle, ablegen: Ablegen, zustand: Zustand | None = None
) -> list[str]:
    """Hand over every file of the archive of a public conference to `ablegen`, by name and content.

    `heft` gives the PDF of a choice, `zustand` is what the conference is to hold; without it, what it does.
    Returns what could not be taken along, in German sentences. Raises Archivfehler where the conference is no
    longer public, or is changed while this is at work.
    """
    if not konferenz.ist_oeffentlich:
        raise Archivfehler(
            f"„{konferenz}“ ist noch ein Entwurf. Ein Archiv gibt es erst, wenn sie veröffentlicht ist."
        )
    zustand = zustand or Zustand.von(konferenz)
    bilder, fehlende = _bilder(konferenz)
    summen: dict[str, str] = {}
    for datei, inhalt in _dateien(konferenz, zustand, bilder, fehlende, heft):
        summen[datei] = sha256(inhalt).hexdigest()
        ablegen(datei, inhalt)
    ablegen("SHA256SUMS", "".join(f"{summen[datei]}  {datei}\n" for datei in sorted(summen)).encode())
    if (
        not Konferenz.objects.oeffentlich().filter(pk=konferenz.pk).exists()
        or Zustand.von(konferenz) != zustand
    ):
        raise Archivfehler(GEAENDERT)
    return fehlende


def _dateien(
    konferenz: Konferenz,
    zustand: Zustand,
    bilder: Mapping[Stueck, str],
    fehlende: Iterable[str],
    heft: Heftquelle,
) -> Iterator[tuple[str, bytes]]:
    teile = list(stuecke(konferenz, zustand.bild))
    hefte = {_heftpfad(konferenz.slug, auswahl): auswahl for auswahl in uebliche(zustand.bild)}
    namen = {pfad: f"{auswahl.dateiname('heft')}.pdf" for pfad, auswahl in hefte.items()}
    ziele = {"/": "index.html"} | {_geordnet(teil.pfad): teil.datei for teil in (*teile, *bilder)} | namen
    ziele |= _kennungen(zustand.bild)
    seite = konferenz.get_absolute_url()
    angaben = Archivangaben(settings.SITE_URL + seite, settings.SITE_URL, timezone.localdate())
    gestaltung = Gestaltung()
    for teil in teile:
        inhalt = _abgerufen(Archivanfrage(teil.pfad, angaben))
        if teil.datei.endswith(".html"):
            inhalt = _verwiesen(inhalt.decode(), ziele, gestaltung).encode()
        yield teil.datei, inhalt
    for teil, name in bilder.items():
        with default_storage.open(name) as bild:
            yield teil.datei, bild.read()
    for pfad, auswahl in hefte.items():
        yield namen[pfad], heft(auswahl, zustand)
    suche = render_to_string("archiv/suche.html", {"konferenz": konferenz}, Archivanfrage(seite, angaben))
    yield angaben.suche, _verwiesen(suche, ziele, gestaltung).encode()
    yield "suchverzeichnis.js", suchverzeichnis(zustand.bild)
    for datei, inhalt in gestaltung.dateien():
        yield f"{GESTALTUNG}/{datei}", inhalt
    yield "LIESMICH.txt", _liesmich(konferenz, zustand, angaben, fehlende)


def suchverzeichnis(bild: Konferenzbild) -> bytes:
    """Return what the search of the archive looks through, as a script: browsers read no data from a folder.

    Each entry is where it stands (file and place), what that is, and the text.
    """
    eintraege = [
        ["index.html#programm", "Programm", f"{p.titel}\n{p.mitwirkende}".strip()] for p in bild.programm
    ]
    for gruppe in bild.gruppen:
        datei, name = f"ag-{gruppe.nummer}.html", f"AG {gruppe.nummer}"
        frage = "\n".join([gruppe.titel, gruppe.fragestellung, *gruppe.unterfragen])
        eintraege.append([datei, f"{name}, Thema und Fragestellung", frage.strip()])
        eintraege += [
            [f"{datei}#a-{eintrag.kennung}", f"{name}, {abschnitt.ueberschrift}", eintrag.text]
            for abschnitt, eintrag in _eintraege(gruppe)
        ]
    for vortrag in bild.vortraege:
        for nummer, folie in enumerate(vortrag.folien, 1):
            text = "\n".join([folie.ueberschrift, folie.text, folie.bildbeschreibung]).strip()
            ort = f"Vortrag „{vortrag.titel}“, Folie {nummer}"
            eintraege.append([f"vortrag-{vortrag.slug}.html#folie-{nummer}", ort, text])
    zeilen = ",\n".join(json.dumps(eintrag, ensure_ascii=False) for eintrag in eintraege)
    return f"const VERZEICHNIS = [\n{zeilen}\n];\n".encode()


class Gestaltung:
    """The static files that the pages ask for, and what those ask for in turn."""

    def __init__(self) -> None:
        self._verlangt: dict[str, None] = {}

    def verlangen(self, name: str) -> str:
        """Take along the static file of this name; return where it is in the archive."""
        self._verlangt[name] = None
        return f"{GESTALTUNG}/{name}"

    def dateien(self) -> Iterator[tuple[str, bytes]]:
        """Yield names and contents; styles keep their relative addresses, for the folders stay the same."""
        offen, fertig = list(self._verlangt), set[str]()
        while offen:
            name = offen.pop(0)
            if name in fertig:
                continue
            fertig.add(name)
            inhalt = _statisch(name)
            if name.endswith(".css"):
                verweise = VERWEIS_IM_STIL.findall(inhalt.decode())
                offen += [normpath(join(dirname(name), verweis.strip())) for verweis in verweise]
            yield name, inhalt


def _statisch(name: str) -> bytes:
    """Return a static file as it was collected; in development, where nothing is, from its source."""
    try:
        with staticfiles_storage.open(name) as datei:
            return datei.read()
    except FileNotFoundError:
        fundort = finders.find(name)
        if not fundort:
            raise
        return Path(fundort).read_bytes()


def _abgerufen(anfrage: Archivanfrage) -> bytes:
    treffer = resolve(anfrage.path)
    anfrage.resolver_match = treffer
    try:
        antwort = treffer.func(anfrage, *treffer.args, **treffer.kwargs)
    except Http404 as fehler:  # it was there when the list was made
        raise Archivfehler(GEAENDERT) from fehler
    if antwort.status_code != 200:
        raise Archivfehler(GEAENDERT)
    return b"".join(antwort.streaming_content) if antwort.streaming else antwort.content


def _verwiesen(html: str, ziele: Mapping[str, str], gestaltung: Gestaltung) -> str:
    """Return the page with its links led to the files of the archive; links to what is not there are none."""

    def ziel(treffer: re.Match[str]) -> str:
        adresse = unescape(treffer[2]).removeprefix(settings.SITE_URL)
        if not adresse.startswith("/"):
            return treffer[0]
        pfad, _, stelle = adresse.partition("#")
        if pfad.startswith(settings.STATIC_URL):
            datei = gestaltung.verlangen(pfad.removeprefix(settings.STATIC_URL))
        elif datei := ziele.get(_geordnet(pfad), ""):
            datei += f"#{stelle}" if stelle else ""
        else:
            return ""
        return f' {treffer[1]}="{escape(datei)}"'

    return VERWEIS.sub(ziel, html)


def _geordnet(pfad: str) -> str:
    """Return the path with the parts of its query in one order: they mean the same in any."""
    davor, frage, anfrage = pfad.partition("?")
    return davor + frage + "&".join(sorted(anfrage.split("&")))


def _heftpfad(slug: str, auswahl: Auswahl) -> str:
    pfad = (
        reverse("gruppenheft", args=[slug, *auswahl.gruppen])
        if auswahl.gruppen
        else reverse("heft", args=[slug])
    )
    return pfad if auswahl.form == Form.FOLIEN else f"{pfad}?form={auswahl.form}"


def _kennungen(bild: Konferenzbild) -> dict[str, str]:
    """Return where the permanent addresses, and the citations beside them, lead to in the archive."""
    return {
        reverse(name, args=[eintrag.kennung]): f"ag-{gruppe.nummer}.html#a-{eintrag.kennung}"
        for gruppe in bild.gruppen
        for _, eintrag in _eintraege(gruppe)
        for name in ("aeusserung", "zitat")
    }


def _eintraege(gruppe: Gruppenbild) -> Iterator[tuple[Abschnittsbild, Aeusserungsbild | Unterpunktbild]]:
    for abschnitt in gruppe.abschnitte:
        for aeusserung in abschnitt.aeusserungen:
            yield abschnitt, aeusserung
            for punkt in aeusserung.unterpunkte:
                yield abschnitt, punkt


def _bilder(konferenz: Konferenz) -> tuple[dict[Stueck, str], list[str]]:
    """Return the slides' pictures with their names in the storage, and in sentences which are missing."""
    da: dict[Stueck, str] = {}
    fehlende: list[str] = []
    folien = Folie.objects.filter(vortrag__konferenz=konferenz).exclude(bild="").select_related("vortrag")
    for folie in folien:
        name = str(folie.bild)
        if not default_storage.exists(name):
            fehlende.append(f"Bild fehlt: {name} (Vortrag „{folie.vortrag}“, Folie {folie.position}).")
            continue
        slug = folie.vortrag.slug
        teil = Stueck(
            reverse("bild_der_folie", args=[konferenz.slug, slug, folie.pk]),
            f"bilder/{slug}-{folie.position}{PurePosixPath(name).suffix}",
        )
        da[teil] = name
    return da, fehlende


def _liesmich(
    konferenz: Konferenz, zustand: Zustand, angaben: Archivangaben, fehlende: Iterable[str]
) -> bytes:
    kontext = {
        "konferenz": konferenz,
        "bild": zustand.bild,
        "stand": zustand.stand,
        "zurueckgehalten": der_gruppen(zustand.bild.zurueckgehaltene)
        if zustand.bild.zurueckgehaltene
        else "",
        "archiv": angaben,
        "herausgabe": Herausgabe.eingestellte(),
        "fehlende": fehlende,
    }
    return render_to_string("archiv/liesmich.txt", kontext).encode()
