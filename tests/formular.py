"""Read a page's form as a browser does, so that a test sends back what a user was shown."""

from html.parser import HTMLParser
from typing import Any


def formulardaten(antwort: Any, formular: str | None = None) -> dict[str, str | list[str]]:
    """Return the fields of the form with this id (by default the first that posts and has fields)."""
    leser = _Leser(formular)
    leser.feed(antwort.content.decode())
    return leser.daten


class _Leser(HTMLParser):
    def __init__(self, formular: str | None) -> None:
        super().__init__()
        self.daten: dict[str, str | list[str]] = {}
        self._formular = formular
        self._offen = False
        self._fertig = False
        self._text: tuple[str, list[str]] | None = None
        self._auswahl: tuple[str, bool] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "form" and not self._fertig:
            self._offen = (
                a.get("id") == self._formular
                if self._formular
                else (a.get("method") or "").lower() == "post" and a.get("id") != "logout-form"
            )
        if not self._offen or "disabled" in a:
            return
        name = a.get("name") or ""
        if tag == "input" and name:
            art = a.get("type", "text")
            if art in ("checkbox", "radio"):
                if "checked" in a:
                    self._dazu(name, a.get("value") or "on")
            elif art not in ("submit", "file", "button"):
                self._dazu(name, a.get("value") or "")
        elif tag == "textarea" and name:
            self._text = (name, [])
        elif tag == "select" and name:
            self._auswahl = (name, "multiple" in a)
            self.daten[name] = [] if "multiple" in a else ""
        elif tag == "option" and self._auswahl and "selected" in a:
            gewaehlt, mehrere = self._auswahl
            if mehrere:
                self.daten[gewaehlt] = [*self.daten[gewaehlt], a.get("value") or ""]
            else:
                self.daten[gewaehlt] = a.get("value") or ""

    def _dazu(self, name: str, wert: str) -> None:
        # Fields that share a name send all their values.
        bisher = self.daten.get(name)
        if bisher is None:
            self.daten[name] = wert
        else:
            self.daten[name] = [*(bisher if isinstance(bisher, list) else [bisher]), wert]

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            name, teile = self._text
            # A browser drops one line feed behind the tag and sends the others as CR LF.
            wert = "".join(teile).removeprefix("\n")
            self.daten[name] = wert.replace("\r\n", "\n").replace("\n", "\r\n")
            self._text = None
        elif tag == "select":
            self._auswahl = None
        elif tag == "form" and self._offen:
            self._offen, self._fertig = False, True
