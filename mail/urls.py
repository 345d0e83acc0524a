from django.urls import path

from mail import views

urlpatterns = [
    path("account/notices/", views.notice_choices, name="notice-choices"),
    path("mail/stop/<str:token>/", views.stop_mails, name="stop-mails"),
]
