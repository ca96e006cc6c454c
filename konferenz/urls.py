"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path, register_converter
from django.views.decorators.http import conditional_page, require_safe

from arbeitsgruppen import (
    datenformate,
    datenseiten,
    entwurfsseiten,
    metriken,
    suchseiten,
    themenseiten,
    vergleichsseiten,
    zitatseiten,
)
from arbeitsgruppen import views as gruppen
from arbeitsgruppen.bereitschaft import bereit
from arbeitsgruppen.sitemap import sitemap
from konferenz import anmeldedienst, ausfall, kontenseiten, pflichtseiten, views, wegweiser, zweitfaktorseiten
from konferenz.feed import NeueKonferenzen
from konferenz.lebenszeichen import healthz
from konferenz.models import Pflichtseite
from konferenz.zwischenspeicher import fuer_alle_gleich

register_converter(datenformate.Endung, "endung")
handler500 = ausfall.stoerung

urlpatterns = [
    path("", views.startseite, name="startseite"),
    path("healthz", healthz, name="healthz"),
    path("bereit", bereit, name="bereit"),
    path("metriken", metriken.ansicht, name="metriken"),
    path("robots.txt", wegweiser.robots_txt, name="robots_txt"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("sitemap-<int:teil>.xml", sitemap, name="sitemap_teil"),
    path(".well-known/security.txt", wegweiser.security_txt, name="security_txt"),
    path("admin/erfassung/", include("arbeitsgruppen.urls")),
    path("admin/", admin.site.urls),
    # The name by which the administration's sign-in page finds it.
    path("konto/kennwort-vergessen/", kontenseiten.kennwort_vergessen, name="admin_password_reset"),
    path("konto/kennwort-vergessen/unterwegs/", kontenseiten.kennwort_unterwegs, name="kennwort_unterwegs"),
    path("konto/kennwort/gesetzt/", kontenseiten.kennwort_gesetzt, name="kennwort_gesetzt"),
    path("konto/kennwort/<uidb64>/<token>/", kontenseiten.KennwortSetzen.as_view(), name="kennwort_setzen"),
    path("konto/zweiter-faktor/", zweitfaktorseiten.stand, name="zweiter_faktor"),
    path("konto/zweiter-faktor/code/", zweitfaktorseiten.code, name="zweiter_faktor_code"),
    path("konto/zweiter-faktor/einrichten/", zweitfaktorseiten.einrichten, name="zweiter_faktor_einrichten"),
    path("konto/anmeldedienst/", anmeldedienst.hin, name="anmeldedienst"),
    path("konto/anmeldedienst/zurueck/", anmeldedienst.zurueck, name="anmeldedienst_zurueck"),
    *(path(f"{art}/", pflichtseiten.pflichtseite, {"art": art}, name=art) for art in Pflichtseite.Art.values),
    path("barrierefreiheit/rueckmeldung/", pflichtseiten.rueckmelden, name="rueckmeldung"),
    path("barrierefreiheit/rueckmeldung/danke/", pflichtseiten.danke, name="rueckmeldung_danke"),
    path("a/<slug:kennung>/", gruppen.aeusserung, name="aeusserung"),
    path("a/<slug:kennung>/zitat/", zitatseiten.zitat, name="zitat"),
    path("a/<slug:kennung>/zitat.ris", zitatseiten.zitat, {"ris": True}, name="zitat_ris"),
    path("entwurf/<str:marke>/", entwurfsseiten.entwurf, name="entwurf"),
    path("suche/", suchseiten.suche, name="suche"),
    path("suche/daten.<endung:endung>", suchseiten.suchdaten, name="suchdaten"),
    path("suche/daten/<slug:summe>/", suchseiten.export_stand, name="export_stand"),
    path("feed.atom", fuer_alle_gleich()(require_safe(conditional_page(NeueKonferenzen()))), name="feed"),
    path("dcat.jsonld", datenseiten.dcat_katalog, name="dcat_katalog"),
    path("<slug:name>.schema.json", datenseiten.schema, name="datenschema"),
    path("<slug:konferenz>/", gruppen.konferenz, name="konferenz"),
    path("<slug:konferenz>/daten.<endung:endung>", datenseiten.daten, name="daten"),
    path("<slug:konferenz>/dcat.jsonld", datenseiten.dcat, name="dcat"),
    path("<slug:konferenz>/vergleich/", vergleichsseiten.vergleich, name="vergleich"),
    path("<slug:konferenz>/programm.ics", views.programm_ics, name="programm_ics"),
    path("<slug:konferenz>/vortraege/<slug:slug>/", views.vortrag, name="vortrag"),
    path(
        "<slug:konferenz>/vortraege/<slug:slug>/bild/<int:folie>/",
        views.bild_der_folie,
        name="bild_der_folie",
    ),
    path("<slug:konferenz>/ag/<int:nummer>/", gruppen.arbeitsgruppe, name="arbeitsgruppe"),
    path("<slug:konferenz>/ag/<int:nummer>/daten.<endung:endung>", datenseiten.daten, name="gruppendaten"),
    path("<slug:konferenz>/themen/", themenseiten.themen, name="themen"),
    path("<slug:konferenz>/themen/<slug:slug>/", themenseiten.thema, name="thema"),
    path("<slug:konferenz>/heft.pdf", gruppen.heft_pdf, name="heft"),
    path("<slug:konferenz>/heft/", gruppen.heft_stand, name="heft_stand"),
    path("<slug:konferenz>/heft/<slug:schluessel>.pdf", gruppen.heftausgabe, name="heftausgabe"),
    path("<slug:konferenz>/ag/<int:nummer>/heft.pdf", gruppen.heft_pdf, name="gruppenheft"),
    path("<slug:konferenz>/ag/<int:nummer>/heft/", gruppen.heft_stand, name="gruppenheft_stand"),
]
