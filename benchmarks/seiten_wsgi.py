"""What `benchmarks/seiten.py` measures, for gunicorn; ART says which of them.

gemerkt: the application as it is. kalt: without what it keeps of pages. nackt: no middleware and one view,
which makes the page of a group with Django's ORM and templates from a single query.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "konferenz.settings")

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

ART = os.environ["ART"]
if ART == "kalt":
    settings.CACHES["seiten"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
elif ART == "nackt":
    django.setup()  # where apps look for their middleware
    settings.MIDDLEWARE = []
    settings.WSGI_APPLICATION = None
application = get_wsgi_application()

if ART == "nackt":
    from arbeitsgruppen.models import Aeusserung
    from konferenz import urls

    # The same words in the same markup as on the page of the group, without all that is looked up for it.
    VORLAGE = """{% extends "base.html" %}{% load static %}
    {% block titel %}{{ gruppe.titel }}{% endblock %}{% block inhalt %}
    <h1>{{ gruppe.titel }}</h1><p>{{ gruppe.fragestellung }}</p><p>{{ konferenz.titel }}</p>
    {% regroup aeusserungen by abschnitt as abschnitte %}{% for abschnitt, liste in abschnitte %}
    <section class="kd-kategorie" data-kategorie="{{ abschnitt.kategorie }}">
    <h2 class="kern-heading-large">{{ abschnitt.get_kategorie_display }}</h2>
    <h3>{{ abschnitt.ueberschrift }}</h3>
    <ol class="kd-aeusserungen">{% for eintrag in liste %}
    <li class="kd-aeusserung" id="a-{{ eintrag.kennung }}">
    <div class="kd-aeusserung__wortlaut"><p class="kd-aeusserung__text">{{ eintrag.text|urlize }}</p></div>
    <a class="kd-aeusserung__kennung" href="{% url 'zitat' eintrag.kennung %}" rel="nofollow">
    <span class="kd-aeusserung__was">Zitieren: </span>{{ eintrag.kennung }}</a></li>{% endfor %}
    </ol></section>{% endfor %}{% endblock %}"""
    VORLAGE_GELESEN = engines["django"].from_string(VORLAGE)

    def gruppenseite(request: HttpRequest, konferenz: str, nummer: int) -> HttpResponse:
        """Make the page from one query."""
        aeusserungen = list(
            Aeusserung.objects.filter(
                abschnitt__arbeitsgruppe__konferenz__slug=konferenz, abschnitt__arbeitsgruppe__nummer=nummer
            )
            .select_related("abschnitt__arbeitsgruppe__konferenz")
            .order_by("abschnitt__position", "position")
        )
        gruppe = aeusserungen[0].abschnitt.arbeitsgruppe
        kontext = {"aeusserungen": aeusserungen, "gruppe": gruppe, "konferenz": gruppe.konferenz}
        return HttpResponse(VORLAGE_GELESEN.render(kontext, request))

    urls.urlpatterns.insert(0, path("<slug:konferenz>/ag/<int:nummer>/", gruppenseite))
