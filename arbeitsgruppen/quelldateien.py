"""The files from which statements were taken over: kept with their group for reference, never public.

A file itself stays in the store as long as its row can come back from the bin (aufbewahrung.py).
"""

from hashlib import sha256

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction

from arbeitsgruppen.models import Arbeitsgruppe, Quelldatei
from konferenz.verlauf import vorgang

WEG = "Übernahme"


def ablegen(gruppe: Arbeitsgruppe, konto: User, name: str, inhalt: bytes) -> Quelldatei:
    """Keep a file with the group; the same content is kept once, under the name it came with first."""
    with vorgang(WEG), transaction.atomic():
        quelldatei, _ = Quelldatei.objects.get_or_create(
            arbeitsgruppe=gruppe,
            pruefsumme=sha256(inhalt).hexdigest(),
            defaults={
                "name": name[-300:],
                "groesse": len(inhalt),
                "hochgeladen_von": konto,
                "datei": ContentFile(inhalt, "datei"),
            },
        )
    return quelldatei


def loeschen(quelldatei: Quelldatei) -> None:
    """Put a file into the bin."""
    with vorgang(WEG), transaction.atomic():
        quelldatei.delete()
