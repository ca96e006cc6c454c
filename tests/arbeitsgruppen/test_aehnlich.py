"""Equal and similar statements: those of the real conference, and what tells similar ones from others."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from arbeitsgruppen.aehnlich import Stelle, _paare, entsprechungen, stellen
from arbeitsgruppen.bild import konferenzbild
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Konferenz
from tests.fabriken import AeusserungFactory, ArbeitsgruppeFactory, KonferenzFactory

# All pairs that are found in the real conference beside the equal ones, by their first 40 characters, judged
# by reading: do both say the same thing? (docs/entscheidungen/0020)
ZU_RECHT = {
    ("Behörden schwer erreichbar, insbesondere", "Behörden sind schwer erreichbar"),
    ("Corona: Sprachkurse finden nicht statt o", "es finden keine Sprachkurse statt"),
    ("Ehrenamt: Das Ehrenamt ist eine wichtige", "viele Ehrenamtliche haben sich zurückgez"),
    ("Integrationsmanagement letzte Instanz", "Integrationsmanager*innen sind „letzte I"),
    ("Rückgang des Ehrenamts", "Rückgang des Engagements im Ehrenamt"),
    ("ehrenamtliche Unterstützung", "Unterstützung durch Ehrenamtliche"),
    ("ehrenamtliche Unterstützung", "Unterstützung durch Ehrenamtliche in der"),
    ("Unterstützung durch Ehrenamtliche", "Unterstützung durch Ehrenamtliche in der"),
    ("ehrenamtliche Unterstützung", "wichtig ist die Unterstützung durch das"),
    ("Unterstützung durch Ehrenamtliche", "wichtig ist die Unterstützung durch das"),
    ("gute Strukturen", "gut vernetzte Strukturen"),
    ("psychische Belastungen", "psychische Belastungen sind noch deutlic"),
}
ZU_UNRECHT: set[tuple[str, str]] = set()


def gefunden(*texte: str) -> list[tuple[str, str, bool]]:
    """Return which texts are found to say the same, each pair once, and whether in the same words."""
    alle = [Stelle("konferenz", nummer, str(nummer), text) for nummer, text in enumerate(texte, 1)]
    return [
        (texte[int(kennung) - 1], entsprechung.stelle.text, entsprechung.gleich)
        for kennung, liste in entsprechungen(alle).items()
        for entsprechung in liste
        if int(kennung) < entsprechung.stelle.gruppe
    ]


@pytest.mark.django_db
def test_die_zwanzig_gruppen_gleicher_aeusserungen_der_echten_konferenz(echte_konferenz) -> None:
    alle = stellen(echte_konferenz.slug, konferenzbild(echte_konferenz).gruppen)
    gleich_lautende: dict[str, list[Stelle]] = {}
    for stelle in alle:
        gleich_lautende.setdefault(stelle.text.casefold(), []).append(stelle)
    gruppen = [gruppe for gruppe in gleich_lautende.values() if len(gruppe) > 1]
    assert (len(gruppen), sum(map(len, gruppen))) == (20, 40)
    ergebnis = entsprechungen(alle)
    for gruppe in gruppen:
        for stelle in gruppe:
            genannt = [n.stelle for n in ergebnis[stelle.kennung] if n.gleich]
            assert genannt == [andere for andere in gruppe if andere != stelle]


@pytest.mark.django_db
def test_was_in_der_echten_konferenz_aehnlich_ist_sagt_zu_neun_zehnteln_dasselbe(echte_konferenz) -> None:
    alle = stellen(echte_konferenz.slug, konferenzbild(echte_konferenz).gruppen)
    anfang = {stelle.kennung: stelle.text[:40].strip() for stelle in alle}
    paare = {
        frozenset((anfang[kennung], anfang[entsprechung.stelle.kennung]))
        for kennung, liste in entsprechungen(alle).items()
        for entsprechung in liste
        if not entsprechung.gleich
    }
    assert paare == set(map(frozenset, ZU_RECHT | ZU_UNRECHT)), "noch nicht beurteilt"
    assert len(ZU_RECHT) / len(paare) >= 0.9


@pytest.mark.parametrize(
    ("eine", "andere"),
    [
        ("Online-Nachhilfe", "Online Nachhilfe"),
        ("Gemischte Projekte mit Frauen", "gemischte Projekte mit Frauen."),
        ("Bürgerbüro schließt früh", "BÜRGERBÜRO schliesst früh"),
    ],
)
def test_gleich_ist_was_gefaltet_dieselben_worte_hat(eine, andere) -> None:
    assert gefunden(eine, andere) == [(eine, andere, True)]


@pytest.mark.parametrize(
    ("eine", "andere"),
    [
        ("Kita", "Kitas"),
        ("Schule", "Schulen"),
        ("Kontakt zu Behörden", "Kontakte zu den Behörden"),
        ("digitale Endgeräte fehlen", "es fehlen digitale Endgeräte"),
        ("Sprachkurse mit Kinderbetreuung fehlen", "es fehlen Sprachkurse mit Kinderbetreung"),
        (
            "Behörden schwer erreichbar",
            "Behörden sind schwer erreichbar, vor allem das Jobcenter in der Kreisstadt",
        ),
    ],
)
def test_aehnlich_ist_was_mit_fast_denselben_worten_dasselbe_sagt(eine, andere) -> None:
    assert gefunden(eine, andere) == [(eine, andere, False)]


@pytest.mark.parametrize(
    ("eine", "andere"),
    [
        ("Kasse", "Klasse"),
        ("Land", "Hand"),
        ("Sprache", "Spracherwerb"),
        ("Kita", "Kita-Plätze fehlen im ganzen Landkreis"),
        ("Jobcenter ist gut erreichbar", "Jobcenter ist nicht gut erreichbar"),
        ("Zugang zu Laptops", "kein Zugang zu Laptops"),
        ("gute Zusammenarbeit mit dem Jobcenter", "gute Zusammenarbeit mit den Schulen"),
        ("Öffnungszeiten der Ausländerbehörde", "Öffnungszeiten des Jobcenters"),
        ("–", "–"),
    ],
)
def test_nicht_aehnlich_ist_was_nur_aehnlich_aussieht(eine, andere) -> None:
    assert gefunden(eine, andere) == []


def test_gleiche_stehen_vor_aehnlichen_und_sonst_in_ihrer_reihenfolge() -> None:
    alle = [
        Stelle("konferenz", nummer, f"k{nummer}", text)
        for nummer, text in enumerate(["Kitas öffnen", "Kita öffnen", "kitas öffnen", "KITA ÖFFNEN"], 1)
    ]
    assert [n.stelle.gruppe for n in entsprechungen(alle)["k4"]] == [2, 1, 3]
    assert [n.gleich for n in entsprechungen(alle)["k4"]] == [True, False, False]


# On the page of a group


def gesagt(konferenz: Konferenz, nummer: int, text: str) -> Aeusserung:
    """Return a statement of a new group of this number."""
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=nummer)
    return AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text=text)


@pytest.fixture
def konferenz(db) -> Konferenz:
    """Return a released conference whose AG 1 and AG 2 say the same, and AG 3 similarly."""
    konferenz = KonferenzFactory(veroeffentlicht=True)
    gesagt(konferenz, 1, "Sprachkurse mit Kinderbetreuung")
    gesagt(konferenz, 2, "sprachkurse mit Kinderbetreuung")
    gesagt(konferenz, 3, "mehr Sprachkurse mit Kinderbetreuungen")
    return konferenz


def test_seite_nennt_unter_der_aeusserung_wer_dasselbe_sagt(konferenz, client) -> None:
    seite = client.get(f"/{konferenz.slug}/ag/1/")
    zweite, dritte = Aeusserung.objects.filter(abschnitt__arbeitsgruppe__nummer__gt=1).order_by("pk")
    stelle = f'<a href="/{konferenz.slug}/ag/2/#a-{zweite.kennung}">AG 2</a>'
    assertContains(seite, f"<li>ebenfalls genannt in {stelle}</li>", html=True)
    assertContains(seite, "AG 3: „mehr Sprachkurse mit Kinderbetreuungen“")
    assertContains(seite, f"#a-{dritte.kennung}")


@pytest.mark.parametrize("wer", ["client", "organisation"])
def test_oeffentliche_seite_verraet_nichts_aus_einer_nicht_freigegebenen_gruppe(konferenz, wer, request):
    Arbeitsgruppe.objects.filter(nummer=2).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    seite = request.getfixturevalue(wer).get(f"/{konferenz.slug}/ag/1/")
    assertNotContains(seite, "ebenfalls genannt")
    assertContains(seite, "AG 3: „mehr Sprachkurse mit Kinderbetreuungen“")


def test_vorschau_eines_entwurfs_nennt_auch_was_nicht_freigegeben_ist(konferenz, organisation) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    seite = organisation.get(f"/{konferenz.slug}/ag/1/")
    assertContains(seite, "ebenfalls genannt in")
    assert seite["Cache-Control"] == "private, no-store"


def test_link_zu_einer_gruppe_zeigt_nichts_aus_den_anderen_des_entwurfs(konferenz, client) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    gruppe = konferenz.arbeitsgruppen.get(nummer=1)
    client.get(reverse("entwurf", args=[Entwurfslink.fuer(konferenz, 1, gruppe).marke]))
    assertNotContains(client.get(gruppe.get_absolute_url()), "genannt in")


def test_andere_konferenzen_bleiben_aussen_vor(konferenz, client) -> None:
    gesagt(KonferenzFactory(veroeffentlicht=True), 7, "Sprachkurse mit Kinderbetreuung")
    assertNotContains(client.get(f"/{konferenz.slug}/ag/1/"), "AG 7")


def test_alle_seiten_einer_konferenz_suchen_nur_einmal(konferenz, client) -> None:
    _paare.cache_clear()
    for seite in ("ag/1/", "ag/3/", "vergleich/", "ag/2/", "vergleich/?ag=1"):
        client.get(f"/{konferenz.slug}/{seite}")
    assert _paare.cache_info().misses == 1


def test_abfragen_der_seite_haengen_nicht_von_den_entsprechungen_ab(
    konferenz, client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(12) as wenige:
        client.get(f"/{konferenz.slug}/ag/1/")
    for nummer in range(4, 20):
        gesagt(konferenz, nummer, "Sprachkurse mit Kinderbetreuung")
    with django_assert_num_queries(len(wenige)):
        client.get(f"/{konferenz.slug}/ag/1/")
    assertContains(client.get(f"/{konferenz.slug}/ag/1/"), "und 13 weitere Male")
