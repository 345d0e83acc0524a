from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import lockout  # noqa: F401 - connects the receiver of axes' signal
