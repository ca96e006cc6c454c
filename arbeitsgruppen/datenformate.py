"""The formats in which there is the data of a conference, and the endings of addresses that name them."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from arbeitsgruppen.bild import Konferenzbild
from arbeitsgruppen.daten import als_csv, als_json
from arbeitsgruppen.tabellen import als_xlsx


class Datenformat(NamedTuple):
    """A format in which there is the data of a conference: media type, and what makes it."""

    typ: str
    machen: Callable[[Konferenzbild, str, date | None], bytes]


FORMATE = {
    "json": Datenformat("application/json", lambda bild, adresse, stand: als_json(bild, adresse)),
    "csv": Datenformat("text/csv; charset=utf-8", lambda bild, adresse, stand: als_csv(bild, adresse)),
    "xlsx": Datenformat("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", als_xlsx),
}


class Endung:
    """The ending of an address of data, for Django's URL configuration."""

    regex = "|".join(FORMATE)

    def to_python(self, value: str) -> str:
        """Return what the view gets."""
        return value

    def to_url(self, value: str) -> str:
        """Return what stands in the address."""
        return value
