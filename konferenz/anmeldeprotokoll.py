"""Who signed in and out, who tried to, and what was done to accounts: for whoever looks into a suspicion.

Sign-ins are noted by django-axes, changes of accounts by the administration (konten.py). Here is what keeps
those notes short, joins them, and deletes them in time. Data protection asks for no more than it takes
(Art. 5 (1) c and e GDPR): no browser, and nothing of a name that belongs to no account, for people type
passwords into the wrong field.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models.functions import Coalesce
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.urls import Resolver404, resolve
from django.utils import timezone

AUFBEWAHRUNG = timedelta(days=30)
UNBEKANNT = "(unbekannter Name)"
# By which way, as it is noted in the place of the path: with a code, on the page about the own second factor,
# while setting one up, by another service.
CODE, EIGENE_SEITE, EINRICHTUNG, ANMELDEDIENST = "code", "eigene-seite", "einrichtung", "anmeldedienst"
WEGE = {
    "zweiter_faktor_code": CODE,
    "zweiter_faktor": EIGENE_SEITE,
    "zweiter_faktor_einrichten": EINRICHTUNG,
    "anmeldedienst_zurueck": ANMELDEDIENST,
}
# Kinds of entries.
ANMELDUNG, VERSUCH, KONTO = "anmeldung", "versuch", "konto"
ARTEN = {ANMELDUNG: "An- und Abmeldungen", VERSUCH: "Fehlversuche und Sperren", KONTO: "Änderungen an Konten"}


@receiver(pre_save, sender=AccessLog)
@receiver(pre_save, sender=AccessFailureLog)
def _kuerzen(instance: Any, **_: Any) -> None:
    """Note of a sign-in or attempt when, how and from where, and of whom if there is such an account."""
    instance.user_agent = instance.http_accept = ""
    if instance.path_info not in WEGE.values():
        instance.path_info = _weg(instance.path_info)
    if (
        isinstance(instance, AccessFailureLog)
        and not User.objects.filter(username=instance.username).exists()
    ):
        instance.username = UNBEKANNT


def _weg(pfad: str) -> str:
    """Return the way that a path belongs to, "" for the sign-in page; nothing else of it is kept."""
    try:
        return WEGE.get(resolve(pfad).url_name or "", "")
    except Resolver404:
        return ""


@dataclass(frozen=True, slots=True)
class Eintrag:
    """Something that happened: `was` in words, with the account that did it and the address it came from."""

    zeit: datetime
    konto: str
    was: str
    adresse: str = ""
    art: str = ANMELDUNG


def eintraege(seit: datetime, konto: str = "", art: str = "", hoechstens: int | None = None) -> list[Eintrag]:
    """Return what was noted since then, the latest first, or the latest so many of it.

    Of one account (user name) or kind if asked.
    """
    quellen = {ANMELDUNG: _anmeldungen, VERSUCH: _versuche, KONTO: _aenderungen}
    alle = (
        eintrag
        for name, quelle in quellen.items()
        if art in ("", name)
        for eintrag in quelle(seit, konto, hoechstens)
    )
    return sorted((e for e in alle if e.zeit >= seit), key=lambda e: e.zeit, reverse=True)[:hoechstens]


def falsche_codes(konto: str, seit: datetime) -> int:
    """Return how many wrong codes an account (user name) got since then, from wherever."""
    versuche = AccessFailureLog.objects.filter(username=konto, path_info__in=(CODE, EIGENE_SEITE))
    return versuche.filter(attempt_time__gt=seit).count()


def abweisung_vermerken(konto: str, adresse: str) -> None:
    """Note that another service vouched for somebody (user name, "" for a stranger) who may not come in.

    It counts towards no lock: nobody guesses there.
    """
    AccessFailureLog.objects.create(username=konto, ip_address=adresse, path_info=ANMELDEDIENST)


ANGEMELDET = {
    CODE: "angemeldet mit zweitem Faktor",
    EINRICHTUNG: "angemeldet, dabei zweiten Faktor eingerichtet",
    ANMELDEDIENST: "angemeldet über den Anmeldedienst",
}
GESCHEITERT = {
    CODE: "Anmeldung gescheitert: falscher Code",
    EIGENE_SEITE: "falscher Code beim Ändern des zweiten Faktors",
    EINRICHTUNG: "falsches Kennwort beim Einrichten des zweiten Faktors",
    ANMELDEDIENST: "Anmeldung über den Anmeldedienst abgewiesen",
}


def _anmeldungen(seit: datetime, konto: str, hoechstens: int | None) -> Iterator[Eintrag]:
    zuletzt = Coalesce("logout_time", "attempt_time")
    zeilen = AccessLog.objects.alias(zuletzt=zuletzt).filter(zuletzt__gte=seit, **_von(konto))
    for zeile in zeilen.order_by("-zuletzt")[:hoechstens]:
        name, adresse = zeile.username or UNBEKANNT, zeile.ip_address or ""
        yield Eintrag(zeile.attempt_time, name, ANGEMELDET.get(zeile.path_info, "angemeldet"), adresse)
        if zeile.logout_time:
            yield Eintrag(zeile.logout_time, name, "abgemeldet", adresse)


def _versuche(seit: datetime, konto: str, hoechstens: int | None) -> Iterator[Eintrag]:
    zeilen = AccessFailureLog.objects.filter(attempt_time__gte=seit, **_von(konto))
    for zeile in zeilen.order_by("-attempt_time")[:hoechstens]:
        was = GESCHEITERT.get(zeile.path_info, "Anmeldung gescheitert")
        if zeile.locked_out:
            was = "gesperrt: zu viele Fehlversuche"
        yield Eintrag(zeile.attempt_time, zeile.username or UNBEKANNT, was, zeile.ip_address or "", VERSUCH)


def _von(konto: str) -> dict[str, str]:
    return {"username": konto} if konto else {}


def _aenderungen(seit: datetime, konto: str, _: int | None) -> Iterator[Eintrag]:
    """Yield what was done to accounts, and for one account what it did and what was done to it.

    People do that, so that there is never much of it.
    """
    zeilen = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), action_time__gte=seit
    )
    namen = {str(pk): name for pk, name in User.objects.values_list("pk", "username")}
    for zeile in zeilen.select_related("user"):
        von, wessen = zeile.user.username, namen.get(str(zeile.object_id), zeile.object_repr)
        if konto in ("", von, wessen):
            yield Eintrag(zeile.action_time, von, f"Konto {wessen}: {_worte(zeile)}", art=KONTO)


def _worte(zeile: LogEntry) -> str:
    feste = {ADDITION: "angelegt", DELETION: "gelöscht"}
    return zeile.get_change_message() or feste.get(zeile.action_flag, "geändert")


def alte_loeschen() -> int:
    """Delete notes of sign-ins and attempts after 30 days, and sessions that are over; return how many notes.

    What counts towards a lock (AccessAttempt) is worth nothing after a quarter of an hour, but goes along
    with the next attempt only. What lies ahead, by a clock that was wrong, would lock until then.
    """
    jetzt, tag = timezone.now(), timedelta(days=1)
    AccessAttempt.objects.exclude(attempt_time__range=(jetzt - tag, jetzt + tag)).delete()
    Session.objects.filter(expire_date__lt=jetzt).delete()
    grenze = jetzt - AUFBEWAHRUNG
    return sum(
        modell.objects.filter(attempt_time__lt=grenze).delete()[0] for modell in (AccessLog, AccessFailureLog)
    )
