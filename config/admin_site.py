"""The admin site, for staff. It uses Atelier's own sign-in page, with its lockout."""

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from config import health_parts
from config.admin_sections import OWN_NAMES, in_sections

SEARCHES = ("q", "term")  # the parameters of the lists and of the fields that search
LONGEST_SEARCH = 200  # characters
LONGEST_FILTER = 20_000  # characters of any other parameter, such as a list of ids


class AtelierAdminSite(AdminSite):
    site_header = site_title = "Atelier"
    index_title = _("Administration")
    enable_nav_sidebar = True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Cut what is searched for: SQLite has an error for a long pattern, and for a condition of many words."""

        @wraps(view)
        def with_short_search(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            for name in SEARCHES:
                if len(search := request.GET.get(name, "")) > LONGEST_SEARCH:
                    parameters = request.GET.copy()
                    parameters[name] = search[:LONGEST_SEARCH]
                    request.GET = parameters  # type: ignore[assignment]  # Django's own views do so, too
            if any(len(value) > LONGEST_FILTER for _name, values in request.GET.lists() for value in values):
                raise BadRequest("a parameter of the address is too long")
            return _with_plain_title(view(request, *args, **kwargs))

        return super().admin_view(with_short_search, cacheable)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the models in the order of use; for the page of one app, Django's own list."""
        apps = super().get_app_list(request, app_label)
        return apps if app_label else in_sections(apps)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show people first, then what fails and what waits, then the other tables."""
        panels = {"failing": health_parts.failing_parts(), "waiting": health_parts.waiting_parts()}
        return super().index(request, {**panels, **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Redirect to Atelier's sign-in page, because a second sign-in form would need the same protection."""
        if request.user.is_authenticated and not self.has_permission(request):
            from django.core.exceptions import PermissionDenied

            raise PermissionDenied
        target = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('sign-in')}?{urlencode({'next': target})}")

    def password_change(  # type: ignore[override]  # Django's own answers with a page
        self, request: HttpRequest, extra_context: object = None
    ) -> HttpResponse:
        """Redirect to Atelier's own page, which also writes the audit log and ends the refresh tokens."""
        return redirect("password")


def _with_plain_title(response: HttpResponse) -> HttpResponse:
    """Give a list the name of its objects as title, instead of Django's "Select … to change"."""
    context = getattr(response, "context_data", None) or {}
    if "cl" in context:
        opts = context["cl"].opts
        context["title"] = OWN_NAMES.get(opts.label_lower) or capfirst(opts.verbose_name_plural)
    return response
