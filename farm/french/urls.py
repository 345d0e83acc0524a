"""The addresses of the original system, with and without a final slash."""

from django.urls import re_path

from farm.french import allocations, machines, reservations

urlpatterns = [
    re_path(r"^Ressource/?$", machines.MachineListView.as_view()),
    re_path(r"^Ressource/(?P<pk>[^/]+)/?$", machines.MachineDetailView.as_view()),
    re_path(r"^Reservation/?$", reservations.ReservationListView.as_view()),
    re_path(r"^Reservation/(?P<pk>[^/]+)/?$", reservations.ReservationDetailView.as_view()),
    re_path(r"^RessourceReserve/?$", allocations.AllocationListView.as_view()),
    re_path(r"^RessourceReserve/idRessource/(?P<pk>[^/]+)/?$", allocations.AllocationsOfMachineView.as_view()),
    re_path(r"^RessourceReserve/idReservation/(?P<pk>[^/]+)/?$", allocations.AllocationsOfReservationView.as_view()),
]
