"""The original's addresses, with and without a final slash."""

from django.urls import re_path

from farm.french import views as api

urlpatterns = [
    re_path(r"^Ressource/?$", api.Machines.as_view()),
    re_path(r"^Ressource/(?P<pk>[^/]+)/?$", api.OneMachine.as_view()),
    re_path(r"^Reservation/?$", api.Reservations.as_view()),
    re_path(r"^Reservation/(?P<pk>[^/]+)/?$", api.OneReservation.as_view()),
    re_path(r"^RessourceReserve/?$", api.Lines.as_view()),
    re_path(r"^RessourceReserve/idRessource/(?P<pk>[^/]+)/?$", api.LinesOfMachine.as_view()),
    re_path(r"^RessourceReserve/idReservation/(?P<pk>[^/]+)/?$", api.LinesOfReservation.as_view()),
]
