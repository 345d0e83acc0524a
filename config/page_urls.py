"""The addresses of the pages that know all apps: the health of the installation, the school, the first steps."""

from django.urls import path

from config.first_steps import views
from config.health_page import health_page

urlpatterns = [
    path("health/", health_page, name="health"),
    path("school/", views.school, name="school"),
    path("first-steps/<str:name>/leave/", views.leave_step, name="first-step-leave"),
    path("first-steps/<str:name>/take-up/", views.take_up_step, name="first-step-take-up"),
]
