from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GitsyncConfig(AppConfig):
    name = "gitsync"
    verbose_name = _("Git")
