"""The files from which statements were taken over: kept with their group for reference, never public."""

import re
from datetime import timedelta
from hashlib import sha256

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from arbeitsgruppen.models import Arbeitsgruppe, Quelldatei
from konferenz.verlauf import vorgang

ORDNER = "quelldateien"


def ablegen(gruppe: Arbeitsgruppe, konto: User, name: str, inhalt: bytes) -> Quelldatei:
    """Keep a file with the group; the same content is kept once, under the name it came with first."""
    pruefsumme = sha256(inhalt).hexdigest()
    with vorgang("Übernahme"), transaction.atomic():
        quelldatei, _ = Quelldatei.objects.get_or_create(
            arbeitsgruppe=gruppe,
            pruefsumme=pruefsumme,
            defaults={
                "name": name[-300:],
                "groesse": len(inhalt),
                "hochgeladen_von": konto,
                "datei": ContentFile(inhalt, "datei"),
            },
        )
    return quelldatei


def loeschen(quelldatei: Quelldatei) -> None:
    """Delete a file for good, with its row."""
    name = str(quelldatei.datei.name)
    with vorgang("Übernahme"), transaction.atomic():
        quelldatei.delete()
        transaction.on_commit(lambda: default_storage.delete(name))


def aufraeumen() -> int:
    """Delete files of the store that no row and no history knows (any more); return how many.

    They are left where a group was deleted: they can come back with it as long as its history is kept.
    """
    try:
        _, namen = default_storage.listdir(ORDNER)
    except FileNotFoundError:
        return 0
    bekannt = {
        *Quelldatei.objects.values_list("datei", flat=True),
        *Quelldatei.history.values_list("datei", flat=True),
    }
    alt = timezone.now() - timedelta(hours=1)  # one that is being saved has no row yet
    verwaist = [
        f"{ORDNER}/{name}"
        for name in namen
        if f"{ORDNER}/{name}" not in bekannt
        and re.fullmatch(r"[0-9a-f]{32}", name)
        and default_storage.get_modified_time(f"{ORDNER}/{name}") < alt
    ]
    for name in verwaist:
        default_storage.delete(name)
    return len(verwaist)
