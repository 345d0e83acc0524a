from django.urls import re_path
from rest_framework.routers import SimpleRouter

from farm.api.closures import ClosureViewSet
from farm.api.machines import MachineViewSet
from farm.api.projects import ProjectViewSet
from farm.api.reservations import ReservationViewSet
from farm.api.root import FarmRoot
from farm.api.slots import SlotListView

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("resources", MachineViewSet, basename="farm-resource")
router.register("closures", ClosureViewSet, basename="farm-closure")
router.register("projects", ProjectViewSet, basename="farm-project")
router.register("reservations", ReservationViewSet, basename="farm-reservation-api")

urlpatterns = [
    re_path(r"^$", FarmRoot.as_view(), name="farm-api"),
    *router.urls,
    re_path(r"^slots/?$", SlotListView.as_view(), name="farm-slots"),
]
