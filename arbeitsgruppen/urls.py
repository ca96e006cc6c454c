"""The pages of the Erfassung, below /admin/erfassung/."""

from django.urls import path

from arbeitsgruppen import (
    entwurfsseiten,
    erfassungsseiten,
    freigabeseiten,
    kommentarseiten,
    verlaufsseiten,
)

urlpatterns = [
    path("", erfassungsseiten.uebersicht, name="erfassung"),
    path("<int:pk>/", erfassungsseiten.gruppe, name="erfassung_gruppe"),
    path("<int:pk>/vorschau/", erfassungsseiten.vorschau_zeigen, name="erfassung_vorschau"),
    path("<int:pk>/entwurf/", erfassungsseiten.entwurf_sichern, name="erfassung_entwurf"),
    path("<int:pk>/stand/", freigabeseiten.gruppenstand, name="gruppenstand"),
    path("<int:pk>/link/", entwurfsseiten.gruppenlink, name="gruppenlink"),
    path("<int:pk>/kommentare/", kommentarseiten.kommentare, name="kommentare"),
    path(
        "<int:pk>/kommentare/<int:kommentar>/",
        kommentarseiten.kommentar_erledigen,
        name="kommentar_erledigen",
    ),
    path("konferenz/<int:pk>/stand/", freigabeseiten.konferenzstand, name="konferenzstand"),
    path("<int:pk>/papierkorb/", verlaufsseiten.papierkorb, name="papierkorb"),
    path("papierkorb/", verlaufsseiten.papierkorb_gesamt, name="papierkorb_gesamt"),
    path(
        "papierkorb/<slug:art>/<int:pk>/wiederherstellen/",
        verlaufsseiten.wiederherstellen,
        name="wiederherstellen",
    ),
    path("konferenz/<int:pk>/link/", entwurfsseiten.konferenzlink, name="konferenzlink"),
    path("konferenz/<int:pk>/links-widerrufen/", entwurfsseiten.links_widerrufen, name="links_widerrufen"),
]
