"""The pages of the Erfassung, below /admin/erfassung/."""

from django.urls import path

from arbeitsgruppen import erfassungsseiten

urlpatterns = [
    path("", erfassungsseiten.uebersicht, name="erfassung"),
    path("<int:pk>/", erfassungsseiten.gruppe, name="erfassung_gruppe"),
]
