"""What open-data portals harvest: the conferences as datasets, in DCAT-AP.de 2.0 as JSON-LD.

The rules stand in https://www.dcat-ap.de/def/dcatde/2.0/spec/ and in the conventions beside it (implRules).
What nobody has set (licence, contact, the portal's own identifier) is left out rather than guessed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.urls import reverse

from arbeitsgruppen.ausgabe import letzte_aenderungen
from arbeitsgruppen.daten import KONFERENZSCHEMA
from konferenz.herausgabe import Herausgabe
from konferenz.models import Konferenz
from konferenz.veroeffentlichung import oeffentlich_seit

EU = "http://publications.europa.eu/resource/authority"
MEDIEN = "http://www.iana.org/assignments/media-types"
DEUTSCH = {"@id": f"{EU}/language/DEU"}
NAMENSRAEUME = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# Title, address (name and query), file type of the EU's list, media type.
FORMATE = (
    ("Alle Daten (JSON)", "json", "JSON", "application/json"),
    ("Äußerungen (CSV)", "csv", "CSV", "text/csv"),
    (
        "Arbeitsmappe (XLSX)",
        "xlsx",
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("Heft als Folien (PDF)", "", "PDF", "application/pdf"),
    ("Heft als Bericht (PDF)", "?form=bericht", "PDF", "application/pdf"),
)


def katalog(konferenzen: QuerySet[Konferenz], site_url: str) -> dict[str, Any]:
    """Return these conferences, which everybody may read, as a catalogue, in four queries.

    `site_url` is the beginning of all addresses of the site.
    """
    saetze = _datensaetze(konferenzen, site_url)
    adresse = f"{site_url}{reverse('dcat_katalog')}"
    kopf = {
        "@id": f"{adresse}#katalog",
        "@type": "dcat:Catalog",
        "dct:title": _text("Konferenzdokumentation"),
        "dct:description": _text(
            "Ergebnisse von Fachkonferenzen und ihren Arbeitsgruppen, wörtlich dokumentiert."
        ),
        "dct:publisher": _stelle("", site_url),
        "dct:language": DEUTSCH,
        "foaf:homepage": {"@id": f"{site_url}/"},
        "dcat:themeTaxonomy": {"@id": f"{EU}/data-theme"},
        "dcat:dataset": [{"@id": satz["@id"]} for satz in saetze],
    }
    if geaendert := max(
        (satz["dct:modified"]["@value"] for satz in saetze if "dct:modified" in satz), default=""
    ):
        kopf["dct:modified"] = {"@value": geaendert, "@type": "xsd:dateTime"}
    return {"@context": NAMENSRAEUME, "@graph": [kopf, *saetze]}


def beschreibung(konferenzen: QuerySet[Konferenz], site_url: str) -> dict[str, Any]:
    """Return these conferences, which everybody may read, as datasets without a catalogue around them."""
    return {"@context": NAMENSRAEUME, "@graph": _datensaetze(konferenzen, site_url)}


def _datensaetze(konferenzen: QuerySet[Konferenz], site_url: str) -> list[dict[str, Any]]:
    liste = list(konferenzen.prefetch_related("arbeitsgruppen"))
    seit = oeffentlich_seit(liste)
    geaendert = letzte_aenderungen([konferenz.pk for konferenz in liste])
    return [_datensatz(k, seit.get(k.pk), geaendert.get(k.pk), site_url) for k in liste]


def _datensatz(
    konferenz: Konferenz, seit: datetime | None, geaendert: datetime | None, site_url: str
) -> dict[str, Any]:
    herausgabe = Herausgabe.eingestellte()
    seite = site_url + konferenz.get_absolute_url()
    titel = [str(gruppe.titel) for gruppe in konferenz.arbeitsgruppen.all()]
    satz: dict[str, Any] = {
        "@id": f"{seite}#daten",
        "@type": "dcat:Dataset",
        "dct:title": _text(f"Äußerungen der Konferenz „{konferenz.titel}“"),
        "dct:description": _text(_beschreibung(konferenz, titel)),
        "dct:identifier": seite,
        "dct:publisher": _stelle(konferenz.veranstalter, site_url),
        "dct:language": DEUTSCH,
        "dct:accessRights": {"@id": f"{EU}/access-right/PUBLIC"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _tag(konferenz),
            "dcat:endDate": _tag(konferenz),
        },
        "dcat:landingPage": {"@id": seite},
        "dcat:keyword": [_text(wort) for wort in dict.fromkeys(["Konferenz", "Arbeitsgruppen", *titel])],
        "dcat:theme": [{"@id": f"{EU}/data-theme/{thema}"} for thema in herausgabe.themen],
        "dcat:distribution": list(_distributionen(konferenz, geaendert, site_url)),
    }
    if seit:
        satz["dct:issued"] = _zeit(seit)
    if geaendert:
        satz["dct:modified"] = _zeit(geaendert)
    if herausgabe.kontakt:
        satz["dcat:contactPoint"] = {
            "@type": ["vcard:Kind", "vcard:Organization"],
            "vcard:fn": herausgabe.herausgeber or konferenz.veranstalter or "Konferenzdokumentation",
            "vcard:hasEmail": {"@id": f"mailto:{herausgabe.kontakt}"},
        }
    if herausgabe.bereitsteller:
        satz["dcatde:contributorID"] = {"@id": herausgabe.bereitsteller}
    return satz


def _distributionen(
    konferenz: Konferenz, geaendert: datetime | None, site_url: str
) -> Iterable[dict[str, Any]]:
    herausgabe = Herausgabe.eingestellte()
    for titel, art, dateityp, medientyp in FORMATE:
        if dateityp == "PDF":
            pfad = reverse("heft", args=[konferenz.slug]) + art
        else:
            pfad = reverse("daten", args=[konferenz.slug, art])
        adresse = {"@id": site_url + pfad}
        distribution: dict[str, Any] = {
            "@id": f"{site_url}{pfad}#datei",
            "@type": "dcat:Distribution",
            "dct:title": _text(titel),
            "dcat:accessURL": adresse,
            "dcat:downloadURL": adresse,
            "dct:format": {"@id": f"{EU}/file-type/{dateityp}"},
            "dcat:mediaType": {"@id": f"{MEDIEN}/{medientyp}"},
            "dct:language": DEUTSCH,
        }
        if art == "json":
            schema = site_url + reverse("datenschema", args=[KONFERENZSCHEMA])
            distribution["dct:conformsTo"] = {"@id": schema, "@type": "dct:Standard"}
        if geaendert:
            distribution["dct:modified"] = _zeit(geaendert)
        if herausgabe.lizenz:
            distribution["dct:license"] = {"@id": herausgabe.lizenz.uri}
            if herausgabe.lizenz.mit_namen:  # convention 35
                name = _stelle(konferenz.veranstalter, site_url)["foaf:name"]
                distribution["dcatde:licenseAttributionByText"] = _text(name)
        yield distribution


def _beschreibung(konferenz: Konferenz, titel: list[str]) -> str:
    anlass = konferenz.format or "Konferenz"
    satz = (
        f"Was in den Arbeitsgruppen gesagt wurde ({anlass}, {konferenz.datum:%d.%m.%Y}): wörtlich "
        "und ungefiltert dokumentierte Äußerungen mit Fragestellung, Überschrift, Kategorie und dauerhafter "
        "Adresse, dazu Programm und Vorträge."
    )
    return f"{satz} Arbeitsgruppen: {'; '.join(titel)}." if titel else satz


def _stelle(veranstalter: str, site_url: str) -> dict[str, Any]:
    """Return who publishes: who is set, else who held the conference, else the site by its name."""
    name = Herausgabe.eingestellte().herausgeber or veranstalter or urlsplit(site_url).netloc
    return {"@type": "foaf:Agent", "foaf:name": name}


def _text(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "de"}


def _tag(konferenz: Konferenz) -> dict[str, str]:
    return {"@value": konferenz.datum.isoformat(), "@type": "xsd:date"}


def _zeit(zeit: datetime) -> dict[str, str]:
    return {"@value": zeit.isoformat(timespec="seconds"), "@type": "xsd:dateTime"}
