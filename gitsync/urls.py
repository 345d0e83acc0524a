"""The URLs of the page of all repositories, for staff."""

from django.urls import path

from gitsync.views import repositories

urlpatterns = [
    path("repositories/", repositories.repositories, name="repositories"),
    path("repositories/_list/", repositories.repositories_fragment, name="repositories-fragment"),
    path("repositories.<file_format:file_format>", repositories.repositories_file, name="repositories-file"),
]
