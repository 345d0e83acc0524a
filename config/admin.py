"""Django's admin, in Atelier's clothes and behind Atelier's sign-in."""

from django.contrib.admin.apps import AdminConfig


class AtelierAdminConfig(AdminConfig):
    default_site = "config.admin_site.AtelierAdminSite"
