"""The data of a conference as JSON and CSV, made from its picture: what the Heft carries along.

The JSON holds the whole picture verbatim. The CSV has a row for each statement and sub-point. What the
picture holds back is in neither: the results of a group that is not „freigegeben“ are yet to come, unless the
whole is an „entwurf“.
"""

import csv
import json
from io import StringIO
from typing import Any

from arbeitsgruppen.bild import (
    Aeusserungsbild,
    Gruppenbild,
    Konferenzbild,
    Personenbild,
    Unterpunktbild,
    Vortragsbild,
)

SPALTEN = (
    "konferenz",
    "datum",
    "ag",
    "ag_titel",
    "abschnitt",
    "kategorie",
    "herkunft",
    "nummer",
    "unterpunkt",
    "text",
    "adresse",
    "redaktionell_geaendert",
)
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection).
FORMELZEICHEN = ("=", "+", "-", "@", "\t", "\r")


def als_json(bild: Konferenzbild, adresse: str) -> bytes:
    """Return the conference as JSON in UTF-8; the same picture gives the same bytes.

    `adresse` is what the site's addresses begin with, without a slash at the end.
    """
    return json.dumps(_konferenz(bild, adresse), ensure_ascii=False, indent=1).encode() + b"\n"


def als_csv(bild: Konferenzbild, adresse: str) -> bytes:
    """Return the statements as CSV: UTF-8 with byte order mark, semicolons, as spreadsheets here expect.

    An apostrophe stands before a text that a spreadsheet would take for a formula.
    """
    ausgabe = StringIO()
    schreiber = csv.writer(ausgabe, delimiter=";", lineterminator="\r\n")
    schreiber.writerow(SPALTEN)
    for gruppe in bild.gruppen:
        kopf = (bild.titel, bild.datum.isoformat(), gruppe.nummer, gruppe.titel)
        for abschnitt in gruppe.abschnitte:
            teil = (*kopf, abschnitt.ueberschrift, abschnitt.kategorie, abschnitt.herkunft)
            for nummer, aeusserung in enumerate(abschnitt.aeusserungen, 1):
                zeilen: list[tuple[str, Aeusserungsbild | Unterpunktbild]] = [("", aeusserung)]
                zeilen += [(str(n), punkt) for n, punkt in enumerate(aeusserung.unterpunkte, 1)]
                for unterpunkt, z in zeilen:
                    geaendert = "ja" if z.redaktionell_geaendert else ""
                    zeile = (*teil, nummer, unterpunkt, z.text, _adresse(z.kennung, adresse), geaendert)
                    schreiber.writerow(map(_zelle, zeile))
    return b"\xef\xbb\xbf" + ausgabe.getvalue().encode()


def _zelle(wert: object) -> object:
    return f"'{wert}" if isinstance(wert, str) and wert.startswith(FORMELZEICHEN) else wert


def _adresse(kennung: str, adresse: str) -> str:
    return f"{adresse}/a/{kennung}/" if kennung else ""


def _konferenz(bild: Konferenzbild, adresse: str) -> dict[str, Any]:
    return {
        "titel": bild.titel,
        "reihe": bild.reihe,
        "format": bild.format,
        "datum": bild.datum.isoformat(),
        "beginn": bild.beginn.isoformat("minutes") if bild.beginn else None,
        "ende": bild.ende.isoformat("minutes") if bild.ende else None,
        "ort": bild.ort,
        "veranstalter": bild.veranstalter,
        "adresse": f"{adresse}/{bild.slug}/" if bild.slug else "",
        "hinweis": bild.hinweis,
        "entwurf": bild.vorlaeufig,
        "programm": [
            {
                "beginn": punkt.beginn.isoformat("minutes"),
                "titel": punkt.titel,
                "mitwirkende": punkt.mitwirkende,
                "arbeitsgruppen": list(punkt.gruppen),
                "neue_seite": punkt.neue_seite,
            }
            for punkt in bild.programm
        ],
        "vortraege": [_vortrag(vortrag) for vortrag in bild.vortraege],
        "arbeitsgruppen": [_gruppe(gruppe, adresse) for gruppe in bild.gruppen],
        "textseiten": [
            {"seite": seite.seite, "ueberschrift": seite.ueberschrift, "text": seite.text}
            for seite in bild.textseiten
        ],
    }


def _person(person: Personenbild) -> dict[str, str]:
    return {"titel": person.titel, "vorname": person.vorname, "nachname": person.nachname}


def _vortrag(vortrag: Vortragsbild) -> dict[str, Any]:
    return {
        "titel": vortrag.titel,
        "programmpunkt": None if vortrag.programmpunkt is None else vortrag.programmpunkt + 1,
        "vortragende": [_person(person) for person in vortrag.vortragende],
        "folien": [
            {
                "art": folie.art,
                "ueberschrift": folie.ueberschrift,
                "text": folie.text,
                "bild": folie.bild,
                "bildbeschreibung": folie.bildbeschreibung,
            }
            for folie in vortrag.folien
        ],
    }


def _gruppe(gruppe: Gruppenbild, adresse: str) -> dict[str, Any]:
    return {
        "nummer": gruppe.nummer,
        "titel": gruppe.titel,
        "fragestellung": gruppe.fragestellung,
        "unterfragen": list(gruppe.unterfragen),
        "moderation": [{**_person(m.person), "angabe": m.angabe} for m in gruppe.moderation],
        "freigegeben": gruppe.freigegeben,
        "abschnitte": [
            {
                "ueberschrift": abschnitt.ueberschrift,
                "kategorie": abschnitt.kategorie,
                "herkunft": abschnitt.herkunft,
                "aeusserungen": [
                    {
                        "text": aeusserung.text,
                        "adresse": _adresse(aeusserung.kennung, adresse),
                        "redaktionell_geaendert": aeusserung.redaktionell_geaendert,
                        "unterpunkte": [
                            {
                                "text": punkt.text,
                                "adresse": _adresse(punkt.kennung, adresse),
                                "redaktionell_geaendert": punkt.redaktionell_geaendert,
                            }
                            for punkt in aeusserung.unterpunkte
                        ],
                        "neue_seite": aeusserung.neue_seite,
                    }
                    for aeusserung in abschnitt.aeusserungen
                ],
            }
            for abschnitt in gruppe.abschnitte
        ],
    }
