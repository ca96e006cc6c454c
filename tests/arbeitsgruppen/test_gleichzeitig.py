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
