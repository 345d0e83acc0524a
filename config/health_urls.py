from django.urls import re_path

from config import health
from config.metrics import Metrics

urlpatterns = [
    re_path(r"^livez/?$", health.livez, name="livez"),
    re_path(r"^readyz/?$", health.readyz, name="readyz"),
    re_path(r"^metrics/?$", Metrics.as_view(), name="metrics"),
]
