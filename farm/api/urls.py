from rest_framework.routers import SimpleRouter

from farm.api.views import Reservations, Resources

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("resources", Resources, basename="farm-resource")
router.register("reservations", Reservations, basename="farm-reservation-api")

urlpatterns = router.urls
