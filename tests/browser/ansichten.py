"""Looking at pages in a real browser, in every size and scheme: WCAG, and nothing over the edge."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

LANG = bool(os.environ.get("DAUER"))
GROESSEN = {"breit": (1280, 900), "schmal": (360, 740)}
ANSICHTEN = [(groesse, schema) for groesse in GROESSEN for schema in ("light", "dark")]

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
# WCAG 2.2 at levels A and AA; axe names the rules of each version apart.
REGELN = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# What passes is not collected: of a long page that would be megabytes, which take longer than the rules.
PRUEFEN = """regeln => axe.run({runOnly: regeln, resultTypes: ['violations']}).then(ergebnis =>
    ergebnis.violations.flatMap(v => v.nodes.map(k => `${v.id}: ${k.html.slice(0, 120)}`)))"""


def verstoesse(seite: Any) -> list[str]:
    """Return what axe finds wrong with the page as it stands."""
    seite.evaluate(AXE)  # evaluated by the debugger, which no CSP stops
    gefunden: list[str] = seite.evaluate(PRUEFEN, REGELN)
    return gefunden


class Durchsicht:
    """Looks at one page after another, each in the next of some ways: a size and a scheme.

    In which way a page is looked at follows from its place in the test, so a failure can be repeated.
    """

    def __init__(self, ansichten: Sequence[tuple[str, str]]) -> None:
        self._ansichten = ansichten
        self.gefunden: dict[str, list[str]] = {}

    @property
    def _ansicht(self) -> tuple[tuple[int, int], str]:
        groesse, schema = self._ansichten[len(self.gefunden) % len(self._ansichten)]
        return GROESSEN[groesse], schema

    @property
    def optionen(self) -> dict[str, Any]:
        """The options of a browser for the next page."""
        (breite, hoehe), schema = self._ansicht
        return {"viewport": {"width": breite, "height": hoehe}, "color_scheme": schema}

    def ansehen(
        self, seite: Any, name: str, klagen: Iterable[str] = (), je_groesse: str = "() => []"
    ) -> None:
        """Note what is wrong with the page as it stands, and let the next one come in its own way.

        `klagen` is what is known already; `je_groesse` is a function in JavaScript that returns what is wrong
        in a size. The page is looked at in all sizes, but goes through axe in its own way only.
        """
        seite.wait_for_load_state()
        gefunden = [*klagen, *verstoesse(seite)]
        for groesse, (breite, hoehe) in GROESSEN.items():
            seite.set_viewport_size({"width": breite, "height": hoehe})
            gefunden += seite.evaluate(je_groesse)
            if seite.evaluate("document.documentElement.scrollWidth > innerWidth"):
                gefunden.append(f"{groesse}: läuft über den Rand")
        assert name not in self.gefunden
        self.gefunden[name] = [f"{self._ansicht}: {mangel}" for mangel in gefunden]
        (breite, hoehe), schema = self._ansicht
        seite.set_viewport_size({"width": breite, "height": hoehe})
        seite.emulate_media(color_scheme=schema)

    @property
    def maengel(self) -> dict[str, list[str]]:
        """What is wrong with which page."""
        return {name: liste for name, liste in self.gefunden.items() if liste}
