"""Pasted text becomes headings and statements, wherever it was copied from, and nothing of it is lost."""

import os
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbeitsgruppen.bild import Gruppenbild
from arbeitsgruppen.einfuegen import aus_text
from arbeitsgruppen.fund import Beiwerkart, Fund, Rahmen
from tests import vorlage

LANG = bool(os.environ.get("DAUER"))
GRUPPEN = vorlage.echte().bild.gruppen
RAHMEN = Rahmen(3, "Spracherwerb und Bildungsangebote", ("Gelingensfaktoren",))


def gelesen(text: str) -> list[tuple[str, list]]:
    """Return the headings with their statements; one that has sub-points is a pair."""
    return kurz(aus_text(text, RAHMEN))


def kurz(fund: Fund) -> list[tuple[str, list]]:
    return [
        (
            a.ueberschrift,
            [(x.text, [u.text for u in x.unterpunkte]) if x.unterpunkte else x.text for x in a.aeusserungen],
        )
        for a in fund.abschnitte
    ]


def beiwerk(fund: Fund, art: Beiwerkart) -> list[str]:
    return [eintrag.text for eintrag in fund.beiwerk if eintrag.art == art]


# --- the real documentation -------------------------------------------------------------------------


def seiten(gruppe: Gruppenbild) -> list[str]:
    """Return the printed pages of a group, its question page included."""
    return [s for s in vorlage.text().split("\f") if s.strip().startswith(f"AG {gruppe.nummer}:")]


def rahmen(gruppe: Gruppenbild) -> Rahmen:
    return Rahmen(gruppe.nummer, gruppe.titel)


def abschnitte(fund: Fund | Gruppenbild) -> list[tuple]:
    """Return all that is stored of Abschnitte, those of other groups left out."""
    return [
        (a.ueberschrift, a.kategorie, a.herkunft, a.aeusserungen)
        for a in fund.abschnitte
        if not getattr(a, "fremd", "")
    ]


ZUSAMMENFUEGEN = {
    "mit Seitenvorschub": "\f".join,
    "ohne Seitenvorschub": lambda seiten: "\n".join(seite.strip("\n") for seite in seiten),
    "mit Windows-Zeilenenden": lambda seiten: "\n".join(seiten).replace("\n", "\r\n"),
    "als Zitat einer E-Mail": lambda seiten: "".join(
        f"> {zeile}\n" for seite in seiten for zeile in seite.split("\n")
    ),
}


@pytest.mark.parametrize("gruppe", GRUPPEN, ids=lambda gruppe: f"AG {gruppe.nummer}")
@pytest.mark.parametrize("art", ZUSAMMENFUEGEN)
def test_eingefuegte_seiten_einer_gruppe_ergeben_genau_ihre_abschnitte(gruppe, art):
    fund = aus_text(ZUSAMMENFUEGEN[art](seiten(gruppe)), rahmen(gruppe))

    assert abschnitte(fund) == abschnitte(gruppe)
    assert beiwerk(fund, Beiwerkart.ABSATZ) == []


@pytest.mark.parametrize("gruppe", GRUPPEN, ids=lambda gruppe: f"AG {gruppe.nummer}")
def test_text_wie_ihn_ein_pdf_betrachter_kopiert(gruppe):
    # Without blank lines and without spaces at wrapped ends; whether a line was broken on purpose is lost.
    zeilen = [zeile.strip() for seite in seiten(gruppe) for zeile in seite.split("\n") if zeile.strip()]
    fund = aus_text("\n".join(zeilen), rahmen(gruppe))

    def ohne_umbrueche(abschnitte) -> list[tuple]:
        return [
            (a.ueberschrift, [(" ".join(x.text.split()), x.unterpunkte) for x in a.aeusserungen])
            for a in abschnitte
        ]

    assert ohne_umbrueche(fund.abschnitte) == ohne_umbrueche(gruppe.abschnitte)


def test_seiten_der_ag_3_ergeben_72_aeusserungen():
    gruppe = GRUPPEN[2]
    fund = aus_text("\f".join(seiten(gruppe)), rahmen(gruppe))

    assert fund.anzahl == 72
    assert [(a.ueberschrift, len(a.aeusserungen)) for a in fund.abschnitte] == [
        ("Was läuft bei Ihnen gut?", 24),
        ("Was läuft derzeit nicht gut? Wo hakt es gerade?", 36),
        ("Individuelle Lösungsansätze", 5),
        ("Strukturelle Lösungsansätze", 2),
        ("Lösungsqualitäten", 5),
    ]


@pytest.mark.parametrize("gruppe", GRUPPEN, ids=lambda gruppe: f"AG {gruppe.nummer}")
@pytest.mark.parametrize("trenner", ["\f", "\n"], ids=["Seitenvorschub", "keine Trennung"])
def test_wer_die_ganze_dokumentation_einfuegt_bekommt_seine_gruppe(gruppe, trenner):
    fund = aus_text(trenner.join(vorlage.text().split("\f")), rahmen(gruppe))

    assert abschnitte(fund) == abschnitte(gruppe)
    assert {a.fremd for a in fund.abschnitte if a.fremd} == {
        f"AG {g.nummer}: {g.titel}" for g in GRUPPEN if g != gruppe
    }


@pytest.mark.parametrize("gruppe", GRUPPEN, ids=lambda gruppe: f"AG {gruppe.nummer}")
def test_ohne_leerzeichen_an_umbruechen_bleibt_die_zahl_der_aeusserungen(gruppe):
    # Only the space at the end of a line tells for certain that it was wrapped.
    text = "\f".join(seiten(gruppe))
    fund = aus_text(re.sub(r"(?m) +$", "", text), rahmen(gruppe))

    assert [(a.ueberschrift, len(a.aeusserungen)) for a in fund.abschnitte] == [
        (a.ueberschrift, len(a.aeusserungen)) for a in gruppe.abschnitte
    ]


def test_fragestellung_und_moderation_werden_keine_aeusserungen():
    fund = aus_text("\f".join(seiten(GRUPPEN[2])), rahmen(GRUPPEN[2]))

    assert "Wie können Sprachkurse" in " ".join(beiwerk(fund, Beiwerkart.RAHMEN))
    assert "Christoph Weinmann, Moderation, Prozessbegleitung, Beratung, Karlsruhe" in beiwerk(
        fund, Beiwerkart.RAHMEN
    )
    assert beiwerk(fund, Beiwerkart.TITEL) == ["AG 3: Spracherwerb und Bildungsangebote"]


# --- what programs make of it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zeichen", ["•", "•\t", "–\t", "-", "*", "o\t", "·\t", "\uf0b7\t", "1.", "a)", "✓", "+"]
)
def test_aufzaehlungszeichen_jeder_art_beginnen_eine_aeusserung(zeichen):
    punkte = ["Sprachkurse fehlen", "Ehrenamt ist müde", "Wege sind weit"]
    zeilen = []
    for nummer, punkt in enumerate(punkte):
        eigenes = zeichen.replace("1", str(nummer + 1)).replace("a)", f"{'abc'[nummer]})")
        zeilen.append(f"{eigenes} {punkt}")

    assert gelesen("Wo hakt es?\n" + "\n".join(zeilen)) == [("Wo hakt es?", punkte)]


def test_text_aus_word_hat_tabulatoren_und_ebenen_nur_am_zeichen():
    text = (
        "Was läuft gut?\n•\tgute Zusammenarbeit\no\tmit dem Jobcenter\n▪\tin der Stadt\n•\tkurze Wege\n"
        "Herausforderungen\n•\tSprachkurse fehlen\n"
    )
    assert gelesen(text) == [
        (
            "Was läuft gut?",
            [("gute Zusammenarbeit", ["mit dem Jobcenter", "in der Stadt"]), "kurze Wege"],
        ),
        ("Herausforderungen", ["Sprachkurse fehlen"]),
    ]


def test_text_von_folien_hat_keine_aufzaehlungszeichen():
    text = (
        "Was läuft bei Ihnen gut?\ngute Zusammenarbeit\n\tmit dem Jobcenter\nTipp: App\v(kostenfrei)\n\n"
        "Baustellen:\nSprachkurse fehlen\nWohnraum"
    )
    assert gelesen(text) == [
        (
            "Was läuft bei Ihnen gut?",
            [("gute Zusammenarbeit", ["mit dem Jobcenter"]), "Tipp: App\n(kostenfrei)"],
        ),
        ("Baustellen", ["Sprachkurse fehlen", "Wohnraum"]),
    ]


def test_unbekannte_ueberschriften_von_folien_stehen_am_anfang_jedes_blocks():
    assert gelesen("Erfolge\nkurze Wege\nEhrenamt\n\nBaustellen\nWohnraum\nSprache") == [
        ("Erfolge", ["kurze Wege", "Ehrenamt"]),
        ("Baustellen", ["Wohnraum", "Sprache"]),
    ]


def test_e_mail_mit_anrede_zitat_und_umbruechen():
    fund = aus_text(
        "Liebe Frau Müller,\n\nhier die Ergebnisse:\n\n"
        "> Was läuft gut?\n> - gute Zusammenarbeit mit dem Jobcenter, der Schule und allen anderen\n"
        ">   Beteiligten vor Ort\n> - kurze Wege\n>   - im Rathaus\n>\n> Wo hakt es?\n"
        "> - mehr als > 50 % ohne Kurs\n\n"
        "Mit freundlichen Grüßen\nMax Muster",
        RAHMEN,
    )
    assert kurz(fund) == [
        (
            "Was läuft gut?",
            [
                "gute Zusammenarbeit mit dem Jobcenter, der Schule und allen anderen Beteiligten vor Ort",
                ("kurze Wege", ["im Rathaus"]),
            ],
        ),
        ("Wo hakt es?", ["mehr als > 50 % ohne Kurs"]),
    ]
    assert beiwerk(fund, Beiwerkart.ABSATZ) == [
        "Liebe Frau Müller,",
        "hier die Ergebnisse:",
        "Mit freundlichen Grüßen",
        "Max Muster",
    ]


def test_umbrochene_absaetze_ohne_zeichen_werden_wieder_eine_aeusserung():
    text = (
        "Die Zusammenarbeit mit dem Jobcenter ist in diesem Jahr sehr gut geworden,\n"
        "weil es feste Ansprechpartner gibt und die Wege insgesamt kürzer geworden\nsind.\n\n"
        "Ehrenamtliche sind müde und viele Kreise haben sich in den letzten beiden\nJahren aufgelöst."
    )
    assert [len(a) for _, a in gelesen(text)] == [2]


def test_kurze_zeilen_ohne_zeichen_bleiben_jede_fuer_sich():
    assert gelesen("gute Zusammenarbeit\nkurze Wege\nEhrenamt") == [
        ("(ohne Überschrift)", ["gute Zusammenarbeit", "kurze Wege", "Ehrenamt"])
    ]


def test_nummern_und_buchstaben_gliedern():
    assert gelesen("1. Sprachkurse fehlen\n   a) in der Stadt\n   b) auf dem Land\n2. Wohnraum") == [
        ("(ohne Überschrift)", [("Sprachkurse fehlen", ["in der Stadt", "auf dem Land"]), "Wohnraum"])
    ]


def test_nummerierte_bekannte_ueberschrift_ist_ueberschrift():
    assert gelesen("1. Was läuft gut?\n- kurze Wege\n2. Wo hakt es?\n- Wohnraum") == [
        ("Was läuft gut?", ["kurze Wege"]),
        ("Wo hakt es?", ["Wohnraum"]),
    ]


def test_zahl_am_zeilenanfang_ist_keine_nummer():
    assert gelesen("- Antragswesen war im\n1. Lockdown einfacher\n- Wohnraum") == [
        ("(ohne Überschrift)", ["Antragswesen war im 1. Lockdown einfacher", "Wohnraum"])
    ]


def test_fragenliste_unter_einer_bekannten_ueberschrift_bleibt_liste():
    assert gelesen("Kleingruppen zu den drei Fragen\n1. Was läuft gut?\n2. Wo hakt es?") == [
        ("Kleingruppen zu den drei Fragen", ["Was läuft gut?", "Wo hakt es?"])
    ]


@pytest.mark.parametrize(
    ("erste", "zweite"),
    [
        ("Wo hakt es?", "Wo hakt es?"),
        ("Wo hakt es? (1/2)", "Wo hakt es? (2/2)"),
        ("Wo hakt es?", "Wo hakt es? (Fortsetzung)"),
        ("Wo hakt es?", "Wo hakt es – Forts."),
        ("Partner", "PARTNER:"),
    ],
)
def test_wiederholte_ueberschrift_setzt_ihren_abschnitt_fort(erste, zweite):
    fund = gelesen(f"{erste}\n- a\n\nGelingensfaktoren\n- b\n\n{zweite}\n- c")
    assert [texte for _, texte in fund] == [["a", "c"], ["b"]]


def test_ueberschriften_der_gruppe_sind_bekannt():
    assert gelesen("- a\n- b\nGelingensfaktoren\n- c")[1] == ("Gelingensfaktoren", ["c"])


def test_ueberschrift_mit_offenem_ende_nimmt_die_naechste_zeile_nicht_auf():
    text = "Wer muss beteiligt sein? Wünsche an die Partner?\nHelferkreise\nJobcenter\nGemeinderat"
    assert gelesen(text) == [
        ("Wer muss beteiligt sein? Wünsche an die Partner?", ["Helferkreise", "Jobcenter", "Gemeinderat"])
    ]


def test_titel_mit_ueberschrift_in_einer_zeile():
    text = (
        "AG 3: Spracherwerb und Bildungsangebote – Was läuft gut?\n• a\n"
        "AG 3: Spracherwerb und Bildungsangebote – Wo hakt es?\n• b"
    )
    assert gelesen(text) == [("Was läuft gut?", ["a"]), ("Wo hakt es?", ["b"])]


def test_text_einer_anderen_gruppe_wird_ihr_zugeschrieben():
    fund = aus_text("AG 4: Ausbildung\nWas läuft gut?\n• a", RAHMEN)
    assert [(a.ueberschrift, a.fremd) for a in fund.abschnitte] == [("Was läuft gut?", "AG 4: Ausbildung")]


def test_satz_ueber_eine_gruppe_ist_kein_titel():
    assert gelesen("- AG 4 war gut besucht\n- AG 3 auch") == [
        ("(ohne Überschrift)", ["AG 4 war gut besucht", "AG 3 auch"])
    ]


def test_geschuetzte_leerzeichen_und_doppelte_bleiben_im_text():
    assert gelesen("\xa0\xa0•\xa0z.\xa0B. Kurse  fehlen\n\xa0\xa0• b") == [
        ("(ohne Überschrift)", ["z.\xa0B. Kurse  fehlen", "b"])
    ]


def test_wiederkehrende_fusszeilen_und_seitenzahlen_liegen_bei():
    text = "\f".join(
        f"Wo hakt es?\n\n• Punkt {n} zum Wohnen\n\nStatistisches Landesamt {n}" for n in range(1, 7)
    )
    fund = aus_text(text, RAHMEN)

    assert kurz(fund) == [("Wo hakt es?", [f"Punkt {n} zum Wohnen" for n in range(1, 7)])]
    assert beiwerk(fund, Beiwerkart.FUSS)[0] == "Statistisches Landesamt 1"


def test_ueberschrift_auf_jeder_seite_ist_keine_kopfzeile():
    text = "\f".join(f"Stolpersteine\n• Punkt {n}" for n in range(8))
    assert gelesen(text) == [("Stolpersteine", [f"Punkt {n}" for n in range(8)])]


@pytest.mark.parametrize("text", ["", " \n\t\n", "•", "---\n===", "\f\f", "AG 3: "])
def test_text_ohne_inhalt_ergibt_keine_aeusserungen(text):
    assert gelesen(text) == []


# --- whatever somebody pastes -----------------------------------------------------------------------

ANFAENGE = [
    *(
        "• ",
        "- ",
        "– ",
        "o ",
        "* ",
        "1. ",
        "2. ",
        "3. ",
        "a) ",
        "b) ",
        "> ",
        ">> ",
        "# ",
        "+ ",
        "-",
        "\uf0b7\t",
    ),
    *("\t", "  ", "    ", "", "", ""),
]
WORTE = [
    *(
        "Was läuft gut?",
        "Wo hakt es?",
        "AG 3: Spracherwerb und Bildungsangebote",
        "AG 4: Arbeit",
        "Fragestellung",
    ),
    *(
        "Moderation",
        "Moderation: Frau X",
        "Gelingensfaktoren:",
        "Kurse",
        "fehlen",
        "und",
        "Ehrenamt ist müde",
    ),
    *(
        "Gutes Integrationsmanagement – worauf kommt es an?",
        "(1/2)",
        "(Fortsetzung)",
        "https://a.de/x",
        "Seite 3",
    ),
    *("5", "---", "Ausbildungs-", "\xa0", "\u200b", "👍🏽", "שלום", "a\u0308", "ß", "Am 3. Mai schrieb X:"),
    "lang " * 30,
]
TRENNER = ["\n", "\n", "\n\n", "\r\n", " \n", "\f", "\n\n\n", "\r", "\v", "\u2028"]
zeilen = st.builds(
    lambda anfang, worte: "".join(anfang) + " ".join(worte),
    st.lists(st.sampled_from(ANFAENGE), max_size=2),
    st.lists(st.sampled_from(WORTE), max_size=4),
) | st.text(max_size=40)
texte = st.lists(st.tuples(zeilen, st.sampled_from(TRENNER)), max_size=25).map(
    lambda paare: "".join(zeile + trenner for zeile, trenner in paare)
)
VORSATZ = re.compile(
    r"^[\s>]*(?:[•‣◦▪■●○▸►➢➤✓✔❖⁃∙·□☐▫\ue000-\uf8ff]\s*|[o*+–—-]\s+|(?:\d\d?|[a-zA-Z])[.)]\s+|#{1,6}\s)?"
)


def buchstaben(text: str) -> str:
    """Return the letters and digits of a text: bullets, quotation and line ends may go."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFC", text)))


@pytest.mark.dauer
@settings(max_examples=5_000 if LANG else 300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texte)
def test_von_beliebigem_text_geht_keine_zeile_verloren(text):
    fund = aus_text(text, RAHMEN)

    teile = [eintrag.text for eintrag in fund.beiwerk]
    for abschnitt in fund.abschnitte:
        teile.append(abschnitt.ueberschrift)
        for aeusserung in abschnitt.aeusserungen:
            teile += [aeusserung.text, *(unterpunkt.text for unterpunkt in aeusserung.unterpunkte)]
    assert all(teil.strip() and "\ufdd0" not in teil for teil in teile)
    gefunden = [buchstaben(teil) for teil in teile]
    for zeile in re.split("[\n\r\f\v\x85\u2028\u2029]", text):
        ohne_zeichen = VORSATZ.sub("", zeile, count=1)
        fassungen = {buchstaben(z) for z in (zeile, ohne_zeichen, VORSATZ.sub("", ohne_zeichen, count=1))}
        assert "" in fassungen or any(f in g for f in fassungen for g in gefunden), zeile
