"""The sign-in page."""

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from accounts import demo, sign_in_lockout, signing_in
from accounts.domain import first_account
from accounts.forms.account import SignInForm

# The user names that the sign-in page of a demonstration shows: one of each role.
DEMO_ACCOUNTS = [person.username for person in (demo.STAFF, demo.TEACHERS[0], demo.STUDENTS[0])]


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with sign_in_lockout.guesses_only_when_checked(request):
            return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        signing_in.after_sign_in(self.request, response, form.get_user())
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        accounts = {"demo_accounts": DEMO_ACCOUNTS, "demo_password": demo.PASSWORD} if settings.DEMO else {}
        has_nobody = not settings.DEMO and not self.request.POST and first_account.is_open()
        return super().get_context_data(**kwargs) | accounts | {"has_nobody": has_nobody}
