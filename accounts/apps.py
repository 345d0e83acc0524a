from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import lockout  # noqa: F401 - connects the receiver of axes' signal
        from accounts.api import schema  # noqa: F401 - registers how the OpenAPI document names our ways in
