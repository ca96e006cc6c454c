"""Several people at once, in processes of their own with real transactions, on the database of the run."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from arbeitsgruppen.models import Arbeitsgruppe
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory, BenutzerFactory

if TYPE_CHECKING:
    from tests.conftest import Anlage

SCHREIBENDE = 8
SPEICHERUNGEN = 100 if os.environ.get("DAUER") else 6

# What one of them does: open the page, add a line, correct an own one or move it, correct the one line that
# everybody corrects, save, decide what is asked. The test client raises what would be a server error.
SCHREIBEN = """
    import random
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment
    from tests.formular import formulardaten

    ich, speicherungen, adresse = {ich}, {speicherungen}, "{adresse}"
    setup_test_environment()
    wuerfel = random.Random(ich)
    client = Client(headers={{"host": "localhost"}})
    client.force_login(User.objects.get(username=f"person{{ich}}"))
    entscheidungen = 0
    for n in range(speicherungen):
        daten = formulardaten(client.get(adresse), "erfassung")
        felder = [name for name in daten if name.endswith("-text")]
        zeilen = {{name: daten[name].split("\\r\\n") for name in felder}}
        for name, feld in zeilen.items():
            eigene = [i for i, zeile in enumerate(feld) if zeile.startswith(f"Person {{ich}} ")]
            if eigene and wuerfel.random() < 0.5:
                feld[eigene[0]] += "!"
            if eigene and wuerfel.random() < 0.3:
                wuerfel.choice(list(zeilen.values())).append(feld.pop(eigene[-1]))
            for i, zeile in enumerate(feld):
                if zeile.startswith("Alle zusammen") and wuerfel.random() < 0.3:
                    feld[i] = f"Alle zusammen {{ich}}-{{n}}"
        zeilen[wuerfel.choice(felder)].append(f"Person {{ich}} Satz {{n}}.")
        for name, feld in zeilen.items():
            daten[name] = "\\r\\n".join(feld)
        antwort = client.post(adresse, {{**daten, "aktion": "speichern"}})
        while antwort.status_code == 409:
            entscheidungen += 1
            daten = dict(formulardaten(antwort))
            daten |= {{name: "meine" for name in daten if name.startswith("konflikt-")}}
            fragen = antwort.context["fragen"]
            daten |= {{f"antwort-{{f['frage'].neue}}": f["frage"].moegliche[0].kennung for f in fragen}}
            antwort = client.post(adresse, {{**daten, "aktion": "speichern"}})
        assert antwort.status_code == 302, antwort.content.decode()
    print("Entscheidungen:", entscheidungen)
"""


@pytest.mark.dauer
def test_acht_schreiben_zugleich_und_keine_aeusserung_geht_verloren(
    transactional_db, anlage: "Callable[[], Anlage]"
) -> None:
    gruppe = ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    erster = AbschnittFactory(arbeitsgruppe=gruppe)
    AbschnittFactory(arbeitsgruppe=gruppe)
    AeusserungFactory(abschnitt=erster, text="Alle zusammen am Anfang")
    for ich in range(SCHREIBENDE):
        BenutzerFactory(username=f"person{ich}", leitung=True)
    ort = anlage()
    prozesse = [
        ort.python_starten(
            SCHREIBEN.format(ich=ich, speicherungen=SPEICHERUNGEN, adresse=f"/admin/erfassung/{gruppe.pk}/")
        )
        for ich in range(SCHREIBENDE)
    ]
    for prozess in prozesse:
        assert prozess.wait(1200 if SPEICHERUNGEN > 50 else 240) == 0, ort.protokoll(prozess)
    zeilen = ort.sql("SELECT text, kennung, abschnitt_id, position FROM arbeitsgruppen_aeusserung")
    saetze = sorted(text.rstrip("!") for text, *_ in zeilen if text.startswith("Person"))
    erwartet = [f"Person {ich} Satz {n}." for ich in range(SCHREIBENDE) for n in range(SPEICHERUNGEN)]
    assert saetze == sorted(erwartet)
    assert sum(text.startswith("Alle zusammen") for text, *_ in zeilen) == 1
    je_abschnitt: dict[int, list[int]] = {}
    for _, _, abschnitt, position in zeilen:
        je_abschnitt.setdefault(abschnitt, []).append(position)
    for positionen in je_abschnitt.values():
        assert sorted(positionen) == list(range(1, len(positionen) + 1))


# Everybody takes over what is the same for all and what only they have, through the preview.
UEBERNEHMEN = """
    from types import SimpleNamespace
    from django.contrib.auth.models import User
    from django.test import Client
    from tests.formular import formulardaten

    ich, runden, adresse = {ich}, {runden}, "{adresse}"
    client = Client(headers={{"host": "localhost"}})
    client.force_login(User.objects.get(username=f"person{{ich}}"))
    for n in range(runden):
        punkte = [f"- {{was}} {{n}}" for was in ("Gemeinsames zum Wohnen", "Gemeinsames zur Sprache")]
        punkte += [f"- Person {{ich}} sagt in Runde {{n}} das {{k}}." for k in "ABC"]
        text = "\\n".join(["Was läuft gut?", *punkte])
        antwort = client.post(adresse, {{"aktion": "lesen", "text": text}})
        seite = antwort.content
        daten = formulardaten(SimpleNamespace(content=seite[seite.rindex(b"<form"):]))
        # What resembles something of the others is taken as new, as the preview proposes.
        antwort = client.post(adresse, {{**daten, "aktion": "speichern"}})
        assert antwort.status_code == 302, antwort.content.decode()
"""


@pytest.mark.dauer
def test_mehrere_uebernehmen_zugleich_und_nichts_fehlt_oder_ist_doppelt(
    transactional_db, anlage: "Callable[[], Anlage]"
) -> None:
    personen, runden = (8, 10) if SPEICHERUNGEN > 50 else (4, 3)
    gruppe = ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    for ich in range(personen):
        BenutzerFactory(username=f"person{ich}", leitung=True)
    ort = anlage()
    adresse = f"/admin/erfassung/{gruppe.pk}/uebernahme/"
    prozesse = [
        ort.python_starten(UEBERNEHMEN.format(ich=ich, runden=runden, adresse=adresse))
        for ich in range(personen)
    ]
    for prozess in prozesse:
        assert prozess.wait(240) == 0, ort.protokoll(prozess)
    texte = sorted(text for (text,) in ort.sql("SELECT text FROM arbeitsgruppen_aeusserung"))
    erwartet = [f"Gemeinsames {was} {n}" for was in ("zum Wohnen", "zur Sprache") for n in range(runden)]
    for ich in range(personen):
        erwartet += [f"Person {ich} sagt in Runde {n} das {k}." for n in range(runden) for k in "ABC"]
    assert texte == sorted(erwartet)
    assert ort.sql("SELECT ueberschrift FROM arbeitsgruppen_abschnitt") == [("Was läuft gut?",)]
    positionen = [position for (position,) in ort.sql("SELECT position FROM arbeitsgruppen_aeusserung")]
    assert sorted(positionen) == list(range(1, len(texte) + 1))
