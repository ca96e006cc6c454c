"""Import into the database: atomic, repeatable, with edits kept."""

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arbeitsgruppen.bild import Konferenzbild, konferenzbild
from arbeitsgruppen.importieren import importieren
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from arbeitsgruppen.quelle import Quellenfehler
from arbeitsgruppen.zuordnung import zuordnen
from konferenz.models import Importstand, Konferenz, Notiz, Person, Programmpunkt, Textseite, Vortrag
from tests import vorlage
from tests.vorlage import dokumentation

pytestmark = pytest.mark.django_db

SEITE = (
    "AG 1: Wohnen\n\nWas läuft bei Ihnen gut?\n\n"
    "• Beratung vor Ort läuft\n• Vermieter machen mit\n• Patenschaften"
)
KLEIN = dokumentation(
    "Tagesprogramm\n10:00 Uhr Gruppen\nAG 1: Wohnen\n12:00 Uhr Ende",
    "AG 1: Wohnen\n\nFragestellung\n\nWie wohnen Geflüchtete?\n\nModeration\n\nDr. Jo Groß, Ulm",
    SEITE,
    "AG 1: Wohnen\n\nOffene Fragen\n\n• Wer zahlt die Kaution?\n- und wann\n• Wie lange dauert es?",
)
SLUG = "wohnen-2024"


@pytest.fixture
def importiere(tmp_path: Path) -> Callable[..., Any]:
    def importiere_(text: str = KLEIN, slug: str | None = None, *, ueberschreiben: bool = False) -> Any:
        datei = tmp_path / "quelle.txt"
        datei.write_text(text, encoding="utf-8")
        return importieren(datei, slug, ueberschreiben=ueberschreiben)

    return importiere_


def kennungen() -> dict[str, str]:
    return dict(Aeusserung.objects.values_list("text", "kennung"))


def texte(ueberschrift: str = "Was läuft bei Ihnen gut?") -> list[str]:
    eintraege = Aeusserung.objects.eintraege().filter(abschnitt__ueberschrift=ueberschrift)
    return list(eintraege.order_by("position").values_list("text", flat=True))


def ohne_kennungen(bild: Konferenzbild) -> dict[str, Any]:
    """Return a picture as plain values without its Kennungen and its state."""

    def ohne(wert: Any) -> Any:
        if isinstance(wert, dict):
            return {k: ohne(v) for k, v in wert.items() if k not in ("kennung", "entwurf")}
        return [ohne(v) for v in wert] if isinstance(wert, list | tuple) else wert

    return ohne(asdict(bild))


def datenbank() -> dict[str, list[dict[str, Any]]]:
    """Return every row that an import may touch, histories included."""
    modelle: list[Any] = [Konferenz, Person, Programmpunkt, Vortrag, Textseite, Notiz, Importstand]
    modelle += [Arbeitsgruppe, Abschnitt, Aeusserung, Aeusserung.history.model, Konferenz.history.model]
    return {m.__name__: list(m.objects.order_by("pk").values()) for m in modelle}


def test_bild_aus_der_datenbank_ist_das_bild_der_quelle() -> None:
    importieren(vorlage.TEXT)
    konferenz = Konferenz.objects.get(slug=vorlage.SLUG)
    assert konferenz.status == Konferenz.Status.ENTWURF
    # What is printed is finished: to release the conference is enough.
    assert {gruppe.status for gruppe in konferenz.arbeitsgruppen.all()} == {Arbeitsgruppe.Status.FREIGEGEBEN}
    assert ohne_kennungen(konferenzbild(konferenz)) == ohne_kennungen(vorlage.echte().bild)
    assert len({a.kennung for a in Aeusserung.objects.all()}) == 464


def test_fixture_ist_dieselbe_konferenz_wie_der_import() -> None:
    call_command("loaddata", vorlage.SLUG, verbosity=0)
    bild = konferenzbild(Konferenz.objects.get(slug=vorlage.SLUG))
    assert ohne_kennungen(bild) == ohne_kennungen(vorlage.echte().bild)
    assert not Arbeitsgruppe.objects.exclude(status=Arbeitsgruppe.Status.FREIGEGEBEN).exists()


def test_import_nach_der_fixture_aendert_nichts_an_ihr() -> None:
    call_command("loaddata", vorlage.SLUG, verbosity=0)
    vorher = kennungen()
    bericht = importieren(vorlage.TEXT)
    assert not bericht.geaendert
    assert bericht.ergebnis.bearbeitet == []
    assert kennungen() == vorher


def test_zweiter_import_derselben_datei_aendert_nichts(importiere) -> None:
    importiere()
    vorher = datenbank()
    bericht = importiere()
    assert not bericht.geaendert
    assert datenbank() == vorher


def test_berichtigte_datei_aendert_nur_das_berichtigte(importiere) -> None:
    importiere()
    vorher = kennungen()
    bericht = importiere(KLEIN.replace("Vermieter machen mit", "Vermieter machen jetzt mit"))
    assert kennungen() == {
        **{text: k for text, k in vorher.items() if text != "Vermieter machen mit"},
        "Vermieter machen jetzt mit": vorher["Vermieter machen mit"],
    }
    assert bericht.ergebnis.gezaehlt == {"geaendert": 1}


def test_eingefuegte_und_gestrichene_aeusserungen_lassen_die_anderen_bleiben(importiere) -> None:
    importiere()
    vorher = kennungen()
    importiere(
        KLEIN.replace("• Vermieter machen mit\n", "").replace(
            "• Beratung vor Ort läuft", "• Neu hier\n• Beratung vor Ort läuft"
        )
    )
    assert texte() == ["Neu hier", "Beratung vor Ort läuft", "Patenschaften"]
    assert {t: k for t, k in kennungen().items() if t != "Neu hier"} == {
        t: k for t, k in vorher.items() if t != "Vermieter machen mit"
    }


def test_umgestellte_aeusserungen_behalten_ihre_kennung(importiere) -> None:
    importiere()
    vorher = kennungen()
    importiere(
        KLEIN.replace("• Beratung vor Ort läuft\n", "").replace(
            "• Patenschaften", "• Patenschaften\n• Beratung vor Ort läuft"
        )
    )
    assert texte() == ["Vermieter machen mit", "Patenschaften", "Beratung vor Ort läuft"]
    assert kennungen() == vorher


def test_aeusserung_unter_anderer_ueberschrift_behaelt_kennung_und_unterpunkte(importiere) -> None:
    importiere()
    vorher = kennungen()
    importiere(
        KLEIN.replace("• Wer zahlt die Kaution?\n- und wann\n", "").replace(
            "• Patenschaften", "• Patenschaften\n• Wer zahlt die Kaution?\n- und wann"
        )
    )
    assert texte()[-1] == "Wer zahlt die Kaution?"
    assert kennungen() == vorher
    unterpunkt = Aeusserung.objects.get(text="und wann")
    assert unterpunkt.uebergeordnet
    assert unterpunkt.abschnitt == unterpunkt.uebergeordnet.abschnitt


def test_umbenannte_ueberschrift_behaelt_ihre_aeusserungen(importiere) -> None:
    importiere()
    vorher = kennungen()
    importiere(KLEIN.replace("Offene Fragen", "Ganz etwas anderes"))
    assert kennungen() == vorher
    assert list(Abschnitt.objects.values_list("ueberschrift", flat=True)) == [
        "Was läuft bei Ihnen gut?",
        "Ganz etwas anderes",
    ]


def test_einordnung_einer_unbekannten_ueberschrift_von_hand_bleibt(importiere) -> None:
    importiere()
    Abschnitt.objects.filter(ueberschrift="Offene Fragen").update(kategorie="hakt")
    bericht = importiere(KLEIN.replace("Patenschaften", "viele Patenschaften"), ueberschreiben=True)
    assert Abschnitt.objects.get(ueberschrift="Offene Fragen").kategorie == "hakt"
    assert bericht.ergebnis.bearbeitet == []


def test_bearbeiteter_text_bleibt_und_wird_genannt(importiere) -> None:
    importiere()
    aeusserung = Aeusserung.objects.get(text="Patenschaften")
    aeusserung.text = "Patenschaften mit Studierenden"
    aeusserung.save()
    bericht = importiere()
    aeusserung.refresh_from_db()
    assert aeusserung.text == "Patenschaften mit Studierenden"
    (eintrag,) = bericht.ergebnis.bearbeitet
    assert "Patenschaften mit Studierenden" in eintrag
    assert "AG 1" in eintrag
    assert not bericht.geaendert


def test_bearbeiteter_text_wird_nur_auf_wunsch_ueberschrieben(importiere) -> None:
    importiere()
    vorher = kennungen()
    Aeusserung.objects.filter(text="Patenschaften").update(text="ganz anderes")
    importiere(ueberschreiben=True)
    assert kennungen() == vorher


def test_bearbeitetes_bleibt_auch_nach_mehreren_importen_erkannt(importiere) -> None:
    importiere()
    Arbeitsgruppe.objects.update(titel="Wohnen und Leben")
    importiere()
    bericht = importiere(KLEIN.replace("Patenschaften", "viele Patenschaften"))
    assert Arbeitsgruppe.objects.get().titel == "Wohnen und Leben"
    assert len(bericht.ergebnis.bearbeitet) == 1
    assert "viele Patenschaften" in texte()


def test_von_hand_geloeschtes_kommt_nur_auf_wunsch_zurueck(importiere) -> None:
    importiere()
    Aeusserung.objects.get(text="Patenschaften").delete()
    bericht = importiere()
    assert "Patenschaften" not in texte()
    assert any("Patenschaften" in eintrag for eintrag in bericht.ergebnis.bearbeitet)
    importiere()
    assert "Patenschaften" not in texte()
    importiere(ueberschreiben=True)
    assert texte() == ["Beratung vor Ort läuft", "Vermieter machen mit", "Patenschaften"]


def test_von_hand_hinzugefuegtes_bleibt_an_seinem_platz(importiere) -> None:
    importiere()
    abschnitt = Abschnitt.objects.get(ueberschrift="Was läuft bei Ihnen gut?")
    Aeusserung.objects.filter(text="Patenschaften").update(position=4)
    Aeusserung.objects.create(abschnitt=abschnitt, position=3, text="von Hand")
    importiere(KLEIN.replace("• Beratung vor Ort", "• Neu\n• Beratung vor Ort"), ueberschreiben=True)
    assert texte() == ["Neu", "Beratung vor Ort läuft", "Vermieter machen mit", "von Hand", "Patenschaften"]


def test_von_hand_umgestelltes_bleibt_umgestellt(importiere) -> None:
    importiere()
    for position, text in enumerate(("Patenschaften", "Beratung vor Ort läuft", "Vermieter machen mit"), 11):
        Aeusserung.objects.filter(text=text).update(position=position)
    bericht = importiere()
    assert texte() == ["Patenschaften", "Beratung vor Ort läuft", "Vermieter machen mit"]
    assert any("Reihenfolge" in eintrag for eintrag in bericht.ergebnis.bearbeitet)
    importiere(ueberschreiben=True)
    assert texte() == ["Beratung vor Ort läuft", "Vermieter machen mit", "Patenschaften"]


def test_gestrichenes_aber_bearbeitetes_bleibt(importiere) -> None:
    importiere()
    Aeusserung.objects.filter(text="Patenschaften").update(text="Patenschaften mit Schulen")
    bericht = importiere(KLEIN.replace("\n• Patenschaften", ""))
    assert "Patenschaften mit Schulen" in texte()
    assert any("nicht mehr in der Datei" in eintrag for eintrag in bericht.ergebnis.bearbeitet)


def test_gestrichene_gruppe_mit_handarbeit_bleibt(importiere) -> None:
    zwei = KLEIN + "\fAG 2: Arbeit\n\nWas läuft bei Ihnen gut?\n\n• Praktika"
    importiere(zwei)
    praktika = Aeusserung.objects.get(text="Praktika")
    Aeusserung.objects.create(abschnitt=praktika.abschnitt, position=2, text="von Hand")
    importiere(KLEIN)
    assert Arbeitsgruppe.objects.count() == 2
    assert Aeusserung.objects.filter(text="von Hand").exists()
    Aeusserung.objects.get(text="von Hand").delete()


def test_gestrichene_gruppe_ohne_handarbeit_geht(importiere) -> None:
    importiere(KLEIN + "\fAG 2: Arbeit\n\nWas läuft bei Ihnen gut?\n\n• Praktika")
    importiere(KLEIN)
    assert list(Arbeitsgruppe.objects.values_list("nummer", flat=True)) == [1]


def test_notizen_kommen_und_gehen_mit_der_datei(importiere) -> None:
    mit_rest = KLEIN.replace("• Wer zahlt", "Stand: mittags\n\n• Wer zahlt")
    importiere(mit_rest)
    assert [(n.seite, n.zeile, n.text) for n in Notiz.objects.all()] == [(5, 5, "Stand: mittags")]
    importiere(mit_rest)
    assert Notiz.objects.count() == 1
    importiere(KLEIN)
    assert not Notiz.objects.exists()


def test_erledigte_notiz_bleibt(importiere) -> None:
    importiere(KLEIN.replace("• Wer zahlt", "Stand: mittags\n\n• Wer zahlt"))
    Notiz.objects.update(erledigt=True)
    importiere(KLEIN)
    assert Notiz.objects.count() == 1


def test_textseiten_tauschen_ihre_seiten(importiere) -> None:
    a, b = "Dank\n\nWir danken allen.", "Ausblick\n\nWir machen weiter."
    importiere(dokumentation(a, b))
    importiere(dokumentation(b, a))
    assert list(Textseite.objects.values_list("seite", "ueberschrift")) == [(2, "Ausblick"), (3, "Dank")]


def test_textseite_weicht_einer_von_hand_angelegten_aus(importiere) -> None:
    importiere()
    Textseite.objects.create(konferenz=Konferenz.objects.get(), seite=6, ueberschrift="von Hand")
    importiere(KLEIN + "\fDank\n\nWir danken allen.")
    assert list(Textseite.objects.values_list("seite", "ueberschrift")) == [(6, "von Hand"), (7, "Dank")]


def test_import_mit_adresse_legt_diese_konferenz_an(importiere) -> None:
    importiere(slug="fachtag-wohnen")
    assert Konferenz.objects.get().slug == "fachtag-wohnen"


def test_andere_konferenz_mit_demselben_titel_wird_nicht_ueberschrieben(importiere) -> None:
    importiere()
    with pytest.raises(Quellenfehler, match="--konferenz"):
        importiere(KLEIN.replace("3. Mai 2024", "4. Juni 2024"))
    assert Konferenz.objects.get().datum.month == 5


def test_gleichnamige_person_wird_wiederverwendet(importiere) -> None:
    importiere()
    importiere(slug="noch-einmal")
    assert [str(p) for p in Person.objects.all()] == ["Dr. Jo Groß"]


@pytest.mark.parametrize(
    ("text", "meldung"),
    [
        (KLEIN.replace("Offene Fragen", "sehr " * 101 + "lange Frage"), "passt nicht"),
        (KLEIN.replace("Fachtag\n", "F" * 101 + "\n"), "passt nicht|lässt sich nicht"),
        ("Fachtag\n„Suche“ ohne Datum", "Datum"),
    ],
)
def test_unpassendes_laesst_die_datenbank_wie_sie_war(importiere, text: str, meldung: str) -> None:
    importiere()
    vorher = datenbank()
    with pytest.raises(Quellenfehler, match=meldung):
        importiere(text)
    assert datenbank() == vorher


def test_vergebene_adresse_wird_abgelehnt(importiere) -> None:
    with pytest.raises(Quellenfehler, match="--konferenz"):
        importiere(slug="admin")
    assert not Konferenz.objects.exists()


def test_befehl_druckt_tabelle_unbekanntes_und_zeilen_ohne_platz(tmp_path: Path) -> None:
    datei = tmp_path / "q.txt"
    datei.write_text(KLEIN.replace("• Wer zahlt", "Stand: mittags\n\n• Wer zahlt"), encoding="utf-8")
    ausgabe = StringIO()
    call_command("dokumentation_importieren", str(datei), stdout=ausgabe)
    text = ausgabe.getvalue()
    assert re.search(r"1\s+Was läuft bei Ihnen gut\?\s+läuft gut\s+3", text)
    assert "AG 1: „Offene Fragen“" in text
    assert "Seite 5, Zeile 5: Stand: mittags" in text
    assert text.rstrip().endswith(f"Konferenz „{SLUG}“ als Entwurf angelegt.")


def test_befehl_scheitert_mit_einer_zeile(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as fehler:
        call_command("dokumentation_importieren", str(tmp_path / "fehlt.txt"))
    assert "\n" not in str(fehler.value)


@pytest.mark.parametrize(
    ("alt", "neu", "erwartet"),
    [
        ("abc", "abc", [0, 1, 2]),
        ("abc", "cab", [2, 0, 1]),
        ("", "a", [None]),
        ("a", "", []),
    ],
)
def test_zuordnen_findet_gleiche_auch_umgestellt(alt: str, neu: str, erwartet: list[int | None]) -> None:
    assert zuordnen(list(alt), list(neu)) == erwartet


def test_zuordnen_findet_berichtigte_und_keine_fremden() -> None:
    alt = ["Kurse fehlen", "Ehrenamt weggefallen"]
    neu = ["Sprachkurse fehlen", "völlig neuer Gedanke", "Ehrenamt ist weggefallen"]
    assert zuordnen(alt, neu) == [0, None, 1]


def test_bild_ist_unveraenderlich() -> None:
    bild = vorlage.echte().bild
    with pytest.raises(AttributeError):
        bild.titel = "anders"  # type: ignore[misc]
    assert replace(bild, titel="anders") != bild


def test_dieselbe_dokumentation_hat_ueberall_dieselben_kennungen() -> None:
    def importiert() -> list[str]:
        importieren(vorlage.TEXT)
        kennungen = list(Aeusserung.objects.order_by("pk").values_list("kennung", flat=True))
        Konferenz.objects.all().delete()
        for modell in (Aeusserung, Konferenz):
            modell.history.all().delete()  # as in another, empty database
        return kennungen

    assert importiert() == importiert()
