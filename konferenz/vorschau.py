"""The preview of what is not public yet: what its page says of it, and how it is kept out of caches."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from konferenz.aufzaehlung import der_gruppen
from konferenz.berechtigungen import Leser
from konferenz.models import Konferenz


@dataclass(frozen=True, slots=True)
class Vorschau:
    """What the public doesn't see yet of a page: the whole `konferenz`, the results of `gruppen` (numbers).

    `bis`: until when a link opens the page to its reader; None for one who has a role. `stand`: where the
    reader may release it, empty where somebody else does that.
    """

    konferenz: bool
    gruppen: Collection[int] = ()
    bis: datetime | None = None
    stand: str = ""

    @classmethod
    def fuer(cls, leser: Leser, konferenz: Konferenz, gruppen: Collection[int] = ()) -> Self:
        """Return what this reader sees on a page of the conference and the public doesn't."""
        return cls(not konferenz.ist_oeffentlich, gruppen)

    def __bool__(self) -> bool:
        return self.konferenz or bool(self.gruppen)

    @property
    def text(self) -> str:
        """All that there is to say of it, in sentences."""
        saetze = []
        ergebnisse = f"die Ergebnisse {der_gruppen(self.gruppen)}" if self.gruppen else ""
        if self.konferenz:
            saetze.append("Diese Konferenz ist noch nicht veröffentlicht.")
            if ergebnisse:
                saetze.append(f"Auch danach bleiben {ergebnisse} verborgen, bis sie freigegeben sind.")
        else:
            saetze.append(f"{capfirst(ergebnisse)} sind noch nicht freigegeben.")
        if self.bis:
            bis = date_format(timezone.localtime(self.bis), "j. F Y, H:i")
            saetze.append(f"Der Link, mit dem Sie dies sehen, gilt bis {bis} Uhr.")
        else:
            saetze.append("Dies ist nur für angemeldete Beschäftigte sichtbar.")
        return " ".join(saetze)


def seite(
    request: HttpRequest, vorlage: str, kontext: dict[str, Any], vorschau: Vorschau, status: int = 200
) -> HttpResponse:
    """Return a public page, or its preview: with the notice that says so, and kept out of caches."""
    antwort = render(request, vorlage, {**kontext, "vorschau": vorschau}, status=status)
    if vorschau:
        geheimhalten(antwort)
    return antwort


def geheimhalten(antwort: HttpResponseBase) -> None:
    """Let neither caches nor search engines keep what is not public."""
    antwort["Cache-Control"] = "private, no-store"
    antwort["X-Robots-Tag"] = "noindex"
