"""The pages of the Erfassung, below /admin/erfassung/."""

from django.urls import path

from arbeitsgruppen import (
    archivseiten,
    durchsichtseiten,
    entwurfsseiten,
    erfassungsseiten,
    freigabeseiten,
    kommentarseiten,
    kopierseiten,
    papierkorbseiten,
    uebernahmeseiten,
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
    path("<int:pk>/verlauf/", verlaufsseiten.verlauf, name="verlauf"),
    path("<int:pk>/verlauf/zuruecknehmen/", verlaufsseiten.zuruecknehmen, name="zuruecknehmen"),
    path("aeusserung/<slug:kennung>/verlauf/", verlaufsseiten.aeusserungsverlauf, name="aeusserungsverlauf"),
    path(
        "aeusserung/<slug:kennung>/zuruecknehmen/<int:zeile>/",
        verlaufsseiten.aeusserung_zuruecknehmen,
        name="aeusserung_zuruecknehmen",
    ),
    path(
        "aeusserung/<slug:kennung>/erfassungsfehler/",
        verlaufsseiten.erfassungsfehler,
        name="erfassungsfehler",
    ),
    path("<int:pk>/papierkorb/", papierkorbseiten.papierkorb, name="papierkorb"),
    path("papierkorb/", papierkorbseiten.papierkorb_gesamt, name="papierkorb_gesamt"),
    path(
        "papierkorb/<slug:art>/<int:pk>/wiederherstellen/",
        papierkorbseiten.wiederherstellen,
        name="wiederherstellen",
    ),
    path("personen/<int:pk>/loeschen/", papierkorbseiten.person_loeschen, name="person_loeschen"),
    path("konferenz/<int:pk>/kopieren/", kopierseiten.konferenz_kopieren, name="konferenz_kopieren"),
    path("konferenz/<int:pk>/archiv/", archivseiten.konferenzarchiv, name="konferenzarchiv"),
    path("konferenz/<int:pk>/archiv.zip", archivseiten.konferenzarchiv_zip, name="konferenzarchiv_zip"),
    path("konferenz/<int:pk>/link/", entwurfsseiten.konferenzlink, name="konferenzlink"),
    path("konferenz/<int:pk>/links-widerrufen/", entwurfsseiten.links_widerrufen, name="links_widerrufen"),
    path("themen/", durchsichtseiten.uebersicht, name="themendurchsicht"),
    path("themen/ohne/", durchsichtseiten.ohne, name="ohne_thema"),
    path("themen/<int:pk>/", durchsichtseiten.durchsicht, name="durchsicht"),
    path("<int:pk>/uebernahme/", uebernahmeseiten.uebernahme, name="uebernahme"),
    path(
        "<int:pk>/uebernahme/<slug:schluessel>/",
        uebernahmeseiten.uebernahme_lesung,
        name="uebernahme_lesung",
    ),
    path("quelldatei/<int:pk>/", uebernahmeseiten.quelldatei, name="quelldatei"),
    path("quelldatei/<int:pk>/loeschen/", uebernahmeseiten.quelldatei_loeschen, name="quelldatei_loeschen"),
]
