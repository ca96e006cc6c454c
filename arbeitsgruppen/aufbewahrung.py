"""What was deleted is gone for good after 90 days, with all traces of it; of statements the Kennung stays.

The histories keep what somebody deleted as long as it can be restored. Data protection wants an end of that:
then the lines go, and with them what else holds the same texts: files, what the last import wrote, comments
on the statement, drafts nobody saved, the log of the administration, old editions of the Heft.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from simple_history.models import HistoricalRecords

from arbeitsgruppen import suchwoerter
from arbeitsgruppen.abdruck import ohne
from arbeitsgruppen.ausgabe import noch_zu_haben, wegwerfen
from arbeitsgruppen.erloschen import je_oeffentlich
from arbeitsgruppen.models import (
    Aeusserung,
    Bearbeitung,
    ErloscheneKennung,
    Heftausgabe,
    Kommentar,
    Quelldatei,
)
from arbeitsgruppen.papierkorb import AUFBEWAHRUNG, MITGEHENDES, MODELLE, geloescht, schluesselfeld
from konferenz.anmeldeprotokoll import alte_loeschen as alte_anmeldungen_loeschen
from konferenz.models import Folie, Importstand, Rueckmeldung
from konferenz.rueckmeldung import alte_loeschen
from konferenz.verlauf import letzte_zeilen

# Files of rows, each with its folder in the store.
DATEIEN: tuple[tuple[Any, str, str], ...] = ((Folie, "bild", "folien"), (Quelldatei, "datei", "quelldateien"))
# A file that is being saved has no row yet.
UNTERWEGS = timedelta(hours=1)


def leeren(frist: timedelta = AUFBEWAHRUNG) -> Counter[str]:
    """Erase all traces of what was deleted longer ago; return how many rows went, by the name of their kind.

    All or nothing; files go last, those left over from another time as well. What readers wrote about
    barriers, and notes of sign-ins, have terms of their own.
    """
    grenze = timezone.now() - frist
    umfang = Counter[str]()
    with transaction.atomic():
        zeilen = {
            modell: list(geloescht(modell).filter(history_date__lt=grenze))
            for modell in (*MODELLE, *MITGEHENDES)
        }
        _kennungen_merken(zeilen[Aeusserung])
        _importstaende_bereinigen(zeilen)
        zeilen[Kommentar] += _kommentare_loeschen(zeilen[Aeusserung])
        for modell, liste in zeilen.items():
            _verlauf_loeschen(modell, liste)
            umfang[str(modell._meta.verbose_name_plural)] += len(liste)
        _entwuerfe_loeschen(grenze)
        LogEntry.objects.filter(action_time__lt=grenze).delete()
        if any(zeilen.values()):
            suchwoerter.neu_aufbauen()
        umfang[str(Rueckmeldung._meta.verbose_name_plural)] = alte_loeschen()
        umfang["Anmeldungen und Versuche"] = alte_anmeldungen_loeschen()
    _hefte_wegwerfen(grenze)
    umfang["Dateien"] = _dateien_loeschen()
    return +umfang


def _kennungen_merken(zeilen: Iterable[Any]) -> None:
    """Keep of statements that they were there: their address says so, and no other gets their Kennung."""
    sichtbare = je_oeffentlich([zeile.kennung for zeile in zeilen])
    ErloscheneKennung.objects.bulk_create(
        (
            ErloscheneKennung(
                kennung=zeile.kennung,
                geloescht=timezone.localdate(zeile.history_date),
                oeffentlich=zeile.kennung in sichtbare,
            )
            for zeile in zeilen
        ),
        ignore_conflicts=True,
    )


def _importstaende_bereinigen(zeilen: dict[Any, list[Any]]) -> None:
    """Erase what imports wrote into these rows; the next import still knows that they were deleted."""
    namen = {f"{modell._meta.model_name}:{zeile.id}" for modell, liste in zeilen.items() for zeile in liste}
    for importstand in Importstand.objects.all():
        if namen & importstand.stand.keys():
            Importstand.objects.filter(pk=importstand.pk).update(stand=ohne(importstand.stand, namen))


def _kommentare_loeschen(zeilen: Iterable[Any]) -> list[Any]:
    """Delete the comments on these statements, which have lost their statement; return their last lines."""
    weg = {zeile.id for zeile in zeilen}
    lose = Kommentar.objects.filter(aeusserung=None)
    letzte = letzte_zeilen(Kommentar.history.filter(id__in=lose.values("pk")))
    betroffen = [zeile for zeile in letzte if zeile.aeusserung_id in weg]
    lose.filter(pk__in=[zeile.id for zeile in betroffen]).delete()
    return betroffen


def _verlauf_loeschen(modell: Any, zeilen: Iterable[Any]) -> None:
    feld = schluesselfeld(modell)
    verlauf = modell.history.filter(**{f"{feld}__in": [getattr(zeile, feld) for zeile in zeilen]})
    for mehrfach in modell.history.model._history_m2m_fields:
        HistoricalRecords.m2m_models[mehrfach].objects.filter(history__in=verlauf.values("pk")).delete()
    verlauf.delete()


def _entwuerfe_loeschen(grenze: datetime) -> None:
    """Delete drafts that nobody touched for so long, and old ones that hold a statement which is gone."""
    Bearbeitung.objects.filter(zuletzt__lt=grenze).delete()
    alte = Bearbeitung.objects.filter(begonnen__lt=grenze, entwurf__isnull=False)
    if alte:
        erloschene = set(ErloscheneKennung.objects.values_list("kennung", flat=True))
        for entwurf in alte:
            if erloschene.intersection(re.findall(r"\w+", str((entwurf.entwurf or {}).get("basis", "")))):
                entwurf.delete()


def _hefte_wegwerfen(grenze: datetime) -> None:
    """Throw away editions of the Heft that are as old and no longer say what the conference holds."""
    for ausgabe in Heftausgabe.objects.fertige().filter(fertig__lt=grenze).select_related("konferenz"):
        if not noch_zu_haben(ausgabe):
            wegwerfen(ausgabe)


def _dateien_loeschen() -> int:
    """Delete files that neither a row nor a line of a history knows; return how many."""
    alt = timezone.now() - UNTERWEGS
    anzahl = 0
    for modell, feld, ordner in DATEIEN:
        try:
            _, namen = default_storage.listdir(ordner)
        except FileNotFoundError:
            continue
        bekannte = {
            *modell._base_manager.values_list(feld, flat=True),
            *modell.history.values_list(feld, flat=True),
        }
        for name in (f"{ordner}/{name}" for name in namen):
            if name not in bekannte and default_storage.get_modified_time(name) < alt:
                default_storage.delete(name)
                anzahl += 1
    return anzahl
