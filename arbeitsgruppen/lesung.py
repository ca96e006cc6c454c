"""Uploaded files that take longer to read than a browser should wait: read in the background, with time."""

import json
from dataclasses import replace
from typing import IO

from django.contrib.auth.models import User

from arbeitsgruppen import dateien, quelldateien
from arbeitsgruppen.bestellung import Melder
from arbeitsgruppen.dateileser.bloecke import Dateifehler
from arbeitsgruppen.models import Arbeitsgruppe, Erzeugnis

# Slides of a group are read in a second; meanwhile a web process can do nothing else.
SOFORT = replace(dateien.GRENZEN, zeit=4.0, rechenzeit=4)
HINTERGRUND = replace(dateien.GRENZEN, zeit=90.0, rechenzeit=60)
VERLOREN = "Die hochgeladene Datei ist verloren gegangen. Laden Sie sie noch einmal hoch."


def lesen(erzeugnis: Erzeugnis, ziel: IO[bytes], melden: Melder) -> None:
    """Read the file, keep it with its group, and write what it holds. Raises Dateifehler."""
    melden(0, 0, "Die Datei wird gelesen.")
    angaben = erzeugnis.angaben
    try:
        with erzeugnis.eingang.open() as datei:
            inhalt = datei.read()
    except FileNotFoundError as fehler:
        raise Dateifehler(
            "Die hochgeladene Datei ist verloren gegangen. Laden Sie sie noch einmal hoch."
        ) from fehler
    antwort = dateien.als_json(inhalt, HINTERGRUND)
    gruppe = Arbeitsgruppe.objects.filter(pk=angaben["gruppe"]).first()
    konto = User.objects.filter(pk=angaben["konto"]).first()
    if gruppe is None or konto is None:
        raise Dateifehler("Die Arbeitsgruppe oder das Konto gibt es nicht mehr.")
    quelldateien.ablegen(gruppe, konto, angaben["name"], inhalt)
    ziel.write(json.dumps(antwort).encode())


def gelesene(erzeugnis: Erzeugnis) -> dateien.Datei:
    """Return what was read. Raises FileNotFoundError where it was lost from the store."""
    with erzeugnis.datei.open() as datei:
        return dateien.als_datei(json.load(datei))
