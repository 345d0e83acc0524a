"""The app of Django's admin, with our own admin site."""

from django.contrib.admin.apps import AdminConfig


class AtelierAdminConfig(AdminConfig):
    default_site = "config.admin_site.AtelierAdminSite"
