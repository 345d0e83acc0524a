"""The address that a dashboard knows, as it is written in the contract; never a redirect."""

from django.urls import re_path

from gitsync.wire.views import GitApi

urlpatterns = [
    re_path(r"^_git_api/?$", GitApi.as_view(), name="git-api"),
]
