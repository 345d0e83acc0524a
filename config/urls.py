"""The URL configuration of the whole site."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import JavaScriptCatalog
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.api_root import Api
from courses.views.people import people

docs = {"url_name": "schema", "template_name": "api/docs.html"}

urlpatterns = [
    # First, because Django compares a path with one pattern after the other: most requests of a large school are hooks.
    path("", include("gitsync.webhooks.urls")),
    path("", include("config.health_urls")),
    path("", include("config.page_urls")),
    path("", include("accounts.urls")),
    path("", include("mail.urls")),
    path("", include("calendars.urls")),
    path("farm/", include("farm.urls")),
    path("courses/", include("courses.urls")),
    path("", include("gitsync.urls")),
    path("people/", people, name="people"),
    path("events/", include("live.urls")),
    path("admin/", admin.site.urls),
    # The wires. Their addresses are fixed by docs/wire.md; they work with and without a final slash.
    path("", include("farm.french.urls")),
    path("", include("gitsync.wire.urls")),
    path("", include("courses.wire.urls")),
    # The APIs under /api/v1/.
    path("api/v1/", include("accounts.api.token_urls")),
    path("api/v1/farm/", include("farm.api.urls")),
    path("api/v1/courses/", include("courses.api.urls")),
    path("api/v1/gitsync/", include("gitsync.api.urls")),
    re_path(r"^api/v1/?$", Api.as_view(), name="api-root"),
    re_path(r"^api/v1/schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"^api/v1/docs/?$", SpectacularSwaggerSplitView.as_view(**docs), name="api-docs"),
    path("i18n/catalog.js", JavaScriptCatalog.as_view(), name="js-catalog"),
]
handler400 = "accounts.views.errors.bad_request"
handler403 = "accounts.views.errors.forbidden"
handler404 = "accounts.views.errors.not_found"
handler500 = "accounts.views.errors.server_error"
