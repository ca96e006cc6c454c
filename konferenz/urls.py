"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from arbeitsgruppen import entwurfsseiten, themenseiten
from arbeitsgruppen import views as gruppen
from konferenz import kontenseiten, views

urlpatterns = [
    path("", views.startseite, name="startseite"),
    path("admin/erfassung/", include("arbeitsgruppen.urls")),
    path("admin/", admin.site.urls),
    # The name by which the administration's sign-in page finds it.
    path("konto/kennwort-vergessen/", kontenseiten.kennwort_vergessen, name="admin_password_reset"),
    path("konto/kennwort-vergessen/unterwegs/", kontenseiten.kennwort_unterwegs, name="kennwort_unterwegs"),
    path("konto/kennwort/gesetzt/", kontenseiten.kennwort_gesetzt, name="kennwort_gesetzt"),
    path("konto/kennwort/<uidb64>/<token>/", kontenseiten.KennwortSetzen.as_view(), name="kennwort_setzen"),
    path("a/<slug:kennung>/", gruppen.aeusserung, name="aeusserung"),
    path("entwurf/<str:marke>/", entwurfsseiten.entwurf, name="entwurf"),
    path("<slug:konferenz>/", gruppen.konferenz, name="konferenz"),
    path("<slug:konferenz>/programm.ics", views.programm_ics, name="programm_ics"),
    path("<slug:konferenz>/vortraege/<slug:slug>/", views.vortrag, name="vortrag"),
    path(
        "<slug:konferenz>/vortraege/<slug:slug>/bild/<int:folie>/",
        views.bild_der_folie,
        name="bild_der_folie",
    ),
    path("<slug:konferenz>/ag/<int:nummer>/", gruppen.arbeitsgruppe, name="arbeitsgruppe"),
    path("<slug:konferenz>/themen/", themenseiten.themen, name="themen"),
    path("<slug:konferenz>/themen/<slug:slug>/", themenseiten.thema, name="thema"),
    path("<slug:konferenz>/heft.pdf", gruppen.heft_pdf, name="heft"),
    path("<slug:konferenz>/heft/", gruppen.heft_stand, name="heft_stand"),
    path("<slug:konferenz>/heft/<slug:schluessel>.pdf", gruppen.heftausgabe, name="heftausgabe"),
    path("<slug:konferenz>/ag/<int:nummer>/heft.pdf", gruppen.heft_pdf, name="gruppenheft"),
    path("<slug:konferenz>/ag/<int:nummer>/heft/", gruppen.heft_stand, name="gruppenheft_stand"),
]
