"""Pages are compressed for those who ask for it; files and what others get stay as they are."""

import gzip

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
GZIP = {"Accept-Encoding": "gzip"}


def test_seite_kommt_komprimiert_und_ist_dieselbe(client: Client) -> None:
    antwort = client.get("/impressum/", headers=GZIP)
    assert antwort["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in antwort["Vary"]
    assert gzip.decompress(antwort.content) == client.get("/impressum/").content


@pytest.mark.parametrize("adresse", ["/robots.txt", "/dcat.jsonld"])
def test_dateien_bleiben_wie_sie_sind(client: Client, adresse: str) -> None:
    antwort = client.get(adresse, headers=GZIP)
    assert antwort.status_code == 200
    assert "Content-Encoding" not in antwort
