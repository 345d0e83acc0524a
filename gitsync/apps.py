from django.apps import AppConfig


class GitsyncConfig(AppConfig):
    name = "gitsync"
