from django.urls import re_path
from rest_framework.routers import SimpleRouter

from farm.api.closures import Closures
from farm.api.machines import Machines
from farm.api.projects import Projects
from farm.api.reservations import Reservations
from farm.api.root import Farm
from farm.api.slots import Slots

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("resources", Machines, basename="farm-resource")
router.register("closures", Closures, basename="farm-closure")
router.register("projects", Projects, basename="farm-project")
router.register("reservations", Reservations, basename="farm-reservation-api")

urlpatterns = [
    re_path(r"^$", Farm.as_view(), name="farm-api"),
    *router.urls,
    re_path(r"^slots/?$", Slots.as_view(), name="farm-slots"),
]
