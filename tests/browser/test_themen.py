"""Topics in a real browser: looking through them with the keyboard alone."""

import pytest
from django.contrib.auth.models import User

from arbeitsgruppen.models import Thema, Themenentscheidung
from tests.browser.ansichten import Durchsicht
from tests.browser.test_verwaltung import angemeldet, ansehen

__all__ = ["angemeldet"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_keine_seite_der_durchsicht_verstoesst_gegen_wcag(
    browser, angemeldet, echte_themen, durchsicht: Durchsicht
) -> None:
    seite = angemeldet(browser, User.objects.create_superuser("organisation"), **durchsicht.optionen)
    thema = Thema.objects.get(slug="behoerdenzugang")
    for adresse in (
        "/admin/erfassung/themen/",
        f"/admin/erfassung/themen/?konferenz={echte_themen.slug}",
        *(
            f"/admin/erfassung/themen/{thema.pk}/?liste={liste}"
            for liste in ("offen", "abgelehnt", "uebrige")
        ),
        "/admin/erfassung/themen/ohne/",
        f"/admin/arbeitsgruppen/thema/{thema.pk}/change/",
    ):
        assert seite.goto(adresse).status == 200
        ansehen(durchsicht, seite, adresse)
    assert durchsicht.maengel == {}
    seite.context.close()


def test_vorschlaege_lassen_sich_mit_der_tastatur_entscheiden(browser, angemeldet, echte_themen) -> None:
    seite = angemeldet(browser, User.objects.create_superuser("organisation"))
    thema = Thema.objects.get(slug="wohnen")
    vorher = thema.entscheidungen.count()
    seite.goto(f"/admin/erfassung/themen/{thema.pk}/")
    seite.locator("input[type=radio]:checked").first.focus()
    seite.keyboard.press("ArrowLeft")  # the first does not belong to it
    seite.keyboard.press("Tab")
    seite.keyboard.press("ArrowRight")  # from the last choice round to the first: the second does
    seite.keyboard.press("Enter")
    seite.get_by_text("2 Entscheidungen sind gespeichert").wait_for()
    neue = Themenentscheidung.objects.filter(thema=thema).order_by("-pk")[:2]
    assert thema.entscheidungen.count() == vorher + 2
    assert {entscheidung.gehoert_dazu for entscheidung in neue} == {True, False}
    seite.context.close()
