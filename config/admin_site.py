"""The admin site, for staff. It uses Atelier's own sign-in page, with its lockout."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class AtelierAdminSite(AdminSite):
    site_header = site_title = "Atelier"
    index_title = _("Administration")
    enable_nav_sidebar = True

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
