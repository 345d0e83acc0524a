from django.urls import path

from live import views

urlpatterns = [
    path("", views.stream_is_elsewhere, name="live-stream"),
    path("ticket", views.renew, name="live-ticket"),
]
