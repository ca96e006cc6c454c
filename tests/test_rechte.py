"""Who gets which answer where: every address of the project, every role, reading and writing.

Whoever adds an address adds its line to OEFFENTLICH, KONTO, VERWALTUNG or, for a model, MODELLE; a test
fails as long as it is missing. The columns of a line are those of ROLLEN:

    ● an answer         A sent to sign in      V refused (403)
    F not found (404)   M no such method (405)
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Erzeugnis, Heftausgabe
from konferenz import berechtigungen
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Importstand, Konferenz, Pflichtseite
from tests.fabriken import (
    AbkuerzungFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    ErzeugnisFactory,
    FolieFactory,
    ImportstandFactory,
    KommentarFactory,
    KonferenzFactory,
    ModerationFactory,
    NotizFactory,
    PflichtseiteFactory,
    ProgrammpunktFactory,
    QuelldateiFactory,
    RueckmeldungFactory,
    TextseiteFactory,
    ThemenentscheidungFactory,
    WeiterfuehrungFactory,
)

ROLLEN = (
    "Gast",
    "Gast mit Link",  # who opened a link to the draft
    "ohne Rolle",  # in the staff, but without a role
    "Ministerium",
    "Moderation einer anderen Gruppe",
    "Moderation dieser Gruppe",
    "Organisation",
    "Hauptkonto",  # a superuser
)

JEDER = "●●●●●●●●"
PERSONAL = "AA●●●●●●"
MIT_ROLLE = "AAV●●●●●"
EIGENE = "AAVVV●●●"
ORGANISATION = "AAVVVV●●"
OHNE_MODERATION = "AAV●VV●●"
NIEMAND = "AAVVVVVV"
ENTWURF = "F●F●●●●●"  # as if it didn't exist for all others
GIBT_ES_NICHT = "FFFFFFFF"
NEIN = "MMMMMMMM"
# The same where the method is looked at after the account.
PERSONAL_NEIN = "AAMMMMMM"
MIT_ROLLE_NEIN = "AAVMMMMM"


class Zeile(NamedTuple):
    """Who gets what: for reading (GET) and writing (POST), and for reading where it concerns a draft."""

    lesen: str
    schreiben: str
    entwurf: str = ""


# Public pages by the names of their addresses. Nothing there is written but messages about barriers.
OEFFENTLICH = {
    "startseite": Zeile(JEDER, NEIN),
    "suche": Zeile(JEDER, NEIN),
    "suchdaten": Zeile(JEDER, NEIN),
    "export_stand": Zeile(JEDER, NEIN),
    "healthz": Zeile(JEDER, NEIN),
    "bereit": Zeile(JEDER, NEIN),
    "metriken": Zeile(GIBT_ES_NICHT, NEIN),  # as long as no token is set
    "robots_txt": Zeile(JEDER, NEIN),
    "sitemap": Zeile(JEDER, NEIN),
    "sitemap_teil": Zeile(JEDER, NEIN),
    "security_txt": Zeile("FFFFFFFF", NEIN),  # as long as no contact is set
    "impressum": Zeile(JEDER, NEIN),
    "datenschutz": Zeile(JEDER, NEIN),
    "barrierefreiheit": Zeile(JEDER, NEIN),
    "leichte-sprache": Zeile(JEDER, NEIN),
    "rueckmeldung": Zeile(JEDER, JEDER),  # the one form that everybody may send
    "rueckmeldung_danke": Zeile(JEDER, NEIN),
    "entwurf": Zeile(JEDER, NEIN),
    "feed": Zeile(JEDER, NEIN),
    "dcat_katalog": Zeile(JEDER, NEIN),
    "datenschema": Zeile(JEDER, NEIN),
    "konferenz": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "daten": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "gruppendaten": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "dcat": Zeile(JEDER, NEIN, entwurf=GIBT_ES_NICHT),
    "vergleich": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "programm_ics": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "vortrag": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "bild_der_folie": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "arbeitsgruppe": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "aeusserung": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "zitat": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "zitat_ris": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "themen": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "thema": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "heft": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "heft_stand": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "heftausgabe": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "gruppenheft": Zeile(JEDER, NEIN, entwurf=ENTWURF),
    "gruppenheft_stand": Zeile(JEDER, NEIN, entwurf=ENTWURF),
}

KONTO = {
    "admin_password_reset": Zeile(JEDER, JEDER),
    "kennwort_unterwegs": Zeile(JEDER, NEIN),
    "kennwort_setzen": Zeile(JEDER, JEDER),
    "kennwort_gesetzt": Zeile(JEDER, NEIN),
    # As long as they are not switched on (test_zweiter_faktor.py and test_anmeldedienst.py do so).
    "zweiter_faktor": Zeile(GIBT_ES_NICHT, GIBT_ES_NICHT),
    "zweiter_faktor_code": Zeile(GIBT_ES_NICHT, GIBT_ES_NICHT),
    "zweiter_faktor_einrichten": Zeile(GIBT_ES_NICHT, GIBT_ES_NICHT),
    "anmeldedienst": Zeile(GIBT_ES_NICHT, NEIN),
    "anmeldedienst_zurueck": Zeile(GIBT_ES_NICHT, NEIN),
}

# Below /admin/, as seen for a draft whose group is being worked on.
VERWALTUNG = {
    "erfassung": Zeile(MIT_ROLLE, MIT_ROLLE_NEIN),
    "erfassung_gruppe": Zeile(MIT_ROLLE, EIGENE),
    "erfassung_vorschau": Zeile(MIT_ROLLE_NEIN, MIT_ROLLE),  # of what is sent; stores nothing
    "erfassung_entwurf": Zeile(MIT_ROLLE_NEIN, EIGENE),
    "gruppenstand": Zeile(MIT_ROLLE, EIGENE),  # from „in Bearbeitung“ to „zur Prüfung“
    "konferenzstand": Zeile(MIT_ROLLE, ORGANISATION),
    "verlauf": Zeile(MIT_ROLLE, MIT_ROLLE_NEIN),
    "zuruecknehmen": Zeile(EIGENE, EIGENE),
    "aeusserungsverlauf": Zeile(MIT_ROLLE, MIT_ROLLE_NEIN),
    "aeusserung_zuruecknehmen": Zeile(EIGENE, EIGENE),
    "erfassungsfehler": Zeile(MIT_ROLLE_NEIN, ORGANISATION),
    "person_loeschen": Zeile(ORGANISATION, ORGANISATION),
    "papierkorb": Zeile(MIT_ROLLE, MIT_ROLLE_NEIN),
    "papierkorb_gesamt": Zeile(ORGANISATION, MIT_ROLLE_NEIN),
    "wiederherstellen": Zeile(MIT_ROLLE_NEIN, EIGENE),  # a statement
    "gruppenlink": Zeile(EIGENE, EIGENE),
    "konferenzarchiv": Zeile(OHNE_MODERATION, OHNE_MODERATION),
    "konferenzarchiv_zip": Zeile(OHNE_MODERATION, MIT_ROLLE_NEIN),
    "konferenzlink": Zeile(ORGANISATION, ORGANISATION),
    "konferenz_kopieren": Zeile(ORGANISATION, ORGANISATION),
    "links_widerrufen": Zeile(MIT_ROLLE_NEIN, ORGANISATION),
    "kommentare": Zeile(MIT_ROLLE, MIT_ROLLE),
    "kommentar_erledigen": Zeile(MIT_ROLLE_NEIN, EIGENE),
    "uebernahme": Zeile(EIGENE, EIGENE),
    "uebernahme_lesung": Zeile(EIGENE, MIT_ROLLE_NEIN),
    "quelldatei": Zeile(MIT_ROLLE, MIT_ROLLE_NEIN),
    "quelldatei_loeschen": Zeile(ORGANISATION, ORGANISATION),
    "themendurchsicht": Zeile(MIT_ROLLE, MIT_ROLLE_NEIN),
    "ohne_thema": Zeile(MIT_ROLLE, ORGANISATION),
    "durchsicht": Zeile(MIT_ROLLE, ORGANISATION),
    "admin:index": Zeile(PERSONAL, PERSONAL),
    "admin:login": Zeile(JEDER, JEDER),
    "admin:logout": Zeile("●●MMMMMM", JEDER),  # a guest is led to the sign-in page by the start page
    "admin:password_change": Zeile(PERSONAL, PERSONAL),
    "admin:password_change_done": Zeile(PERSONAL, PERSONAL_NEIN),
    "admin:autocomplete": Zeile(MIT_ROLLE, PERSONAL_NEIN),
    "admin:jsi18n": Zeile(PERSONAL, PERSONAL_NEIN),
    "admin:view_on_site": Zeile(PERSONAL, PERSONAL),
    "admin:app_list": Zeile("AAF●●●●●", "AAF●●●●●"),
    "admin:auth_user_link": Zeile(MIT_ROLLE_NEIN, ORGANISATION),
    "admin:auth_user_protokoll": Zeile(ORGANISATION, MIT_ROLLE_NEIN),
    "admin:auth_user_zweiter_faktor": Zeile("AAVFFFFF", "AAVFFFFF"),  # as long as it is not switched on
    "admin/(?P<url>.*)$": Zeile("AAFFFFFF", "AAFFFFFF"),
}


class Modell(NamedTuple):
    """Who may look at a model in the administration, and change, add and delete objects of it."""

    ansehen: str
    aendern: str
    anlegen: str
    loeschen: str


INHALT = Modell(MIT_ROLLE, ORGANISATION, ORGANISATION, ORGANISATION)
# Added where their order shows, in the form of their parent.
ZEILEN = Modell(MIT_ROLLE, ORGANISATION, NIEMAND, ORGANISATION)
INTERN = Modell(ORGANISATION, ORGANISATION, ORGANISATION, ORGANISATION)

# By their address below /admin/.
MODELLE = {
    "konferenz/konferenz": INHALT,
    "konferenz/person": INHALT,
    "konferenz/programmpunkt": ZEILEN,
    "konferenz/vortrag": INHALT,
    "konferenz/folie": ZEILEN,
    "konferenz/textseite": INHALT,
    "konferenz/notiz": INTERN,
    "konferenz/importstand": Modell(ORGANISATION, NIEMAND, NIEMAND, NIEMAND),
    "konferenz/pflichtseite": Modell(MIT_ROLLE, ORGANISATION, NIEMAND, NIEMAND),
    "konferenz/rueckmeldung": Modell(ORGANISATION, ORGANISATION, NIEMAND, ORGANISATION),
    "arbeitsgruppen/arbeitsgruppe": INHALT,
    "arbeitsgruppen/moderation": ZEILEN,
    "arbeitsgruppen/abschnitt": INHALT,
    "arbeitsgruppen/aeusserung": ZEILEN,
    "arbeitsgruppen/weiterfuehrung": INHALT,
    "arbeitsgruppen/thema": INHALT,
    "arbeitsgruppen/abkuerzung": INHALT,
    "auth/user": INTERN,
}
OHNE_FRUEHERE_STAENDE = {"konferenz/importstand", "konferenz/rueckmeldung"}


def _seiten(modell: str, wer: Modell) -> dict[str, Zeile]:
    """Return the lines of the pages that the administration has for a model."""
    name = f"admin:{modell.replace('/', '_')}"
    zeilen = {
        f"{name}_changelist": Zeile(wer.ansehen, wer.ansehen),
        f"{name}_change": Zeile(wer.ansehen, wer.aendern),
        f"{name}_add": Zeile(wer.anlegen, wer.anlegen),
        f"{name}_delete": Zeile(wer.loeschen, wer.loeschen),
        f"{name}_history": Zeile(wer.ansehen, wer.ansehen),
        f"admin/{modell}/<path:object_id>/": Zeile(PERSONAL, PERSONAL),  # leads to the form, which asks
    }
    if modell.startswith(("konferenz/", "arbeitsgruppen/")) and modell not in OHNE_FRUEHERE_STAENDE:
        zeilen[f"{name}_simple_history"] = Zeile(wer.ansehen, wer.aendern)
    return zeilen


MATRIX = {
    **OEFFENTLICH,
    **KONTO,
    **VERWALTUNG,
    **{name: zeile for modell, wer in MODELLE.items() for name, zeile in _seiten(modell, wer).items()},
}


# The addresses of the project


class Adresse(NamedTuple):
    """A pattern of the URL configuration: its name as reverse() takes it, or its route where it has none."""

    name: str
    route: str

    @property
    def modell(self) -> str:
        """The model whose page it is, as in MODELLE, if it is one."""
        return "/".join(self.route.split("/")[1:3])


def adressen(muster: Any = None, davor: str = "", bereich: str = "") -> Iterator[Adresse]:
    """Walk through all patterns, those of other apps included."""
    for eintrag in get_resolver().url_patterns if muster is None else muster:
        route = davor + str(eintrag.pattern)
        if isinstance(eintrag, URLResolver):
            unten = f"{bereich}{eintrag.namespace}:" if eintrag.namespace else bereich
            yield from adressen(eintrag.url_patterns, route, unten)
        else:
            yield Adresse(f"{bereich}{eintrag.name}" if eintrag.name else route, route)


def test_jede_adresse_des_projekts_steht_in_der_matrix():
    namen = [adresse.name for adresse in adressen()]
    doppelt = {name for name in namen if namen.count(name) > 1}
    assert doppelt == set()
    assert sorted(set(namen) - MATRIX.keys()) == [], "fehlt in tests/test_rechte.py"
    assert sorted(MATRIX.keys() - set(namen)) == [], "gibt es nicht (mehr)"


def test_jede_zeile_der_matrix_nennt_jede_rolle():
    falsch = {
        name: spalten
        for name, zeile in MATRIX.items()
        for spalten in zeile
        if spalten and (len(spalten) != len(ROLLEN) or set(spalten) - set("●AVFM"))
    }
    assert falsch == {}


# The world in which they are asked


@dataclass
class Welt:
    """A conference with everything that has an address, and a client for each role."""

    konferenz: Any
    objekte: dict[str, Any]
    konten: dict[str, Client]

    def wert(self, parameter: str, adresse: "Adresse") -> Any:
        """Return what stands for a parameter in an address."""
        if parameter in ("object_id", "pk") and adresse.modell in self.objekte:
            return self.objekte[adresse.modell].pk
        eigener = PARAMETER.get(f"{adresse.name}: {parameter}")
        return (eigener or PARAMETER[parameter])(self)


# What stands in an address that is no page of a model, by the name of the parameter; for one address alone
# by its name before that.
PARAMETER: dict[str, Callable[[Welt], Any]] = {
    "konferenz": lambda w: w.konferenz.slug,
    "slug": lambda w: w.objekte["konferenz/vortrag"].slug,
    "folie": lambda w: w.objekte["konferenz/folie"].pk,
    "nummer": lambda w: w.objekte["arbeitsgruppen/arbeitsgruppe"].nummer,
    "pk": lambda w: w.objekte["arbeitsgruppen/arbeitsgruppe"].pk,
    "konferenzstand: pk": lambda w: w.konferenz.pk,
    "konferenz_kopieren: pk": lambda w: w.konferenz.pk,
    "konferenzlink: pk": lambda w: w.konferenz.pk,
    "konferenzarchiv: pk": lambda w: w.konferenz.pk,
    "konferenzarchiv_zip: pk": lambda w: w.konferenz.pk,
    "links_widerrufen: pk": lambda w: w.konferenz.pk,
    "wiederherstellen: art": lambda w: "aeusserung",
    "wiederherstellen: pk": lambda w: w.objekte["gelöschte Äußerung"].id,
    "quelldatei: pk": lambda w: w.objekte["quelldatei"].pk,
    "quelldatei_loeschen: pk": lambda w: w.objekte["quelldatei"].pk,
    "thema: slug": lambda w: w.objekte["arbeitsgruppen/thema"].slug,
    "durchsicht: pk": lambda w: w.objekte["arbeitsgruppen/thema"].pk,
    "person_loeschen: pk": lambda w: w.objekte["konferenz/person"].pk,
    "zeile": lambda w: w.objekte["arbeitsgruppen/aeusserung"].history.first().pk,
    "kennung": lambda w: w.objekte["arbeitsgruppen/aeusserung"].kennung,
    "schluessel": lambda w: w.objekte["heftausgabe"].schluessel,
    "export_stand: summe": lambda w: w.objekte["export"].schluessel,
    "uebernahme_lesung: schluessel": lambda w: w.objekte["lesung"].schluessel,
    "endung": lambda w: "json",
    "teil": lambda w: 1,
    "name": lambda w: "konferenz-1",
    "marke": lambda w: Entwurfslink.fuer(w.konferenz, 1).marke,
    "kommentar": lambda w: w.objekte["kommentar"].pk,
    "uidb64": lambda w: "MQ",
    "token": lambda w: "abc-def",
    "content_type_id": lambda w: ContentType.objects.get_for_model(Konferenz).pk,
    "object_id": lambda w: w.konferenz.pk,
}
# Addresses given as regular expressions.
AUSDRUECKE = {
    "^(?P<app_label>": "konferenz/",
    "(?P<url>.*)$": "gibt/es/nicht/",
    "^([^/]+)/history/([^/]+)/$": "{objekt.pk}/history/{stand.pk}/",
}
# What is read, and sent, where an empty request would not tell.
VORTRAGENDE = {"app_label": "konferenz", "model_name": "vortrag", "field_name": "vortragende"}
FRUEHER = {"stand": "2020-01-01T00:00:00+00:00"}
GELESEN = {"admin:autocomplete": VORTRAGENDE, "zuruecknehmen": FRUEHER}
GESENDET = {
    "aeusserung_zuruecknehmen": {"was": "text"},
    "zuruecknehmen": FRUEHER,
    "_delete": {"post": "yes"},
    "gruppenstand": {"von": "in_bearbeitung", "ziel": "zur_pruefung"},
    "konferenzstand": {"von": "entwurf", "ziel": "veroeffentlicht"},
}


def pfad(welt: Welt, adresse: Adresse) -> str:
    """Return the path of an address in this world."""
    objekt = welt.objekte.get(adresse.modell)
    for ausdruck, fest in AUSDRUECKE.items():
        davor, gefunden, _ = adresse.route.partition(ausdruck)
        if gefunden:
            stand = objekt.history.first() if "{stand" in fest else None  # type: ignore[union-attr]
            return f"/{davor}{fest.format(objekt=objekt, stand=stand)}"
    return "/" + re.sub(
        r"<(?:\w+:)?(\w+)>", lambda treffer: str(welt.wert(treffer[1], adresse)), adresse.route
    )


@pytest.fixture
def welt(db, oeffentlich: bool) -> Welt:
    konferenz = KonferenzFactory(veroeffentlicht=oeffentlich)
    stand = Arbeitsgruppe.Status.FREIGEGEBEN if oeffentlich else Arbeitsgruppe.Status.IN_BEARBEITUNG
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, status=stand)
    folie = FolieFactory(vortrag__konferenz=konferenz, mit_bild=True)
    aeusserung = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    moderation = ModerationFactory(arbeitsgruppe=gruppe)
    AeusserungFactory(abschnitt=aeusserung.abschnitt).delete()
    geloeschte = Aeusserung.history.first()
    objekte = {
        "konferenz/konferenz": konferenz,
        "konferenz/person": moderation.person,
        "konferenz/programmpunkt": ProgrammpunktFactory(konferenz=konferenz),
        "konferenz/vortrag": folie.vortrag,
        "konferenz/folie": folie,
        "konferenz/textseite": TextseiteFactory(konferenz=konferenz),
        "konferenz/notiz": NotizFactory(konferenz=konferenz),
        "konferenz/importstand": ImportstandFactory(konferenz=konferenz),
        "konferenz/pflichtseite": PflichtseiteFactory(),
        "konferenz/rueckmeldung": RueckmeldungFactory(),
        "arbeitsgruppen/arbeitsgruppe": gruppe,
        "arbeitsgruppen/moderation": moderation,
        "arbeitsgruppen/abschnitt": aeusserung.abschnitt,
        "arbeitsgruppen/aeusserung": aeusserung,
        "arbeitsgruppen/weiterfuehrung": WeiterfuehrungFactory(
            kennung=geloeschte.kennung, nachfolger=aeusserung.kennung
        ),
        "arbeitsgruppen/thema": ThemenentscheidungFactory(aeusserung=aeusserung).thema,
        "arbeitsgruppen/abkuerzung": AbkuerzungFactory(),
        "auth/user": BenutzerFactory(rolle="Ministerium"),
        "gelöschte Äußerung": geloeschte,
        "kommentar": KommentarFactory(aeusserung=aeusserung),
        "quelldatei": QuelldateiFactory(arbeitsgruppe=gruppe),
        "heftausgabe": Heftausgabe.objects.create(
            konferenz=konferenz,
            schluessel="0" * 64,
            entwurf=not oeffentlich,
            datei=ContentFile(b"%PDF-1.7", name="heft.pdf"),
            fertig=timezone.now(),
        ),
        "export": ErzeugnisFactory(art=Erzeugnis.Art.SUCHDATEN, angaben={"anfrage": "", "quelle": "/suche/"}),
        "lesung": ErzeugnisFactory(angaben={"gruppe": gruppe.pk, "name": "Folien.pptx", "text": ""}),
    }
    return Welt(konferenz, objekte, _clients(gruppe))


def _clients(gruppe: Arbeitsgruppe) -> dict[str, Client]:
    konten = {
        "ohne Rolle": BenutzerFactory(mitarbeit=True),
        "Ministerium": BenutzerFactory(rolle="Ministerium"),
        "Moderation einer anderen Gruppe": BenutzerFactory(
            rolle="Moderation", rolle__gruppen=[ArbeitsgruppeFactory(konferenz=gruppe.konferenz)]
        ),
        "Moderation dieser Gruppe": BenutzerFactory(rolle="Moderation", rolle__gruppen=[gruppe]),
        "Organisation": BenutzerFactory(rolle="Organisation"),
        "Hauptkonto": BenutzerFactory(leitung=True),
    }
    clients = {"Gast": Client(), "Gast mit Link": Client()}
    clients["Gast mit Link"].get(reverse("entwurf", args=[Entwurfslink.fuer(gruppe.konferenz, tage=1).marke]))
    for rolle, konto in konten.items():
        clients[rolle] = Client()
        clients[rolle].force_login(konto)
    return clients


def zeichen(antwort: Any) -> str:
    """Return the sign of an answer in the matrix."""
    if antwort.status_code == 302 and antwort["Location"].startswith(reverse("admin:login")):
        return "A"
    if antwort.status_code == 403 and b"Sie sind nicht mehr angemeldet" in antwort.content:
        return "A"  # and what was sent comes back along with it
    besondere = {403: "V", 404: "F", 405: "M"}
    return besondere.get(antwort.status_code, "●" if antwort.status_code < 500 else str(antwort.status_code))


SCHREIBT = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) .?(konferenz|arbeitsgruppen|auth)_")


def fragen(welt: Welt, adresse: Adresse, rolle: str, methode: str) -> str:
    """Ask as somebody of this role and return the sign of the answer, and what it wrote all the same."""
    daten = GELESEN.get(adresse.name, {})
    if methode == "POST":
        daten = next((d for ende, d in GESENDET.items() if adresse.name.endswith(ende)), {})
    with CaptureQueriesContext(connection) as abfragen, transaction.atomic():
        antwort = getattr(welt.konten[rolle], methode.lower())(pfad(welt, adresse), daten)
        transaction.set_rollback(True)
    geschrieben = [a["sql"] for a in abfragen if SCHREIBT.match(a["sql"])]
    ergebnis = zeichen(antwort)
    return ergebnis if ergebnis == "●" or not geschrieben else f"{ergebnis} und doch: {geschrieben[0][:60]}"


FAELLE = [
    pytest.param(adresse, oeffentlich, id=f"{adresse.name}-{'öffentlich' if oeffentlich else 'Entwurf'}")
    for adresse in adressen()
    for oeffentlich in ((True, False) if adresse.name in OEFFENTLICH else (False,))
]


@pytest.mark.kreuzprodukt(5)
@pytest.mark.parametrize(("adresse", "oeffentlich"), FAELLE)
def test_jede_rolle_bekommt_die_antwort_der_matrix(welt: Welt, adresse: Adresse, oeffentlich: bool):
    zeile = MATRIX[adresse.name]
    lesen = zeile.lesen if oeffentlich else zeile.entwurf or zeile.lesen
    # Those who may least and most tell whether HEAD goes by what GET does, and that nothing else goes at all.
    aeusserste = ("Gast", "Hauptkonto")
    faelle = [
        *(("GET", rolle, soll) for rolle, soll in zip(ROLLEN, lesen, strict=True)),
        *(("HEAD", rolle, soll) for rolle, soll in zip(ROLLEN, lesen, strict=True) if rolle in aeusserste),
        *(("POST", rolle, soll) for rolle, soll in zip(ROLLEN, zeile.schreiben, strict=True)),
        *(product(("PUT", "PATCH", "DELETE", "OPTIONS"), aeusserste, "M")),
    ]
    falsch = {}
    for methode, rolle, soll in faelle:
        if (bekommen := fragen(welt, adresse, rolle, methode)) != soll:
            falsch[methode, rolle] = (bekommen, soll)
    assert falsch == {}, "bekommen, erwartet"


@pytest.mark.kreuzprodukt(5)
@pytest.mark.parametrize("oeffentlich", [True])
@pytest.mark.parametrize(
    # The link to a draft is kept in the session.
    "adresse",
    [a for a in adressen() if a.name in OEFFENTLICH and a.name != "entwurf"],
    ids=lambda a: a.name,
)
def test_keine_oeffentliche_seite_setzt_einem_leser_ein_cookie(
    welt: Welt, adresse: Adresse, oeffentlich: bool
):
    leser = Client()
    for antwort in (leser.get(pfad(welt, adresse)), leser.post(pfad(welt, adresse))):
        assert "Set-Cookie" not in antwort.headers
        assert not leser.cookies


# That it is berechtigungen.py which decides


EIGENE_MODELLE = [
    modell
    for modell in admin.site._registry
    if modell._meta.app_label in ("konferenz", "arbeitsgruppen", "auth")
]


def erlaubt(seite: Any, anfrage: Any) -> set[str]:
    """Return what may be done on a page of the administration, or in rows of one."""
    namen = ("view", "add", "change", "delete")
    zeilen = not isinstance(seite, admin.ModelAdmin)
    return {
        name
        for name in namen
        if getattr(seite, f"has_{name}_permission")(anfrage, *([None] if zeilen else []))
    }


@pytest.mark.parametrize("modell", EIGENE_MODELLE, ids=lambda modell: modell._meta.label)
def test_ueber_jede_klasse_der_verwaltung_entscheiden_allein_die_berechtigungen(
    db, rf, monkeypatch, modell: Any
):
    seite = admin.site._registry[modell]
    zeilen = [klasse(modell, admin.site) for klasse in seite.inlines]
    anfrage = rf.get("/")

    # A superuser, to whom Django gives every right: what the predicates don't allow is not allowed.
    anfrage.user = BenutzerFactory(leitung=True)
    monkeypatch.setattr(berechtigungen, "rollen", lambda konto: frozenset())
    assert [erlaubt(s, anfrage) for s in (seite, *zeilen)] == [set()] * (1 + len(zeilen))
    assert not seite.has_module_permission(anfrage)

    # Somebody without any right of Django's: what they allow is allowed.
    anfrage.user = BenutzerFactory(mitarbeit=True)
    monkeypatch.setattr(berechtigungen, "rollen", lambda konto: frozenset({"Organisation"}))
    assert all("view" in erlaubt(s, anfrage) for s in (seite, *zeilen))
    assert seite.has_module_permission(anfrage)


def test_die_gruppen_der_rollen_tragen_keine_rechte_von_django(db):
    # Else a page that forgets to ask would be open to them.
    gruppen = Group.objects.filter(name__in=berechtigungen.ROLLEN)
    assert gruppen.count() == 3
    assert not Permission.objects.filter(group__in=gruppen).exists()


@pytest.mark.kreuzprodukt(5)
@pytest.mark.parametrize("oeffentlich", [False])
@pytest.mark.parametrize("rolle", ROLLEN[2:])
@pytest.mark.parametrize("modell", EIGENE_MODELLE, ids=lambda modell: modell._meta.label)
def test_aktionen_an_vielen_zeilen_bietet_die_verwaltung_nur_der_organisation(
    welt: Welt, oeffentlich: bool, rolle: str, modell: Any
):
    liste = reverse(f"admin:{modell._meta.app_label}_{modell._meta.model_name}_changelist")
    antwort = welt.konten[rolle].get(liste)
    if antwort.status_code == 200:
        darf = rolle in ("Organisation", "Hauptkonto") and modell not in (Importstand, Pflichtseite)
        assert (antwort.context["action_form"] is not None) == darf
