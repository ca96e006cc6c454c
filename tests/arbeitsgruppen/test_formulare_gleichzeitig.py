"""Several people who store forms of the administration at the same moment."""

import os
import random
from functools import partial

import pytest

from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe
from konferenz.models import Konferenz
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    KonferenzFactory,
    PersonFactory,
    VortragFactory,
)
from tests.konferenz.test_admin import adresse
from tests.netz import Gast, Webserver, gleichzeitig

LEUTE = 8
LANG = bool(os.environ.get("DAUER"))


@pytest.fixture
def abschnitt(transactional_db) -> Abschnitt:
    """Return a heading with eight statements."""
    abschnitt = AbschnittFactory()
    AeusserungFactory.create_batch(LEUTE, abschnitt=abschnitt)
    return abschnitt


def absenden(gaeste: list[Gast], seite: str, felder: list[dict[str, str]]) -> list:
    """Let everybody open the page, then send it at the same moment with some fields changed."""
    daten = [gast.formular(seite) | neu for gast, neu in zip(gaeste, felder, strict=True)]
    return gleichzeitig(partial(g.senden, seite, d) for g, d in zip(gaeste, daten, strict=True))


@pytest.mark.parametrize("feld", ["ueberschrift", "aeusserungen-0-text"])
def test_von_acht_aenderungen_desselben_gilt_eine_und_die_anderen_kommen_erklaert_zurueck(
    abschnitt, anlage, feld
) -> None:
    server = Webserver(anlage)
    texte = [f"Fassung {nummer} <b>" for nummer in range(LEUTE)]
    antworten = absenden(server.gaeste(LEUTE), adresse(abschnitt), [{feld: text} for text in texte])
    assert sorted(a.status_code for a in antworten) == [200] * (LEUTE - 1) + [302], server.protokoll()
    (gespeichert,) = (t for t, a in zip(texte, antworten, strict=True) if a.status_code == 302)
    for text, antwort in zip(texte, antworten, strict=True):
        if antwort.status_code == 200:
            eingabe = text.replace("<", "&lt;").replace(">", "&gt;")
            assert eingabe in antwort.text
            assert f"Hier steht jetzt: „{gespeichert[:9]}" in antwort.text
    texte_jetzt = server.anlage.sql(
        "SELECT ueberschrift FROM arbeitsgruppen_abschnitt "
        "UNION ALL SELECT text FROM arbeitsgruppen_aeusserung"
    )
    assert (gespeichert,) in texte_jetzt


def test_acht_bearbeitete_und_acht_neue_aeusserungen_bleiben_alle(abschnitt, anlage) -> None:
    server = Webserver(anlage)
    felder = [
        {
            f"aeusserungen-{nummer}-text": f"geändert {nummer}",
            f"aeusserungen-{LEUTE}-text": f"neu {nummer}",
            f"aeusserungen-{LEUTE}-position": "1",
        }
        for nummer in range(LEUTE)
    ]
    antworten = absenden(server.gaeste(LEUTE), adresse(abschnitt), felder)
    assert [a.status_code for a in antworten] == [302] * LEUTE, server.protokoll()
    zeilen = server.anlage.sql("SELECT text, position FROM arbeitsgruppen_aeusserung")
    assert {text for text, _ in zeilen} == {f"{was} {n}" for was in ("geändert", "neu") for n in range(LEUTE)}
    assert sorted(position for _, position in zeilen) == list(range(1, 2 * LEUTE + 1))


def test_dieselbe_nummer_adresse_oder_person_wird_einmal_vergeben(abschnitt, anlage) -> None:
    vortrag, person = VortragFactory(), PersonFactory()
    konferenz = abschnitt.arbeitsgruppe.konferenz
    faelle = [
        (
            adresse(Arbeitsgruppe, "add"),
            {"konferenz": str(konferenz.pk), "nummer": "9", "titel": "Wohnen"},
            "Diese Konferenz hat schon eine Arbeitsgruppe mit dieser Nummer.",
        ),
        (
            adresse(Konferenz, "add"),
            {"titel": "Fachtag", "datum": "1.5.2022", "slug": "fachtag"},
            "Eine Konferenz mit dieser Adresse gibt es schon.",
        ),
        (
            adresse(vortrag),
            {"Vortrag_vortragende-0-person": str(person.pk)},
            "Diese Person steht schon bei den Vortragenden.",
        ),
    ]
    server = Webserver(anlage)
    for seite, felder, meldung in faelle:
        antworten = absenden(server.gaeste(LEUTE), seite, [felder] * LEUTE)
        status = sorted(a.status_code for a in antworten)
        assert status == [200] * (LEUTE - 1) + [302], (seite, server.protokoll())
        assert all(meldung in a.text for a in antworten if a.status_code == 200)


@pytest.mark.dauer
def test_durcheinander_von_formularen_verliert_nichts_und_verklemmt_sich_nicht(
    transactional_db, anlage
) -> None:
    konferenz = KonferenzFactory()
    gruppen = ArbeitsgruppeFactory.create_batch(3, konferenz=konferenz)
    abschnitte = [a for g in gruppen for a in AbschnittFactory.create_batch(2, arbeitsgruppe=g)]
    aeusserungen = [x for a in abschnitte for x in AeusserungFactory.create_batch(3, abschnitt=a)]
    server = Webserver(anlage)

    def schreiben(nummer: int) -> list[int]:
        wuerfel = random.Random(nummer)  # noqa: S311
        gast, status = server.gast(), []
        for runde in range(100 if LANG else 6):
            marke = f"{nummer}-{runde}"
            seite, felder = wuerfel.choice(
                [
                    (konferenz, {"arbeitsgruppen-0-nummer": "2", "arbeitsgruppen-1-nummer": "1"}),
                    (konferenz, {f"arbeitsgruppen-{wuerfel.randrange(3)}-titel": marke}),
                    (wuerfel.choice(gruppen), {"abschnitte-0-position": "2", "titel": marke}),
                    (wuerfel.choice(abschnitte), {"arbeitsgruppe": str(wuerfel.choice(gruppen).pk)}),
                    (wuerfel.choice(abschnitte), {"aeusserungen-0-position": "2"}),
                    (wuerfel.choice(aeusserungen), {"abschnitt": str(wuerfel.choice(abschnitte).pk)}),
                    (wuerfel.choice(aeusserungen), {"text": marke}),
                ]
            )
            daten = gast.formular(adresse(seite))
            bekannt = {name: wert for name, wert in felder.items() if name in daten}
            status.append(gast.senden(adresse(seite), daten | bekannt).status_code)
        return status

    status = [s for liste in gleichzeitig(partial(schreiben, n) for n in range(LEUTE)) for s in liste]
    assert set(status) <= {200, 302}, server.protokoll()
    sql = server.anlage.sql
    assert sql("SELECT COUNT(*) FROM arbeitsgruppen_aeusserung") == [(len(aeusserungen),)]
    assert sql("SELECT COUNT(*) FROM arbeitsgruppen_abschnitt") == [(len(abschnitte),)]
    nummern = sql("SELECT nummer FROM arbeitsgruppen_arbeitsgruppe ORDER BY nummer")
    assert nummern == [(1,), (2,), (3,)]
