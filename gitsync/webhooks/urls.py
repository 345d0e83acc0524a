"""The URLs that forges call, exactly as the contract writes them. They never redirect."""

from django.urls import re_path

from gitsync.webhooks.views import CourseHook, GitHook

urlpatterns = [
    re_path(r"^_git_hook/?$", GitHook.as_view(), name="git-hook"),
    re_path(r"^hooks/(?P<token>[^/]+)/?$", CourseHook.as_view(), name="course-hook"),
]
