from django.urls import path

from calendars import views

urlpatterns = [
    path("calendars/<str:secret>.ics", views.calendar_file, name="calendar-file"),
    path("account/calendar-addresses/new/", views.calendar_address_new, name="calendar-address-new"),
    path("account/calendar-addresses/<int:pk>/revoke/", views.calendar_address_revoke, name="calendar-address-revoke"),
]
