from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import mail_kinds
        from accounts.api import schema  # noqa: F401 - registers our authentication classes with drf-spectacular

        mail_kinds.register_kinds()
