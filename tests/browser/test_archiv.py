"""The static archive as somebody opens it from a stick: accessible, searchable, without a server."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from arbeitsgruppen.archiv import schreiben
from tests.browser.test_seiten import verstoesse

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

SEITEN = (
    "index.html",
    "ag-1.html",
    "ag-5.html",
    "vergleich-ag-3-6.html",
    "themen.html",
    "thema-ehrenamt.html",
    "suche.html?q=Sprachkurs",
)


# Not check(): it wants all faces of the family, of which a page loads the one that has its characters.
SCHRIFT_GELADEN = "document.fonts.ready.then(alle => [...alle].some(eine => eine.status === 'loaded'))"


GESCHRIEBEN: dict[str, bytes] = {}


@pytest.fixture
def archiv(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Lay down the archive of the real conference, with empty files in the place of the Hefte.

    It is written once in a run, and copied for every test.
    """
    if not GESCHRIEBEN:
        dateien: dict[str, bytes] = {}
        schreiben(
            request.getfixturevalue("echte_themen"), lambda auswahl, zustand: b"%PDF", dateien.__setitem__
        )
        GESCHRIEBEN.update(dateien)
    ordner = tmp_path / "archiv"
    for name, inhalt in GESCHRIEBEN.items():
        (ordner / name).parent.mkdir(parents=True, exist_ok=True)
        (ordner / name).write_bytes(inhalt)
    return ordner


@pytest.fixture
def seite(browser, archiv: Path, request) -> Iterator:
    """Return a page that notes what it complains about and what it asks for outside of the folder."""
    schema, breite = getattr(request, "param", ("light", 1280))
    kontext = browser.new_context(color_scheme=schema, viewport={"width": breite, "height": 800})
    seite = kontext.new_page()
    seite.fremd, seite.klagen = [], []
    seite.on(
        "request",
        lambda anfrage: (
            None if anfrage.url.startswith((archiv.as_uri(), "data:")) else seite.fremd.append(anfrage.url)
        ),
    )
    seite.on("requestfailed", lambda anfrage: seite.klagen.append(f"{anfrage.url}: {anfrage.failure}"))
    seite.on(
        "console",
        lambda meldung: seite.klagen.append(meldung.text) if meldung.type in ("error", "warning") else None,
    )
    yield seite
    kontext.close()


@pytest.mark.parametrize("seite", [("light", 320), ("dark", 1280)], indirect=True)
def test_keine_seite_verstoesst_gegen_wcag_oder_fragt_fremde(seite, archiv: Path) -> None:
    gefunden = {}
    vortraege = [datei.name for datei in archiv.glob("vortrag-*.html")]
    for name in (*SEITEN, *vortraege):
        seite.goto(f"{archiv.as_uri()}/{name}")
        klagen = list(seite.klagen)
        gefunden[name] = klagen + verstoesse(seite)
        if seite.evaluate("document.documentElement.scrollWidth > innerWidth"):
            gefunden[name].append("läuft über den Rand")
        if not seite.evaluate(SCHRIFT_GELADEN):
            gefunden[name].append("Schrift fehlt")
        # axe asks for the styles by itself, which browsers refuse from a folder, now or later
        seite.goto("about:blank")
        seite.klagen.clear()
    assert {name: liste for name, liste in gefunden.items() if liste} == {}
    assert seite.fremd == []


def test_suche_findet_von_einem_ordner_aus(seite, archiv: Path) -> None:
    seite.goto(f"{archiv.as_uri()}/index.html")
    seite.get_by_role("link", name="Suche im Archiv").click()
    expect(seite.get_by_text("Die Suche braucht JavaScript")).to_have_count(0)
    seite.get_by_label("Wörter, die vorkommen sollen").fill("kommtnichtvor")
    seite.keyboard.press("Enter")
    stand = seite.get_by_role("status")
    expect(stand).to_contain_text("0 Fundstellen. Versuchen Sie weniger Wörter")

    seite.get_by_label("Wörter, die vorkommen sollen").fill("-Corona")
    seite.keyboard.press("Enter")
    expect(stand).to_have_text("Schreiben Sie mindestens ein Wort, das vorkommen soll.")

    seite.get_by_label("Wörter, die vorkommen sollen").fill("ONLINE nachhilfe")
    seite.keyboard.press("Enter")
    treffer = seite.locator("#treffer li")
    expect(treffer.nth(1)).to_be_visible()
    assert treffer.first.locator("mark").count() >= 2
    treffer.first.get_by_role("link").click()
    expect(seite.locator(":target")).to_contain_text("nachhilfe", ignore_case=True)


@pytest.mark.parametrize(
    ("anfrage", "text"),
    [
        ("gefluechtete", "Geflüchtete"),
        ("Geflüchteten", "Geflüchtete"),
        ("Sprachkurse", "Sprachkurs"),
        ("sprachkurs", "Sprachkurs"),
        ("Onlinekonferenz", None),
    ],
)
def test_suche_kennt_umlaute_und_endungen(seite, archiv: Path, anfrage: str, text: str | None) -> None:
    seite.goto(f"{archiv.as_uri()}/suche.html?q={anfrage}")
    treffer = seite.locator("#treffer li")
    if text is None:
        assert treffer.count() == 0
    else:
        assert treffer.count() > 3
        assert text in treffer.locator("mark").first.inner_text()


def test_suche_zeigt_text_und_fuehrt_ihn_nicht_aus(seite, archiv: Path) -> None:
    verzeichnis = archiv / "suchverzeichnis.js"
    verzeichnis.write_text(
        'const VERZEICHNIS = [["index.html", "AG 1", "<img src=x onerror=alert(1)> boese"]];'
    )
    seite.goto(f"{archiv.as_uri()}/suche.html?q=boese")

    expect(seite.locator("#treffer p")).to_have_text("<img src=x onerror=alert(1)> boese")
    assert seite.locator("#treffer img").count() == 0


def test_ohne_skript_steht_alles_da_und_die_suche_sagt_was_ihr_fehlt(browser, archiv: Path) -> None:
    kontext = browser.new_context(java_script_enabled=False)
    seite = kontext.new_page()
    seite.goto(f"{archiv.as_uri()}/ag-1.html")
    assert seite.get_by_text("Kommunikation unter Kollegen").is_visible()
    seite.goto(f"{archiv.as_uri()}/suche.html")
    assert seite.get_by_text("Die Suche braucht JavaScript").is_visible()
    kontext.close()


def test_suche_versteht_wortfolgen_und_ausschluss(seite, archiv: Path) -> None:
    def texte(anfrage: str) -> list[str]:
        seite.goto(f"{archiv.as_uri()}/suche.html?q={quote(anfrage)}")
        return [text.lower() for text in seite.locator("#treffer li").all_inner_texts()]

    alle, ohne = texte("Sprachkurs"), texte("Sprachkurs -Online")
    assert ohne
    assert len(ohne) < len(alle)
    assert not any("online" in text for text in ohne)
    assert texte("„vor Ort“")
    assert all("vor ort" in text for text in texte("„vor Ort“"))
