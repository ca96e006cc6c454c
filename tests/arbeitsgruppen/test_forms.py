"""The form for the Heft, the errors it names, and the template pack that draws it and other forms."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Hidden, Layout, Reset, Submit
from crispy_forms.utils import render_crispy_form
from django import forms
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from arbeitsgruppen.auswahl import Auswahl, GruppeFehlt
from arbeitsgruppen.bild import Abschnittsbild, Gruppenbild, Konferenzbild, Vortragsbild
from arbeitsgruppen.forms import HeftForm
from arbeitsgruppen.models import Abschnitt

# The same examples in every run; the first one compiles templates, which takes long.
probe = settings(derandomize=True, deadline=None, database=None)

BILD = Konferenzbild(
    titel="Fachtag",
    datum=date(2021, 4, 21),
    slug="fachtag",
    vortraege=(Vortragsbild("Zum Stand", "zum-stand"),),
    gruppen=tuple(
        Gruppenbild(nummer, titel, abschnitte=(Abschnittsbild("Ergebnisse", kategorie, "teilnehmende"),))
        for nummer, titel, kategorie in [
            (1, "Wohnen", "gut"),
            (3, "Sprache & <Bildung>", "hakt"),
            (5, "Arbeit", "hakt"),
        ]
    ),
)
LEER = Konferenzbild(titel="Leer", datum=date(2021, 4, 21), slug="leer")


def formular(anfrage: str, bild: Konferenzbild = BILD, nummer: int | None = None) -> HeftForm:
    return HeftForm(bild, QueryDict(anfrage), nummer=nummer)


def auswahl(anfrage: str, bild: Konferenzbild = BILD, nummer: int | None = None) -> Auswahl:
    form = formular(anfrage, bild, nummer)
    assert form.is_valid(), form.errors
    return form.auswahl()


def fehler(anfrage: str, bild: Konferenzbild = BILD, nummer: int | None = None) -> dict[str, list[str]]:
    return {
        name: [str(text) for text in texte] for name, texte in formular(anfrage, bild, nummer).errors.items()
    }


class Leser(HTMLParser):
    """Notes every element with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elemente: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elemente.append((tag, dict(attrs)))

    def alle(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elemente if name == tag]


# --- What is chosen


@pytest.mark.parametrize(
    ("anfrage", "erwartet"),
    [
        ("", Auswahl()),
        ("form=folien", Auswahl()),
        ("form=&ag=&ag=%20&kategorie=&vortraege=", Auswahl()),
        ("form=bericht&form=&form=bericht", Auswahl("bericht")),
        ("form=%20bericht%20", Auswahl("bericht")),
        ("ag=3&ag=1&ag=3&ag=003", Auswahl(gruppen=(1, 3))),
        ("kategorie=hakt&kategorie=gut&kategorie=hakt", Auswahl(kategorien=("gut", "hakt"))),
        ("vortraege=nein", Auswahl(vortraege=False)),
        ("vortraege=ja", Auswahl()),
        ("unbekannt=1&csrf=x&seite=%00", Auswahl()),
        (
            "form=bericht&ag=1&ag=3&kategorie=hakt&vortraege=nein",
            Auswahl("bericht", (1, 3), ("hakt",), vortraege=False),
        ),
    ],
)
def test_adresse_wird_zur_auswahl(anfrage: str, erwartet: Auswahl) -> None:
    assert auswahl(anfrage) == erwartet


def test_alle_gruppen_und_alle_kategorien_sind_dasselbe_wie_keine() -> None:
    kategorien = "&".join(f"kategorie={k}" for k in Abschnitt.Kategorie.values)
    assert auswahl(f"ag=5&ag=1&ag=3&{kategorien}") == Auswahl()


def test_kanonische_adresse_fuehrt_zur_selben_auswahl() -> None:
    gewaehlt = Auswahl("bericht", (3, 5), ("gut",), vortraege=False)
    assert auswahl(gewaehlt.anfrage) == gewaehlt


def test_heft_einer_gruppe_bleibt_bei_ihr() -> None:
    assert auswahl("form=bericht&kategorie=gut&ag=1&vortraege=nein", nummer=3) == Auswahl(
        "bericht", (3,), ("gut",)
    )


def test_einzige_gruppe_hat_ein_eigenes_heft() -> None:
    bild = Konferenzbild(titel="x", datum=BILD.datum, slug="x", gruppen=BILD.gruppen[:1])
    assert auswahl("", bild, nummer=1) == Auswahl(gruppen=(1,))
    assert auswahl("ag=1", bild) == Auswahl()


def test_fehlende_gruppe_hat_kein_formular() -> None:
    with pytest.raises(GruppeFehlt, match=r"Eine AG 2 .* Vorhanden: 1, 3, 5\."):
        HeftForm(BILD, nummer=2)


# --- What is wrong


@pytest.mark.parametrize(
    ("anfrage", "feld", "texte"),
    [
        ("form=pdf", "form", ["„pdf“ ist keine Form des Hefts. Möglich: folien, bericht."]),
        ("form=pdf&form=bericht", "form", ["„pdf“ ist keine Form des Hefts. Möglich: folien, bericht."]),
        (
            "form=folien&form=bericht",
            "form",
            ["Ein Heft hat nur eine Form. Bitte entweder Folien oder Bericht wählen."],
        ),
        ("ag=99", "ag", ["Eine AG 99 gibt es in dieser Konferenz nicht. Vorhanden: 1, 3, 5."]),
        ("ag=1&ag=0", "ag", ["Eine AG 0 gibt es in dieser Konferenz nicht. Vorhanden: 1, 3, 5."]),
        ("ag=eins", "ag", ["„eins“ ist keine Nummer einer AG. Vorhanden: 1, 3, 5."]),
        ("ag=%D9%A3", "ag", ["„٣“ ist keine Nummer einer AG. Vorhanden: 1, 3, 5."]),
        ("ag=-1", "ag", ["„-1“ ist keine Nummer einer AG. Vorhanden: 1, 3, 5."]),
        ("ag=3%00", "ag", ["„3\N{REPLACEMENT CHARACTER}“ ist keine Nummer einer AG. Vorhanden: 1, 3, 5."]),
        ("ag=" + "9" * 5000, "ag", [f"„{'9' * 30}…“ ist keine Nummer einer AG. Vorhanden: 1, 3, 5."]),
        (
            "kategorie=quatsch",
            "kategorie",
            ["Eine Kategorie „quatsch“ gibt es nicht. Möglich: gut, hakt, loesung, weiteres."],
        ),
        (
            "kategorie=weiteres&kategorie=loesung",
            "kategorie",
            [
                "Zu „Lösungsansätze“, „Weiteres“ ist in dieser Konferenz nichts erfasst. "
                "Erfasst: „läuft gut“, „hakt“."
            ],
        ),
        ("vortraege=0", "vortraege", ["„0“ ist keine Angabe zu den Vorträgen. Möglich: ja, nein."]),
        (
            "vortraege=ja&vortraege=nein",
            "vortraege",
            ["Vorträge entweder mit „ja“ aufnehmen oder mit „nein“ weglassen."],
        ),
    ],
)
def test_falsche_angabe_sagt_was_falsch_und_was_moeglich_ist(
    anfrage: str, feld: str, texte: list[str]
) -> None:
    assert fehler(anfrage) == {feld: texte}


def test_viele_falsche_angaben_werden_zusammengefasst() -> None:
    texte = fehler("&".join(f"ag={n}" for n in range(10, 2000)))["ag"]
    assert len(texte) == 4
    assert texte[-1] == "Dazu 1987 weitere Angaben, die es nicht gibt."
    assert fehler("ag=10&ag=11&ag=12&ag=13")["ag"][-1] == "Dazu 1 weitere Angabe, die es nicht gibt."


def test_gruppe_ohne_die_kategorie_ist_ausdruecklich_gewaehlt_moeglich() -> None:
    assert auswahl("ag=1&kategorie=weiteres") == Auswahl(gruppen=(1,), kategorien=("weiteres",))
    assert auswahl("kategorie=weiteres", nummer=1) == Auswahl(gruppen=(1,), kategorien=("weiteres",))


def test_konferenz_ohne_gruppen_nennt_das() -> None:
    assert auswahl("", LEER) == Auswahl()
    assert fehler("ag=1&ag=x&vortraege=quatsch&kategorie=gut", LEER) == {
        "ag": [
            "Eine AG 1 gibt es in dieser Konferenz nicht. Vorhanden: keine.",
            "„x“ ist keine Nummer einer AG.",
        ],
        "vortraege": ["„quatsch“ ist keine Angabe zu den Vorträgen. Möglich: ja, nein."],
    }
    assert fehler("kategorie=gut", LEER) == {
        "kategorie": ["Zu „läuft gut“ ist in dieser Konferenz nichts erfasst. Erfasst: noch nichts."]
    }


werte = st.text() | st.sampled_from(
    [
        "",
        "1",
        "3",
        "folien",
        "bericht",
        "gut",
        "hakt",
        "ja",
        "nein",
        "\x00",
        "9" * 5000,
        "{0}",
        "<b>",
        "\ud800",
    ]
)


@probe
@given(
    st.dictionaries(st.sampled_from(["form", "ag", "kategorie", "vortraege"]), st.lists(werte, max_size=5))
)
def test_jede_adresse_ist_eine_auswahl_oder_ein_benannter_fehler(angaben: dict[str, list[str]]) -> None:
    daten = QueryDict(mutable=True)
    for name, liste in angaben.items():
        daten.setlist(name, liste)
    form = HeftForm(BILD, daten)
    if form.is_valid():
        assert Auswahl.aus_anfrage(form.auswahl().anfrage) == form.auswahl()
    else:
        assert form.errors
    html = render_crispy_form(form)
    assert "\x00" not in html
    html.encode()


# --- How it looks


def test_formular_schickt_nichts_als_seine_felder() -> None:
    leser = Leser(render_crispy_form(HeftForm(BILD)))
    (form,) = leser.alle("form")
    assert (form["action"], form["method"]) == ("/fachtag/heft.pdf", "get")
    assert {feld["name"] for feld in leser.alle("input")} == {"form", "ag", "kategorie", "vortraege"}
    assert [feld["value"] for feld in leser.alle("input") if "checked" in feld] == ["folien"]
    (knopf,) = leser.alle("button")
    assert (knopf["type"], knopf.get("name")) == ("submit", None)


def test_formular_der_gruppe_fuehrt_zu_ihrem_heft() -> None:
    leser = Leser(render_crispy_form(HeftForm(BILD, nummer=3)))
    assert leser.alle("form")[0]["action"] == "/fachtag/ag/3/heft.pdf"
    assert {feld["name"] for feld in leser.alle("input")} == {"form", "kategorie"}


def test_formular_bietet_nur_an_was_eine_wahl_ist() -> None:
    assert {feld["name"] for feld in Leser(render_crispy_form(HeftForm(LEER))).alle("input")} == {"form"}


def test_alles_hat_beschriftung_und_jeder_verweis_ein_ziel() -> None:
    html = render_crispy_form(formular("form=pdf&ag=99&ag=3&kategorie=quatsch&vortraege=x"))
    leser = Leser(html)
    ids = [attrs["id"] for _, attrs in leser.elemente if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {feld["id"] for feld in leser.alle("input")} == {feld["for"] for feld in leser.alle("label")}
    assert len(leser.alle("legend")) == len(leser.alle("fieldset")) == 4
    beschrieben = {
        ziel for _, attrs in leser.elemente for ziel in (attrs.get("aria-describedby") or "").split()
    }
    ziele = {(verweis["href"] or "").removeprefix("#") for verweis in leser.alle("a")}
    assert len(ziele) == 4
    assert beschrieben | ziele <= set(ids)
    assert "heft-ag_error" in beschrieben
    assert [feld["value"] for feld in leser.alle("input") if "checked" in feld] == ["3"]
    assert html.count("Eine AG 99 gibt es in dieser Konferenz nicht.") == 2


def test_fehler_eines_nicht_angebotenen_feldes_steht_ohne_verweis_in_der_zusammenfassung() -> None:
    html = render_crispy_form(formular("ag=4", LEER))
    assert "Eine AG 4 gibt es in dieser Konferenz nicht. Vorhanden: keine." in html
    assert "<a " not in html


def test_formular_haelt_die_strenge_csp_ein_und_maskiert() -> None:
    html = render_crispy_form(formular("ag=<script>alert(1)</script>&form=\"'><b>"))
    leser = Leser(html)
    assert not any(name == "style" or name.startswith("on") for _, attrs in leser.elemente for name in attrs)
    assert not {"script", "style", "b", "bildung"} & {tag for tag, _ in leser.elemente}
    assert "AG 3: Sprache &amp; &lt;Bildung&gt;" in html


# --- The template pack with other fields, for the forms to come


class Musterform(forms.Form):
    q = forms.CharField(label="Suchwort", help_text="Mindestens drei Zeichen.", min_length=3)
    jahr = forms.ChoiceField(label="Jahr", choices=[(2021, "2021"), (2022, "2022")])
    genau = forms.BooleanField(label="Nur genaue Treffer")
    seite = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> None:
        raise forms.ValidationError("So geht es nicht.")


@pytest.mark.parametrize("mit_layout", [True, False])
def test_vorlagen_zeigen_auch_eingabe_liste_und_einzelnes_kaestchen(mit_layout: bool) -> None:
    form = Musterform({"q": "ab", "jahr": "1999"})
    helper = FormHelper()
    helper.form_method = "get"
    if mit_layout:
        helper.layout = Layout(Fieldset("Wonach", "q", "jahr"), "genau", "seite", Hidden("a", "1"))
    helper.add_input(Submit("", "Suchen"))
    helper.add_input(Reset("zurueck", "Zurücksetzen"))
    html = render_crispy_form(form, helper)
    leser = Leser(html)
    klassen = {attrs.get("name"): attrs.get("class") or "" for _, attrs in leser.elemente if "name" in attrs}
    assert "kern-form-input__input" in klassen["q"]
    assert "kern-form-input__select" in klassen["jahr"]
    assert "kern-form-check__checkbox" in klassen["genau"]
    assert {"id_q", "id_jahr", "id_genau"} <= {label["for"] for label in leser.alle("label")}
    (q,) = [feld for feld in leser.alle("input") if feld.get("name") == "q"]
    assert q["aria-describedby"] == "id_q_helptext id_q_error"
    assert q["aria-invalid"] == "true"
    assert re.search(r'id="id_q_helptext"[^>]*>Mindestens', html)
    assert "So geht es nicht." in html
    assert [knopf["type"] for knopf in leser.alle("button")] == ["submit", "reset"]
    assert ("Wonach" in html) is mit_layout


def test_vorlagen_schuetzen_ein_post_formular() -> None:
    helper = FormHelper()
    assert 'name="csrfmiddlewaretoken"' in render_crispy_form(Musterform(), helper, {"csrf_token": "x" * 64})


def test_kategorie_in_der_nur_zurueckgehaltenes_stehen_koennte_gilt_als_leer() -> None:
    gruppen = (BILD.gruppen[0], Gruppenbild(9, "Kommt noch", freigegeben=False, zurueckgehalten=True))
    form = HeftForm(replace(BILD, gruppen=gruppen), QueryDict("kategorie=loesung"))
    assert "ist in dieser Konferenz nichts freigegeben. Freigegeben: „" in str(form.errors)
