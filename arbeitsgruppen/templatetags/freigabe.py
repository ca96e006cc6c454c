"""The steps that somebody may take, for the buttons of the pages."""

from django import template

from arbeitsgruppen import freigabe
from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.berechtigungen import Konto
from konferenz.models import Konferenz

register = template.Library()


@register.filter
def schritte(objekt: Arbeitsgruppe | Konferenz, konto: Konto) -> list[freigabe.Schritt]:
    """Return the steps that this account may take with a group or a conference, the usual one first."""
    return freigabe.schritte(konto, objekt)
