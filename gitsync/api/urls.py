from rest_framework.routers import SimpleRouter

from gitsync.api.views import RepositoryViewSet, RequestViewSet

router = SimpleRouter(trailing_slash=False)
router.register("requests", RequestViewSet, basename="git-request")
router.register("repositories", RepositoryViewSet, basename="git-repository")
urlpatterns = router.urls
