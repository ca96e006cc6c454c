"""Who publishes the data and under which licence, as whoever runs the site has set it; nothing is guessed."""

from dataclasses import dataclass
from typing import Self

from django.conf import settings

from konferenz.lizenzen import LIZENZEN, Lizenz


@dataclass(frozen=True, slots=True)
class Herausgabe:
    """What is set about the publication of the data; what is empty or None is not set.

    `bereitsteller`: the URI under which open-data portals know the office; `themen`: codes of the EU's
    data themes, e.g. SOCI.
    """

    herausgeber: str = ""
    kontakt: str = ""
    lizenz: Lizenz | None = None
    bereitsteller: str = ""
    themen: tuple[str, ...] = ()

    @classmethod
    def eingestellte(cls) -> Self:
        """Return what the settings say (docs/betrieb.md)."""
        return cls(
            herausgeber=settings.HERAUSGEBER,
            kontakt=settings.DATEN_KONTAKT,
            lizenz=LIZENZEN.get(settings.DATEN_LIZENZ),
            bereitsteller=settings.DATEN_BEREITSTELLER,
            themen=settings.DATEN_THEMEN,
        )
