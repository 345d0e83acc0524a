from django.urls import re_path
from rest_framework.routers import SimpleRouter

from gitsync.api.root import Gitsync
from gitsync.api.views import EventViewSet, RepositoryViewSet, RequestViewSet

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("requests", RequestViewSet, basename="git-request")
router.register("repositories", RepositoryViewSet, basename="git-repository")
router.register("events", EventViewSet, basename="git-event")
urlpatterns = [re_path(r"^$", Gitsync.as_view(), name="git-api"), *router.urls]
