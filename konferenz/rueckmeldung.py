"""What somebody writes about a barrier: taken in, sent on to those who can remove it, deleted in the end."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from konferenz.berechtigungen import ORGANISATION
from konferenz.konten import nebenher_zustellen
from konferenz.models import Rueckmeldung

# More than these in so long nobody but a program writes. Counted together, beside the limit for each client.
HOECHSTENS, IN = 20, timedelta(hours=1)
# As the page on Datenschutz says.
AUFBEWAHRUNG = timedelta(days=365)


def zu_viele() -> bool:
    """Whether so many came in lately that no more are taken for a while."""
    jetzt = timezone.now()
    return Rueckmeldung.objects.filter(eingegangen__range=(jetzt - IN, jetzt)).count() >= HOECHSTENS


def weitersagen(rueckmeldung: Rueckmeldung) -> None:
    """Send a stored message to the contact of the site, else to the Organisation, where mail goes out."""
    an = [settings.KONTAKT_MAIL] if settings.KONTAKT_MAIL else _organisation()
    if settings.POSTAUSGANG and an:
        adresse = reverse("admin:konferenz_rueckmeldung_change", args=[rueckmeldung.pk])
        text = render_to_string(
            "konferenz/rueckmeldung.txt",
            {"rueckmeldung": rueckmeldung, "adresse": settings.SITE_URL + adresse},
        )
        antwort_an = [rueckmeldung.email] if rueckmeldung.email else []
        mail = EmailMessage("Rückmeldung zur Barrierefreiheit", text, to=an, reply_to=antwort_an)
        nebenher_zustellen(mail)


def _organisation() -> list[str]:
    konten = User.objects.filter(Q(groups__name=ORGANISATION) | Q(is_superuser=True), is_active=True)
    return list(konten.exclude(email="").order_by("email").values_list("email", flat=True).distinct())


def alte_loeschen() -> int:
    """Delete the messages that have been there for a year; return how many."""
    alte = Rueckmeldung.objects.filter(eingegangen__lt=timezone.now() - AUFBEWAHRUNG)
    return alte.delete()[0]
