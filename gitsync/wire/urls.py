"""The URL that dashboards know, exactly as the contract writes it. It never redirects."""

from django.urls import re_path

from gitsync.wire.views import GitApi

urlpatterns = [
    re_path(r"^_git_api/?$", GitApi.as_view(), name="git-api"),
]
