"""The data of a conference as JSON and CSV, made from its picture: for readers, and attached to the Heft.

The JSON holds the whole picture verbatim; schemata/konferenz-1.schema.json describes it. The CSV has a row
for each statement and sub-point. What the picture holds back is in neither: the results of a group that is
not „freigegeben“ are yet to come, unless the whole is an „entwurf“. The rows need no picture: whatever
statements somebody has found, of whatever conferences, become the same table (fundstellen.py).
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from arbeitsgruppen.bild import (
    Aeusserungsbild,
    Gruppenbild,
    Konferenzbild,
    Personenbild,
    Unterpunktbild,
    Vortragsbild,
)
from konferenz.herausgabe import Herausgabe

# The number goes up when something is taken out of the data or means something else from then on.
VERSION = 1
KONFERENZSCHEMA = f"konferenz-{VERSION}"
ZEILENSCHEMA = f"aeusserungen-{VERSION}"
SCHEMATA = Path(__file__).parent / "schemata"


@dataclass(frozen=True, slots=True)
class Zeile:
    """A statement or sub-point, with all that says where it was said: a row of a table.

    `nummer` counts the statements under their heading from 1, `unterpunkt` those of a statement; it is None
    for the statement itself. `adresse` is the permanent one, or empty; `themen` are the titles of its topics.
    """

    konferenz: str
    datum: date
    ag: int
    ag_titel: str
    abschnitt: str
    kategorie: str
    herkunft: str
    nummer: int
    unterpunkt: int | None
    text: str
    adresse: str
    redaktionell_geaendert: bool
    themen: tuple[str, ...]


SPALTEN = tuple(feld.name for feld in fields(Zeile))

# A spreadsheet takes a cell that begins so for a formula, or cuts it (OWASP, CSV Injection). Apostrophes in
# front belong to it, so that one apostrophe put in front can be told from those of the text.
FORMEL = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")


def zeilen(bild: Konferenzbild, adresse: str) -> Iterator[Zeile]:
    """Yield the rows of a conference in the order of its groups; `adresse` as in `als_json`."""
    titel = {thema.slug: thema.titel for thema in bild.themen}
    for gruppe in bild.gruppen:
        for abschnitt in gruppe.abschnitte:
            for nummer, aeusserung in enumerate(abschnitt.aeusserungen, 1):
                eintraege: list[tuple[int | None, Aeusserungsbild | Unterpunktbild]] = [(None, aeusserung)]
                eintraege += enumerate(aeusserung.unterpunkte, 1)
                for unterpunkt, eintrag in eintraege:
                    yield Zeile(
                        konferenz=bild.titel,
                        datum=bild.datum,
                        ag=gruppe.nummer,
                        ag_titel=gruppe.titel,
                        abschnitt=abschnitt.ueberschrift,
                        kategorie=abschnitt.kategorie,
                        herkunft=abschnitt.herkunft,
                        nummer=nummer,
                        unterpunkt=unterpunkt,
                        text=eintrag.text,
                        adresse=dauerhafte_adresse(eintrag.kennung, adresse),
                        redaktionell_geaendert=eintrag.redaktionell_geaendert,
                        themen=() if unterpunkt else tuple(titel[slug] for slug in aeusserung.themen),
                    )


def als_json(bild: Konferenzbild, adresse: str) -> bytes:
    """Return the conference as JSON in UTF-8; the same picture gives the same bytes.

    `adresse` is what the site's addresses begin with, without a slash at the end.
    """
    return _json(KONFERENZSCHEMA, adresse, _konferenz(bild, adresse))


def als_csv(bild: Konferenzbild, adresse: str) -> bytes:
    """Return the statements as CSV, see `zeilen_als_csv`; `adresse` as in `als_json`."""
    return zeilen_als_csv(zeilen(bild, adresse))


def zeilen_als_json(gefundene: Iterable[Zeile], adresse: str, quelle: str) -> bytes:
    """Return any rows as JSON in UTF-8 (schemata/aeusserungen-1.schema.json).

    `adresse` as in `als_json`; `quelle` is the address at which a reader sees the same statements.
    """
    aeusserungen = [
        {name: wert.isoformat() if isinstance(wert, date) else wert for name, wert in _felder(zeile)}
        for zeile in gefundene
    ]
    return _json(ZEILENSCHEMA, adresse, {"quelle": quelle, "aeusserungen": aeusserungen})


def zeilen_als_csv(gefundene: Iterable[Zeile]) -> bytes:
    """Return any rows as CSV: UTF-8 with byte order mark, semicolons, as spreadsheets here expect.

    An apostrophe stands before a text that a spreadsheet would take for a formula (docs/entscheidungen/0015).
    """
    ausgabe = StringIO()
    schreiber = csv.writer(ausgabe, delimiter=";", lineterminator="\r\n")
    schreiber.writerow(SPALTEN)
    for zeile in gefundene:
        schreiber.writerow(_zelle(wert) for wert in astuple(zeile))
    return b"\xef\xbb\xbf" + ausgabe.getvalue().encode()


def dauerhafte_adresse(kennung: str, adresse: str) -> str:
    """Return the permanent address of a statement, empty without a Kennung; `adresse` as in `als_json`."""
    return f"{adresse}/a/{kennung}/" if kennung else ""


def _felder(zeile: Zeile) -> Iterator[tuple[str, Any]]:
    return zip(SPALTEN, astuple(zeile), strict=True)


def _zelle(wert: object) -> object:
    if isinstance(wert, tuple):
        return _zelle("; ".join(wert))
    if isinstance(wert, bool):
        return "ja" if wert else ""
    if isinstance(wert, str) and FORMEL.match(wert):
        return f"'{wert}"
    return wert


def _json(schema: str, adresse: str, inhalt: dict[str, Any]) -> bytes:
    herausgabe = Herausgabe.eingestellte()
    lizenz = herausgabe.lizenz
    kopf = {
        "$schema": f"{adresse}/{schema}.schema.json",
        "version": VERSION,
        "herausgeber": herausgabe.herausgeber,
        "lizenz": {"name": lizenz.name, "adresse": lizenz.adresse} if lizenz else None,
    }
    return json.dumps(kopf | inhalt, ensure_ascii=False, indent=1).encode() + b"\n"


def _konferenz(bild: Konferenzbild, adresse: str) -> dict[str, Any]:
    seite = f"{adresse}/{bild.slug}/" if bild.slug else ""
    return {
        "titel": bild.titel,
        "reihe": bild.reihe,
        "format": bild.format,
        "datum": bild.datum.isoformat(),
        "beginn": bild.beginn.isoformat("minutes") if bild.beginn else None,
        "ende": bild.ende.isoformat("minutes") if bild.ende else None,
        "ort": bild.ort,
        "veranstalter": bild.veranstalter,
        "adresse": seite,
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
        "vortraege": [_vortrag(vortrag, seite) for vortrag in bild.vortraege],
        "arbeitsgruppen": [_gruppe(gruppe, adresse, seite) for gruppe in bild.gruppen],
        "themen": [
            {
                "titel": thema.titel,
                "kennung": thema.slug,
                "beschreibung": thema.beschreibung,
                "adresse": f"{seite}themen/{thema.slug}/" if seite else "",
            }
            for thema in bild.themen
        ],
        "textseiten": [
            {"seite": seite.seite, "ueberschrift": seite.ueberschrift, "text": seite.text}
            for seite in bild.textseiten
        ],
    }


def _person(person: Personenbild) -> dict[str, str]:
    return {"titel": person.titel, "vorname": person.vorname, "nachname": person.nachname}


def _vortrag(vortrag: Vortragsbild, seite: str) -> dict[str, Any]:
    return {
        "titel": vortrag.titel,
        "adresse": f"{seite}vortraege/{vortrag.slug}/" if seite and vortrag.slug else "",
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


def _gruppe(gruppe: Gruppenbild, adresse: str, seite: str) -> dict[str, Any]:
    return {
        "nummer": gruppe.nummer,
        "titel": gruppe.titel,
        "adresse": f"{seite}ag/{gruppe.nummer}/" if seite else "",
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
                        "adresse": dauerhafte_adresse(aeusserung.kennung, adresse),
                        "redaktionell_geaendert": aeusserung.redaktionell_geaendert,
                        "themen": list(aeusserung.themen),
                        "unterpunkte": [
                            {
                                "text": punkt.text,
                                "adresse": dauerhafte_adresse(punkt.kennung, adresse),
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
