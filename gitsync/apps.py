from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class GitsyncConfig(AppConfig):
    name = "gitsync"
    verbose_name = _("Git")

    def ready(self) -> None:

        from accounts import recent_activity

        recent_activity.EVENT_TITLES |= {
            "gitsync.confirm_registration": gettext_noop("Repository confirmed"),
            "gitsync.accept_move": gettext_noop("New address of a repository accepted"),
            "gitsync.choose_branch": gettext_noop("Branch of a repository chosen"),
        }
