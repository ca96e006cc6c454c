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
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone

AUFBEWAHRUNG = timedelta(days=30)
UNBEKANNT = "(unbekannter Name)"


@receiver(pre_save, sender=AccessLog)
@receiver(pre_save, sender=AccessFailureLog)
def _kuerzen(instance: Any, **_: Any) -> None:
    """Note of a sign-in, or of an attempt, when and from where, and of whom if there is such an account."""
    instance.user_agent = instance.http_accept = instance.path_info = ""
    if (
        isinstance(instance, AccessFailureLog)
        and not User.objects.filter(username=instance.username).exists()
    ):
        instance.username = UNBEKANNT


@dataclass(frozen=True, slots=True)
class Eintrag:
    """Something that happened: `was` in words, with the account that did it and the address it came from."""

    zeit: datetime
    konto: str
    was: str
    adresse: str = ""


def eintraege(seit: datetime, konto: str = "") -> list[Eintrag]:
    """Return what was noted since then, the latest first; of one account (user name) only, if asked for."""
    alle = [*_anmeldungen(konto), *_versuche(konto), *_aenderungen(konto)]
    return sorted((e for e in alle if e.zeit >= seit), key=lambda e: e.zeit, reverse=True)


def _anmeldungen(konto: str) -> Iterator[Eintrag]:
    for zeile in AccessLog.objects.filter(**_von(konto)):
        name, adresse = zeile.username or UNBEKANNT, zeile.ip_address or ""
        yield Eintrag(zeile.attempt_time, name, "angemeldet", adresse)
        if zeile.logout_time:
            yield Eintrag(zeile.logout_time, name, "abgemeldet", adresse)


def _versuche(konto: str) -> Iterator[Eintrag]:
    for zeile in AccessFailureLog.objects.filter(**_von(konto)):
        was = "gesperrt: zu viele Fehlversuche" if zeile.locked_out else "Anmeldung gescheitert"
        yield Eintrag(zeile.attempt_time, zeile.username or UNBEKANNT, was, zeile.ip_address or "")


def _von(konto: str) -> dict[str, str]:
    return {"username": konto} if konto else {}


def _aenderungen(konto: str) -> Iterator[Eintrag]:
    """Yield what was done to accounts, and for one account what it did and what was done to it."""
    zeilen = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User))
    namen = {str(pk): name for pk, name in User.objects.values_list("pk", "username")}
    for zeile in zeilen.select_related("user"):
        von, wessen = zeile.user.username, namen.get(str(zeile.object_id), zeile.object_repr)
        if konto in ("", von, wessen):
            yield Eintrag(zeile.action_time, von, f"Konto {wessen}: {_worte(zeile)}")


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
