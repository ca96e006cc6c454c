"""What takes long to make and is no Heft: archives, large exports, what large uploaded files hold.

The background service makes it, once for all who ask for the same. It is kept for a day.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tasks import task

from arbeitsgruppen import archivpaket, lesung, suchexport
from arbeitsgruppen.archiv import Archivfehler
from arbeitsgruppen.bestellung import (
    GROSS,
    VERLANGT,
    Melder,
    abliefern,
    aufgeben,
    gemaechlich,
    verwaist,
    verwaiste_dateien_loeschen,
    vorhandene,
)
from arbeitsgruppen.dateileser.bloecke import Dateifehler
from arbeitsgruppen.models import Erzeugnis
from arbeitsgruppen.satz import SatzFehler
from arbeitsgruppen.suchexport import Exportfehler
from konferenz.speicher import Speicherausfall, voll_ist_ausfall

BLEIBT = timedelta(days=1)
ORDNER = "erzeugnisse"

# Write to the file what is wanted, and report how far that is.
HERSTELLER: dict[str, Callable[[Erzeugnis, IO[bytes], Melder], None]] = {
    Erzeugnis.Art.ARCHIV: archivpaket.packen,
    Erzeugnis.Art.SUCHDATEN: suchexport.schreiben,
    Erzeugnis.Art.LESUNG: lesung.lesen,
}


class Verworfen(Exception):
    """What is being made was thrown away meanwhile; nobody wants it any more."""


def bestelltes(art: str, summe: str) -> Erzeugnis | None:
    """Return what was ordered under this key, None where it is to be ordered (anew)."""
    erzeugnis = vorhandene(Erzeugnis, summe)
    return erzeugnis if erzeugnis and erzeugnis.art == art else None


def verlangen(
    art: str,
    summe: str,
    angaben: dict[str, Any],
    eingang: "File[bytes] | None" = None,
    *,
    noch_einmal: bool = False,
) -> Erzeugnis:
    """Return what stands under this key; where there is nothing, order it once. Raises WarteschlangeVoll.

    `noch_einmal`: who asks has perhaps mended what made it fail a moment ago.
    """
    erzeugnis = bestelltes(art, summe)
    if erzeugnis and erzeugnis.fehler and noch_einmal:
        wegwerfen(erzeugnis)
    elif erzeugnis:
        return erzeugnis
    felder: dict[str, Any] = {"art": art, "angaben": angaben}
    if eingang:
        felder["eingang"] = eingang
    vorrang = GROSS if art == Erzeugnis.Art.SUCHDATEN else VERLANGT
    return aufgeben(Erzeugnis, summe, felder, herstellen, vorrang=vorrang, mit={"art": art})


@task()
def herstellen(nummer: int) -> None:
    """Make what was ordered under this primary key; what can't be made says why, in German."""
    erzeugnis = Erzeugnis.objects.filter(pk=nummer, fertig=None).first()
    if erzeugnis is None:  # finished by another process, or thrown away
        return
    eintrag = Erzeugnis.objects.filter(pk=nummer)

    def melden(getan: int, umfang: int, schritt: str) -> None:
        if not eintrag.update(getan=getan, umfang=umfang, schritt=schritt[:200]):
            raise Verworfen

    with voll_ist_ausfall(), TemporaryFile() as ziel:
        try:
            HERSTELLER[erzeugnis.art](erzeugnis, ziel, gemaechlich(melden))
        except Verworfen:
            return
        except (Archivfehler, Dateifehler, Exportfehler, SatzFehler) as fehler:
            eintrag.update(fehler=str(fehler))
        else:
            ziel.seek(0)
            abliefern(erzeugnis, f"{ORDNER}/{erzeugnis.schluessel}", File(ziel))
    if erzeugnis.eingang:  # it has served its purpose
        eintrag.update(eingang="")
        default_storage.delete(str(erzeugnis.eingang))


def wegwerfen(erzeugnis: Erzeugnis) -> None:
    """Delete it with its files."""
    namen = [str(datei) for datei in (erzeugnis.eingang, erzeugnis.datei) if datei]
    erzeugnis.delete()
    for name in namen:
        with suppress(Speicherausfall):  # `aufraeumen` deletes it later
            default_storage.delete(name)


def aufraeumen() -> None:
    """Throw away what has been there for a day, and files that nothing knows (any more)."""
    for erzeugnis in Erzeugnis.objects.filter(verlangt__lt=timezone.now() - BLEIBT):
        if erzeugnis.fertig or erzeugnis.fehler or verwaist(erzeugnis):
            wegwerfen(erzeugnis)
    bekannte = {name for namen in Erzeugnis.objects.values_list("datei", "eingang") for name in namen if name}
    verwaiste_dateien_loeschen(ORDNER, bekannte)


def alle_wegwerfen() -> None:
    """Throw everything away that is kept: what was erased must not live on in it."""
    for erzeugnis in Erzeugnis.objects.all():
        wegwerfen(erzeugnis)
