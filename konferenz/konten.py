"""Accounts: inviting somebody, giving a role, and the links by which people set their passwords."""

import logging
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from konferenz.berechtigungen import MODERATION, ORGANISATION, ROLLEN

logger = logging.getLogger(__name__)

ROLLENTEXTE = {
    "Organisation": "bearbeitet alles, gibt frei und verwaltet die Konten",
    "Moderation": "liest alles und erfasst die Arbeitsgruppen, die ihr zugeordnet sind",
    "Ministerium": "liest auch Entwürfe, lädt herunter und kommentiert",
}

ANGEFORDERT = "Link für ein neues Kennwort angefordert."
# So many mails for a forgotten password an account gets within so long, whoever asks for them.
HOECHSTENS, IN = 3, timedelta(hours=1)


def gruppen() -> QuerySet[Any]:
    """Return all groups with their conferences; found by relation, since they belong to the other app."""
    modell: Any = User._meta.get_field("arbeitsgruppen").related_model
    return modell.objects.select_related("konferenz").order_by("-konferenz__datum", "konferenz", "nummer")


def name(konto: User) -> str:
    """Return what a person is called, or signs in with where no name is known."""
    return konto.get_full_name() or konto.username


def rolle(konto: User) -> str:
    """Return the role of an account, in use or not: the mightiest of several, "" for none."""
    if konto.is_superuser:
        return ORGANISATION
    namen = {gruppe.name for gruppe in konto.groups.all()}  # fetched along in a list of accounts
    return next((rolle for rolle in ROLLEN if rolle in namen), "")


def gleichnamige(adresse: str) -> QuerySet[User]:
    """Return the accounts that have this mail address, or sign in with it."""
    return User.objects.filter(Q(email__iexact=adresse) | Q(username__iexact=adresse))


def anmeldename(eingabe: str) -> str:
    """Return the user name that is meant by what was typed: a name, or a mail address in any spelling.

    What belongs to no account, or to several, comes back as it is.
    """
    if not eingabe or User.objects.filter(username=eingabe).exists():
        return eingabe  # without the first an account without mail address would be meant by nothing
    namen = gleichnamige(eingabe).values_list("username", flat=True)[:2]
    return namen[0] if len(namen) == 1 else eingabe


@transaction.atomic
def anlegen(*, vorname: str, nachname: str, adresse: str, rolle: str, gruppen: Iterable[Any] = ()) -> User:
    """Create and return an account that has no password yet and signs in with its mail address.

    Raises IntegrityError where one signs in with it already.
    """
    konto = User(username=adresse.lower(), email=adresse, first_name=vorname, last_name=nachname)
    konto.set_unusable_password()
    konto.save()
    rolle_geben(konto, rolle, gruppen)
    return konto


@transaction.atomic
def rolle_geben(konto: User, rolle: str, gruppen: Iterable[Any] = ()) -> None:
    """Give an account this role instead of any other, and as Moderation these groups and no others."""
    konto.is_staff = True
    konto.save(update_fields=["is_staff"])
    konto.groups.remove(*konto.groups.filter(name__in=ROLLEN).exclude(name=rolle))
    konto.groups.add(Group.objects.get(name=rolle))
    konto.arbeitsgruppen.set(gruppen if rolle == MODERATION else [])
    vars(konto).pop("_rollen", None)  # what berechtigungen.py remembers


def vermerken(konto: User, was: str, von: Any) -> None:
    """Record in the history of an account what somebody has done with it."""
    LogEntry.objects.log_actions(von.pk, [konto], CHANGE, was, single_object=True)


# Links


def kennwortlink(konto: User) -> str:
    """Return the address at which the password of an account can be set, once and for some days.

    Setting a password, signing in and another mail address make it invalid.
    """
    nummer = urlsafe_base64_encode(force_bytes(konto.pk))
    pfad = reverse("kennwort_setzen", args=[nummer, default_token_generator.make_token(konto)])
    return settings.SITE_URL + pfad


def erneuern(konto: User) -> None:
    """Make former invitations of an account invalid; one that has its password keeps it."""
    if not konto.has_usable_password():
        konto.set_unusable_password()  # another one, on which the links depend
        konto.save(update_fields=["password"])


def gueltig_bis() -> datetime:
    """Return until when a link holds that is made now."""
    return timezone.localtime() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


# Mail


def einladung(konto: User, link: str, von: User) -> EmailMessage:
    """Return the mail by which somebody sends a person the link for the first, or another, password."""
    betreff = (
        "Neues Kennwort für die Konferenzdokumentation"
        if konto.has_usable_password()
        else "Ihr Zugang zur Konferenzdokumentation"
    )
    kontext = {
        "von": name(von),
        "rolle": rolle(konto),
        "rollentext": ROLLENTEXTE.get(rolle(konto), ""),
        "gruppen": gruppen().filter(konten=konto),
    }
    mail = _mail(konto, betreff, "konto/einladung.txt", link, kontext)
    mail.reply_to = [von.email] if von.email else []
    return mail


def _mail(konto: User, betreff: str, vorlage: str, link: str, kontext: dict[str, Any]) -> EmailMessage:
    alles = {
        "konto": konto,
        "name": name(konto),
        "link": link,
        "gueltig_bis": gueltig_bis(),
        "anmelden": settings.SITE_URL + reverse("erfassung"),  # by way of the sign-in page
        **kontext,
    }
    return EmailMessage(betreff, render_to_string(vorlage, alles), to=[konto.email])


def benachrichtigen(konto: User, was: str) -> None:
    """Tell a person that something has changed about the way into an account; it may have been another."""
    if settings.POSTAUSGANG and konto.email:
        betreff = "Änderung an Ihrem Zugang zur Konferenzdokumentation"
        nebenher_zustellen(_mail(konto, betreff, "konto/aenderung.txt", "", {"was": was}))


def zustellen(mail: EmailMessage) -> bool:
    """Send a mail; return whether it is on its way to somebody."""
    try:
        mail.send()
    except OSError:  # no connection, a time-out, or what the server refused: all of smtplib's errors
        logger.exception("A mail could not be sent.")
        return False
    return settings.POSTAUSGANG


def nebenher_zustellen(mail: EmailMessage) -> None:
    """Send a mail beside the answer, so that its time doesn't tell whether there was one to send."""
    threading.Thread(target=zustellen, args=[mail], name="zustellen").start()


def kennwort_vergessen(adresse: str) -> None:
    """Send a link to whoever has this mail address, those included who were invited and never came.

    Nobody learns from it whether there is such an account: not even how long it takes tells, since the mail
    goes out beside the answer.
    """
    for konto in User.objects.filter(email__iexact=adresse, is_active=True):
        if _steht_noch_eine_zu(konto):
            betreff = "Neues Kennwort für die Konferenzdokumentation"
            nebenher_zustellen(_mail(konto, betreff, "konto/vergessen.txt", kennwortlink(konto), {}))


def _steht_noch_eine_zu(konto: User) -> bool:
    with transaction.atomic():
        User.objects.select_for_update().get(pk=konto.pk)  # two requests at once count one after the other
        bisher = LogEntry.objects.filter(user=konto, object_id=str(konto.pk), change_message=ANGEFORDERT)
        jetzt = timezone.now()
        if bisher.filter(action_time__range=(jetzt - IN, jetzt)).count() >= HOECHSTENS:
            return False
        vermerken(konto, ANGEFORDERT, von=konto)
        return True
