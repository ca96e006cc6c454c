"""What is recognised in a printed documentation, and that nothing of it gets lost."""

import re
import unicodedata
from collections import Counter
from datetime import date, time
from pathlib import Path

import pytest

from arbeitsgruppen.bild import Gruppenbild, Personenbild
from arbeitsgruppen.gliederung import Gliederung, gliedern
from arbeitsgruppen.quelle import Quellenfehler, lesen
from tests import vorlage
from tests.vorlage import dokumentation


@pytest.fixture
def gelesen(tmp_path: Path):
    def lesen_(text: str) -> Gliederung:
        datei = tmp_path / "quelle.txt"
        datei.write_text(text, encoding="utf-8", newline="")
        return gliedern(lesen(datei))

    return lesen_


def gruppe(gliederung: Gliederung, nummer: int = 1) -> Gruppenbild:
    return next(g for g in gliederung.bild.gruppen if g.nummer == nummer)


def texte(gruppe: Gruppenbild) -> list[tuple[str, list[str]]]:
    return [(a.ueberschrift, [x.text for x in a.aeusserungen]) for a in gruppe.abschnitte]


# --- the real documentation -------------------------------------------------------------------------


def test_echte_dokumentation_ergibt_die_bekannten_zahlen() -> None:
    kategorien, herkunft, je_gruppe, unterpunkte = (
        Counter[str](),
        Counter[str](),
        Counter[int](),
        Counter[int](),
    )
    for g in vorlage.echte().bild.gruppen:
        for a in g.abschnitte:
            kategorien[a.kategorie] += len(a.aeusserungen)
            herkunft[a.herkunft] += len(a.aeusserungen)
            je_gruppe[g.nummer] += len(a.aeusserungen)
            unterpunkte[g.nummer] += sum(len(x.unterpunkte) for x in a.aeusserungen)
    assert kategorien == {"gut": 81, "hakt": 136, "loesung": 31, "weiteres": 214}
    assert herkunft == {"teilnehmende": 422, "rueckblick": 34, "leitfrage": 6}
    assert je_gruppe == {1: 41, 2: 59, 3: 72, 4: 29, 5: 99, 6: 50, 7: 60, 8: 52}
    assert +unterpunkte == {1: 2}


def test_echte_dokumentation_laesst_keine_zeile_ohne_platz() -> None:
    assert vorlage.echte().notizen == ()
    assert vorlage.echte().unbekannt == ()
    assert vorlage.echte().bild.textseiten == ()


def test_weiteres_teilt_sich_auf_die_gedruckten_ueberschriften_auf() -> None:
    anfaenge = Counter[str]()
    for g in vorlage.echte().bild.gruppen:
        for a in g.abschnitte:
            if a.kategorie == "weiteres":
                anfaenge[a.ueberschrift.split()[0].rstrip(":")] += len(a.aeusserungen)
    assert anfaenge == {
        "Gutes": 54,
        "Wer": 76,
        "Gibt": 41,
        "Rückblick": 34,
        "Kleingruppen": 6,
        "Übersichten": 3,
    }


def test_rahmen_der_echten_konferenz() -> None:
    bild = vorlage.echte().bild
    assert bild.titel == "Pakt für Integration – Kommunales Integrationsmanagement"
    assert bild.slug == vorlage.SLUG
    assert (bild.format, bild.datum) == ("Onlinekonferenz", date(2021, 4, 21))
    assert (bild.beginn, bild.ende) == (time(9), time(15, 45))
    assert bild.hinweis.startswith("Bei den folgenden Stichworten")
    assert bild.hinweis.endswith("vorgegeben worden.")


def test_programm_hat_mitwirkende_und_parallele_gruppen() -> None:
    programm = vorlage.echte().bild.programm
    assert [p.titel for p in programm] == [
        "Grußwort",
        "Eröffnung der Online-Konferenz",
        "Arbeitsgruppen zum Erfahrungsaustausch",
        "Erstes Fazit und Ausblick",
        "Mittagspause",
        "Zusätzliche Arbeitsgruppen am Nachmittag",
        "Veranstaltungsende",
    ]
    assert [p.gruppen for p in programm if p.gruppen] == [(1, 2, 3, 4, 5), (6, 7, 8)]
    assert programm[3].mitwirkende == (
        "Dr. Jens Ridderbusch im Gespräch mit den Moderator:innen\n"
        "Ioanna Papadopoulou, Ministerium für Soziales, Gesundheit und Integration BW"
    )
    assert [p.neue_seite for p in programm] == [False, False, False, False, True, False, False]


def test_vortrag_hat_titelfolie_folien_und_vortragende() -> None:
    (vortrag,) = vorlage.echte().bild.vortraege
    assert vortrag.titel == (
        "Zum Stand der Integration in Baden-Württemberg: Erkenntnisse aus dem Landesintegrationsbericht"
    )
    assert vortrag.programmpunkt == 1
    assert vortrag.vortragende == (Personenbild("Dr.", "Sandra", "Kostner"),)
    assert [f.art for f in vortrag.folien] == ["titel"] + ["inhalt"] * 5
    assert vortrag.folien[2].text == ""  # its picture is not in the text
    assert "E-Learningkurse; Inhouse-Schulungen" in vortrag.folien[4].text


def test_umbrochene_zeilen_sind_wieder_ein_text() -> None:
    alle = "\n".join(
        text
        for g in vorlage.echte().bild.gruppen
        for text in (
            g.fragestellung,
            *(m.wie_gedruckt for m in g.moderation),
            *(x.text for a in g.abschnitte for x in a.aeusserungen),
        )
    )
    for erwartet in (
        "ihre Dienste unter Corona-Bedingungen",
        "unzureichende Online-Ausstattung der",
        "Gemeinde- und Regionalentwicklung, Biberach",
        "auf dem Ausbildungs- und Arbeitsmarkt",
        "aufgrund der Corona-Maßnahmen",
        "https://bamf-navi.bamf.de/de/\nsehr gute Webseite",
        "bewusst mit Bildungsaspekt\nAkquise in beide Richtungen",
    ):
        assert erwartet in alle


def test_kein_zeichen_der_echten_dokumentation_geht_verloren() -> None:
    """Every character of the source but white space, hyphens and bullets stands in the picture as often."""

    def zeichen(text: str) -> Counter[str]:
        return Counter(re.sub(r"[\s•–‐-]", "", unicodedata.normalize("NFC", text)))

    bild = vorlage.echte().bild
    teile = [bild.hinweis, *(f"{f.ueberschrift}{f.text}" for v in bild.vortraege for f in v.folien)]
    for g in bild.gruppen:
        teile += [g.fragestellung, *g.unterfragen, *(m.wie_gedruckt for m in g.moderation)]
        for a in g.abschnitte:
            for x in a.aeusserungen:
                teile += [x.text, *(u.text for u in x.unterpunkte)]
    fehlt = zeichen("".join(teile)) - zeichen(vorlage.text())
    assert not fehlt  # nothing was invented
    # What the source has more often is what pages repeat: titles, headings, agenda, overview.
    wiederholt = zeichen(vorlage.text()) - zeichen("".join(teile))
    koepfe = Counter[str]()
    for seite in vorlage.text().split("\f"):
        if seite.lstrip().startswith("AG "):
            kopf = re.split(r"\n•|\nFragestellung", seite.strip(), maxsplit=1)[0]
            koepfe += zeichen(kopf)
        elif re.match(r"\s*(Onlinekonferenz|Tagesprogramm|Arbeitsgruppen)", seite):
            koepfe += zeichen(seite)
    koepfe += zeichen("FragestellungModeration" * 8)
    koepfe += zeichen("Lösungsqualitäten")
    assert wiederholt == koepfe


@pytest.mark.parametrize(
    "verfremden",
    [
        pytest.param(vorlage.wie_von_werkzeug_ohne_seitenvorschub, id="ohne Seitenvorschub"),
        pytest.param(lambda t: t.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda t: "\ufeff" + t, id="BOM"),
        pytest.param(lambda t: unicodedata.normalize("NFD", t), id="zerlegtes Unicode"),
        pytest.param(lambda t: t.replace("• ", "•\t"), id="Tabulatoren"),
        pytest.param(lambda t: t.replace("• ", "‣ ").replace("\n- ", "\n◦ "), id="andere Zeichen"),
        pytest.param(lambda t: t.replace("• ", "\uf0b7 "), id="private Zeichen"),
        pytest.param(lambda t: t.replace("• ", "▪ ").replace("\n- ", "\n– "), id="Quadrate"),
        pytest.param(lambda t: t.replace("• ", "o "), id="kleines o"),
        pytest.param(lambda t: t.replace("\n- ", "\no ").replace("• ", "- "), id="Striche"),
        pytest.param(lambda t: t + "\f", id="Seitenvorschub am Ende"),
    ],
)
def test_jede_schreibweise_der_quelle_ergibt_dasselbe_bild(gelesen, verfremden) -> None:
    assert gelesen(verfremden(vorlage.text())).bild == vorlage.echte().bild


# --- made-up documentations -------------------------------------------------------------------------


def test_ueberschrift_hinter_ihren_punkten_wird_erkannt(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\n• eins\n• zwei\n\nWas läuft bei Ihnen gut?"))
    assert texte(gruppe(g)) == [("Was läuft bei Ihnen gut?", ["eins", "zwei"])]
    assert gruppe(g).abschnitte[0].kategorie == "gut"


def test_zeile_hinter_den_punkten_wird_notiz_wenn_die_seite_schon_eine_ueberschrift_hat(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nWo hakt es gerade?\n\n• eins\n• zwei\n\nLösungsansätze"))
    assert texte(gruppe(g)) == [("Wo hakt es gerade?", ["eins", "zwei"])]
    assert [n.text for n in g.notizen] == ["Lösungsansätze"]


def test_nie_gesehene_ueberschrift_wird_weiteres_und_gemeldet(gelesen) -> None:
    g = gelesen(dokumentation("AG 2: Wohnen\n\nWünsche an das Land\n\n• mehr Geld"))
    (abschnitt,) = gruppe(g, 2).abschnitte
    assert (abschnitt.ueberschrift, abschnitt.kategorie) == ("Wünsche an das Land", "weiteres")
    assert abschnitt.herkunft == "teilnehmende"
    assert g.unbekannt == ((2, "Wünsche an das Land"),)


def test_wiederholte_ueberschrift_setzt_ihren_abschnitt_fort(gelesen) -> None:
    seite = "AG 1: Wohnen\n\nWo hakt es gerade?\n\n• {}"
    g = gelesen(dokumentation(seite.format("eins"), seite.format("zwei")))
    (abschnitt,) = gruppe(g).abschnitte
    assert [(a.text, a.neue_seite) for a in abschnitt.aeusserungen] == [("eins", True), ("zwei", True)]


def test_zwei_ueberschriften_auf_einer_seite_werden_zwei_abschnitte(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nLösungsansätze\n\n• eins\n\nOffene Fragen\n\n• zwei"))
    assert texte(gruppe(g)) == [("Lösungsansätze", ["eins"]), ("Offene Fragen", ["zwei"])]
    assert [a.aeusserungen[0].neue_seite for a in gruppe(g).abschnitte] == [True, False]


def test_striche_unter_einem_punkt_werden_unterpunkte(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nLösungsansätze\n\n• eins\n- a\n- b\nweiter\n• zwei"))
    eins, zwei = gruppe(g).abschnitte[0].aeusserungen
    assert [u.text for u in eins.unterpunkte] == ["a", "b weiter"]
    assert zwei.unterpunkte == ()


def test_eingerueckte_punkte_werden_unterpunkte(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nLösungsansätze\n\n• eins\n    • a\n• zwei"))
    assert [len(a.unterpunkte) for a in gruppe(g).abschnitte[0].aeusserungen] == [1, 0]


def test_tiefere_gliederung_wird_auf_eine_ebene_gesetzt_und_gemeldet(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nLösungsansätze\n\n• eins\n- a\n▪ aa\n• zwei"))
    assert [u.text for u in gruppe(g).abschnitte[0].aeusserungen[0].unterpunkte] == ["a", "aa"]
    assert any("tiefer gegliedert" in hinweis for hinweis in g.hinweise)


def test_seite_unbekannter_art_wird_textseite_an_ihrem_platz(gelesen) -> None:
    g = gelesen(
        dokumentation(
            "AG 1: Wohnen\n\nLösungsansätze\n\n• eins",
            "Impressum\n\nHerausgegeben vom Landratsamt.\n\n• Druck: Hausdruckerei\n• Auflage: 200",
            "AG 2: Arbeit\n\nLösungsansätze\n\n• zwei",
        )
    )
    (seite,) = g.bild.textseiten
    assert (seite.seite, seite.ueberschrift) == (3, "Impressum")
    assert seite.text == "Herausgegeben vom Landratsamt.\n• Druck: Hausdruckerei\n• Auflage: 200"
    assert any("Seite 3" in hinweis for hinweis in g.hinweise)


def test_prosa_unter_dem_titel_einer_gruppe_wird_textseite(gelesen) -> None:
    g = gelesen(
        dokumentation("AG 1: Wohnen\n\nLösungsansätze\n\n• eins", "AG 1: Wohnen\n\nDie Gruppe war groß.")
    )
    assert [(t.seite, t.ueberschrift, t.text) for t in g.bild.textseiten] == [
        (3, "AG 1: Wohnen", "Die Gruppe war groß.")
    ]


def test_zeile_ohne_platz_wird_notiz_mit_seite_und_zeile(gelesen) -> None:
    g = gelesen(
        dokumentation("AG 1: Wohnen\n\nWas läuft bei Ihnen gut?\n\nStand vom Mittag\n\n• eins\n• zwei")
    )
    assert [(n.seite, n.zeile, n.text) for n in g.notizen] == [(2, 5, "Stand vom Mittag")]
    assert texte(gruppe(g)) == [("Was läuft bei Ihnen gut?", ["eins", "zwei"])]


def test_leere_seite_wird_vermerkt(gelesen) -> None:
    g = gelesen(dokumentation("\n\n", "AG 1: Wohnen\n\nLösungsansätze\n\n• eins"))
    assert [(n.seite, n.text) for n in g.notizen] == [(2, "(Seite ohne Text)")]


def test_mehrere_moderierende_und_zusatz_auf_zweiter_zeile(gelesen) -> None:
    g = gelesen(
        dokumentation(
            "AG 1: Wohnen\n\nFragestellung\n\nWas fehlt?\n\nModeration\n\n"
            "Prof. Dr. Ayşe von der Heide, Hochschule,\nUlm\nJo Groß"
        )
    )
    assert [
        (m.person.titel, m.person.vorname, m.person.nachname, m.angabe) for m in gruppe(g).moderation
    ] == [
        ("Prof. Dr.", "Ayşe", "von der Heide", "Hochschule, Ulm"),
        ("", "Jo", "Groß", ""),
    ]
    assert gruppe(g).fragestellung == "Was fehlt?"


def test_unterfragen_sind_bekannte_ueberschriften(gelesen) -> None:
    g = gelesen(
        dokumentation(
            "AG 1: Wohnen\n\nFragestellung\n\nWas fehlt?\n\n• Wo fehlt es?\n• Wem fehlt es?\n\n"
            "Moderation\n\nJo Groß",
            "AG 1: Wohnen\n\nWo fehlt es?\n\n• überall",
        )
    )
    assert gruppe(g).unterfragen == ("Wo fehlt es?", "Wem fehlt es?")
    assert g.unbekannt == ()


def test_seitenzahlen_und_fusszeilen_gehoeren_nicht_zu_den_aeusserungen(gelesen) -> None:
    seiten = [
        f"AG {n}: Thema {n}\n\nLösungsansätze\n\n• Antwort {n}\n\nFachtag 2024 · Seite {n + 1}"
        for n in range(1, 8)
    ]
    g = gelesen(dokumentation(*seiten))
    assert [texte(x) for x in g.bild.gruppen] == [[("Lösungsansätze", [f"Antwort {n}"])] for n in range(1, 8)]
    assert any("Am Rand" in hinweis for hinweis in g.hinweise)


def test_gruppe_die_nur_im_programm_steht_bleibt_erhalten(gelesen) -> None:
    g = gelesen(dokumentation("Tagesprogramm\n10:00 Uhr Gruppen\nAG 4: Wohnen und\nLeben"))
    assert [(x.nummer, x.titel) for x in g.bild.gruppen] == [(4, "Wohnen und Leben")]
    assert any("AG 4" in hinweis for hinweis in g.hinweise)


def test_andere_moderation_in_der_uebersicht_wird_gemeldet(gelesen) -> None:
    g = gelesen(
        dokumentation(
            "Arbeitsgruppen\n\nAG 1 Wohnen\nModeration: Kim Weiß\n\nAG 2 Arbeit\nModeration: Jo Groß",
            "AG 1: Wohnen\n\nModeration\n\nAnna Bauer, Ulm",
        )
    )
    assert [m.person.nachname for x in g.bild.gruppen for m in x.moderation] == ["Bauer", "Groß"]
    assert any("Kim Weiß" in hinweis for hinweis in g.hinweise)


@pytest.mark.parametrize(
    ("text", "ursache"),
    [
        ("Fachtag\nohne jedes Datum", "kein Datum|Datum"),
        ("Fachtag\n„Wohnen“\n31. Februar 2024", "gibt es nicht"),
        ("3. Mai 2024", "kein Titel"),
        (dokumentation("Tagesprogramm\n25:00 Uhr Beginn"), "Uhrzeit"),
    ],
)
def test_unbrauchbare_quelle_wird_mit_ursache_und_abhilfe_abgelehnt(gelesen, text, ursache) -> None:
    with pytest.raises(Quellenfehler, match=ursache) as fehler:
        gelesen(text)
    assert "\n" not in str(fehler.value)
    assert re.search(r"Ergänzen|Berichtigen", str(fehler.value))


@pytest.mark.parametrize(
    "kopf", ["AG 1: Wohnen", "Arbeitsgruppe 1: Wohnen", "AG-1: Wohnen", "AG Nr. 1 – Wohnen"]
)
def test_gruppen_werden_in_jeder_schreibweise_erkannt(gelesen, kopf: str) -> None:
    g = gelesen(dokumentation(f"{kopf}\n\nLösungsansätze\n\n• eins"))
    assert (gruppe(g).titel, texte(gruppe(g))) == ("Wohnen", [("Lösungsansätze", ["eins"])])


@pytest.mark.parametrize(
    "zeile",
    [
        "09:00 – 09:30 Uhr Beginn",
        "9.00 Uhr Beginn",
        "9 Uhr Beginn",
        "ab 09:00 Uhr Beginn",
        "09:00 Uhr Beginn",
    ],
)
def test_uhrzeiten_des_programms_werden_in_jeder_schreibweise_gelesen(gelesen, zeile: str) -> None:
    g = gelesen(dokumentation(f"Programm:\n{zeile}\nAG 1: Wohnen\nAG 2: Arbeit"))
    assert [(p.beginn, p.titel, p.gruppen) for p in g.bild.programm] == [(time(9), "Beginn", (1, 2))]


def test_nummerierte_liste_sind_aeusserungen(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nLösungsansätze\n\n1. eins\n2. zwei\nweiter\n3. drei"))
    assert texte(gruppe(g)) == [("Lösungsansätze", ["eins", "zwei weiter", "drei"])]


def test_frage_und_aeusserungen_auf_einer_seite(gelesen) -> None:
    g = gelesen(
        dokumentation(
            "AG 1: Wohnen\n\nModeration: Jo Groß, Ulm\n\nWas läuft bei Ihnen gut?\n\n• Beratung\n• Ehrenamt"
        )
    )
    assert [m.wie_gedruckt for m in gruppe(g).moderation] == ["Jo Groß, Ulm"]
    assert texte(gruppe(g)) == [("Was läuft bei Ihnen gut?", ["Beratung", "Ehrenamt"])]


@pytest.mark.parametrize(
    "wort", ["Moderation der Treffen", "Moderation", "Leitfragen", "Übersicht der Angebote"]
)
def test_wort_am_zeilenanfang_einer_aeusserung_ist_keine_marke(gelesen, wort: str) -> None:
    g = gelesen(
        dokumentation(f"AG 1: Wohnen\n\nWo hakt es gerade?\n\n• hilfreich war die\n{wort}\n• Ehrenamt")
    )
    assert texte(gruppe(g)) == [("Wo hakt es gerade?", [f"hilfreich war die {wort}", "Ehrenamt"])]


def test_moderierende_in_einer_liste_stehen_ohne_aufzaehlungszeichen(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nModeration\n\n• Dr. Jo Groß, Ulm\n• Eva Klein"))
    assert [m.wie_gedruckt for m in gruppe(g).moderation] == ["Dr. Jo Groß, Ulm", "Eva Klein"]


def test_zwei_moderierende_in_der_uebersicht(gelesen) -> None:
    g = gelesen(
        dokumentation(
            "Arbeitsgruppen\n\nAG 1 Wohnen\nModeration: Jo Groß\nModeration: Eva Klein\n\nAG 2 Arbeit"
        )
    )
    assert [m.person.nachname for m in gruppe(g).moderation] == ["Groß", "Klein"]


def test_inhaltsverzeichnis_ist_keine_uebersicht_und_bleibt_erhalten(gelesen) -> None:
    g = gelesen(dokumentation("Inhalt\n\nAG 1 Wohnen ........ 12\nAG 2 Arbeit ........ 14"))
    assert [t.ueberschrift for t in g.bild.textseiten] == ["Inhalt"]
    assert "AG 2 Arbeit ........ 14" in g.bild.textseiten[0].text


def test_kopfzeile_jeder_seite_verdeckt_die_gruppen_nicht(gelesen) -> None:
    seiten = [
        f"Fachtag Wohnen 2024\n\nAG {n}: Thema {n}\n\nLösungsansätze\n\n• Antwort {n}" for n in range(1, 8)
    ]
    g = gelesen(dokumentation(*seiten))
    assert [texte(x) for x in g.bild.gruppen] == [[("Lösungsansätze", [f"Antwort {n}"])] for n in range(1, 8)]


def test_seitenzahlen_mit_versatz_kommen_nicht_in_den_text(gelesen) -> None:
    seiten = [f"AG 1: Wohnen\n\nLösungsansätze\n\n• a{n}\n• b{n}\n{n}" for n in range(1, 7)]
    g = gelesen(dokumentation(*seiten))
    assert texte(gruppe(g)) == [("Lösungsansätze", [f"{x}{n}" for n in range(1, 7) for x in "ab"])]


def test_einzelne_zahl_am_ende_einer_seite_gehoert_zum_text(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nLösungsansätze\n\n• eins\n• Zahl der Fälle\n2"))
    assert texte(gruppe(g)) == [("Lösungsansätze", ["eins", "Zahl der Fälle 2"])]


def test_dokumentation_ohne_eine_einzige_aeusserung_wird_gemeldet(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nModeration\n\nJo Groß"))
    assert any("Keine einzige Äußerung" in hinweis for hinweis in g.hinweise)


def test_sehr_lange_aeusserung_wird_in_linearer_zeit_verbunden(gelesen) -> None:
    """20,000 lines took 81 seconds when each looked at the whole text before it."""
    zeilen = "\n".join(f"wort{n} und noch eines" for n in range(20_000))
    g = gelesen(dokumentation(f"AG 1: Wohnen\n\nLösungsansätze\n\n• {zeilen}"))
    assert texte(gruppe(g))[0][1][0].endswith("wort19999 und noch eines")


def test_anderer_titel_einer_gruppe_im_programm_wird_gemeldet(gelesen) -> None:
    g = gelesen(
        dokumentation(
            "Programm\n09:00 Uhr Gruppen\nAG 1: Wohnraum\nAG 2: Arbeit",
            "Arbeitsgruppen\n\nAG 1 Wohnen\n\nAG 2 Arbeit",
        )
    )
    assert gruppe(g).titel == "Wohnen"
    assert any("Wohnraum" in hinweis for hinweis in g.hinweise)


def test_zweite_angabe_zur_selben_person_wird_notiz(gelesen) -> None:
    g = gelesen(dokumentation("AG 1: Wohnen\n\nModeration\n\nJo Groß, Ulm\nJo Groß, Bonn"))
    assert [m.wie_gedruckt for m in gruppe(g).moderation] == ["Jo Groß, Ulm"]
    assert [(n.seite, n.zeile, n.text) for n in g.notizen] == [(2, 6, "Jo Groß, Bonn")]
