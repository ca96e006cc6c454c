"""The JSON schemas: what they describe is what the data hold, no more and no less."""

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from arbeitsgruppen.bild import konferenzbild
from arbeitsgruppen.daten import SCHEMATA, als_json, zeilen, zeilen_als_json
from arbeitsgruppen.models import Abschnitt
from konferenz.models import Folie
from tests.arbeitsgruppen.test_daten import SEITE, bilder, eine, probe

NAMEN = ("konferenz-1", "aeusserungen-1")


def schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMATA / f"{name}.schema.json").read_text())


def streng(teil: Any) -> Any:
    """Return the schema with nothing allowed beyond what it describes."""
    if isinstance(teil, list):
        return [streng(eines) for eines in teil]
    if not isinstance(teil, dict):
        return teil
    neu = {name: streng(wert) for name, wert in teil.items()}
    return neu | {"additionalProperties": False} if "required" in teil else neu


def pruefen(daten: bytes, name: str) -> None:
    pruefer = Draft202012Validator(streng(schema(name)), format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [
        f"{fehler.json_path}: {fehler.message}" for fehler in pruefer.iter_errors(json.loads(daten))
    ] == []


@pytest.mark.parametrize("name", NAMEN)
def test_schema_ist_ein_gueltiges(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", NAMEN)
def test_jedes_feld_ist_beschrieben(name: str) -> None:
    def unbeschriebene(teil: Any, wo: str) -> list[str]:
        fehlt = [] if len(teil.get("description", "")) > 5 else [wo]
        for feld, inhalt in teil.get("properties", {}).items():
            fehlt += unbeschriebene(inhalt, f"{wo}.{feld}")
        if "items" in teil:
            fehlt += unbeschriebene(teil["items"], f"{wo}[]")
        for wert in teil.get("oneOf", []):
            fehlt += unbeschriebene(wert, f"{wo}={wert['const']}")
        return fehlt

    assert unbeschriebene(schema(name), name) == []


def test_daten_der_wirklichen_konferenz_entsprechen_dem_schema(echte_konferenz, settings) -> None:
    settings.HERAUSGEBER, settings.DATEN_LIZENZ = "Landesamt", "dl-by-de/2.0"
    bild = konferenzbild(echte_konferenz)

    pruefen(als_json(bild, SEITE), "konferenz-1")
    pruefen(zeilen_als_json(zeilen(bild, SEITE), SEITE, f"{SEITE}/suche/?q=a"), "aeusserungen-1")


@probe
@given(bilder)
def test_daten_einer_beliebigen_konferenz_entsprechen_dem_schema(bild) -> None:
    pruefen(als_json(bild, SEITE), "konferenz-1")
    pruefen(zeilen_als_json(zeilen(bild, SEITE), SEITE, SEITE), "aeusserungen-1")


def test_schema_kennt_genau_die_werte_der_modelle() -> None:
    gruppe = schema("konferenz-1")["properties"]["arbeitsgruppen"]["items"]["properties"]
    abschnitt = gruppe["abschnitte"]["items"]["properties"]
    folie = schema("konferenz-1")["properties"]["vortraege"]["items"]["properties"]["folien"]["items"]
    zeile = schema("aeusserungen-1")["properties"]["aeusserungen"]["items"]["properties"]

    def werte(teil: Any) -> list[str]:
        return [wert["const"] for wert in teil["oneOf"]]

    assert werte(abschnitt["kategorie"]) == werte(zeile["kategorie"]) == Abschnitt.Kategorie.values
    assert werte(abschnitt["herkunft"]) == werte(zeile["herkunft"]) == Abschnitt.Herkunft.values
    assert werte(folie["properties"]["art"]) == Folie.Art.values


def test_was_nicht_zum_schema_passt_faellt_auf() -> None:
    daten = json.loads(als_json(eine("a"), SEITE))
    del daten["arbeitsgruppen"][0]["abschnitte"][0]["kategorie"]

    assert not Draft202012Validator(schema("konferenz-1")).is_valid(daten)
