"""The preview of what is not public yet: what its page says of it, and how it is kept out of caches."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst

from konferenz.aufzaehlung import der_gruppen
from konferenz.berechtigungen import Leser, darf_stand_aendern, ist_organisation
from konferenz.models import Konferenz


@dataclass(frozen=True, slots=True)
class Vorschau:
    """What the public doesn't see yet of a page: the whole `konferenz`, the results of `gruppen` (numbers).

    `bis`: until when a link opens the page to its reader; None for one who has a role. `stand`: where the
    reader may release it, empty where somebody else does that. `nur_gruppe`: the reader sees no other page
    of the conference than those of a group.
    """

    konferenz: bool
    gruppen: Collection[int] = ()
    bis: datetime | None = None
    stand: str = ""
    nur_gruppe: bool = False

    @classmethod
    def fuer(
        cls, leser: Leser, konferenz: Konferenz, gruppen: Collection[int] = (), gruppe: Any = None
    ) -> Self:
        """Return what this reader sees and the public doesn't, on a page of a conference or of its `gruppe`.

        `gruppen` are the numbers of those groups whose results are shown though they are not released.
        """
        stand = ""
        if gruppe and gruppen and darf_stand_aendern(leser.konto, gruppe):
            stand = reverse("gruppenstand", args=[gruppe.pk])
        elif ist_organisation(leser.konto):
            stand = reverse("konferenzstand", args=[konferenz.pk])
        return cls(
            konferenz=not konferenz.ist_oeffentlich,
            gruppen=gruppen,
            bis=leser.bis(konferenz, gruppe),
            stand=stand,
            nur_gruppe=not (konferenz.ist_oeffentlich or leser.liest_alles(konferenz)),
        )

    def __bool__(self) -> bool:
        return self.konferenz or bool(self.gruppen)

    @property
    def text(self) -> str:
        """All that there is to say of it, in sentences."""
        ergebnisse = f"die Ergebnisse {der_gruppen(self.gruppen)}" if self.gruppen else ""
        if not self.konferenz:
            return f"{capfirst(ergebnisse)} sind noch nicht freigegeben. {self._wer}"
        text = f"Diese Konferenz ist noch nicht veröffentlicht. {self._wer}"
        if ergebnisse:
            text += (
                f" Auch mit der Veröffentlichung bleiben {ergebnisse} verborgen, bis sie freigegeben sind."
            )
        return text

    @property
    def _wer(self) -> str:
        if self.bis is None:
            return "Nur angemeldete Beschäftigte sehen sie."
        bis = date_format(timezone.localtime(self.bis), "j. F Y, H:i")
        return f"Ihr Link gilt bis {bis} Uhr."


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
