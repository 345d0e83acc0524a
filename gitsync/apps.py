from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class GitsyncConfig(AppConfig):
    name = "gitsync"
    verbose_name = _("Git")

    def ready(self) -> None:
        from kernel.sealed_columns import SealedColumn, register

        register(SealedColumn("gitsync.Credential", "sealed", lambda row: row.bound_to))
        from accounts import recent_activity
        from accounts.audit_log import titles
        from accounts.audit_log.objects import KINDS, ObjectKind

        recent_activity.EVENT_TITLES |= {
            "gitsync.confirm_registration": gettext_noop("Repository confirmed"),
            "gitsync.prove_ownership": gettext_noop("Repository proven by its student"),
            "gitsync.accept_move": gettext_noop("New address of a repository accepted"),
            "gitsync.choose_branch": gettext_noop("Branch of a repository chosen"),
        }
        titles.LOG_TITLES |= {
            "gitsync.sync_now": gettext_noop("Repository read at once"),
            "gitsync.pause": gettext_noop("Repository paused"),
            "gitsync.resume": gettext_noop("Repository read again"),
            "gitsync.export": gettext_noop("List of repositories exported"),
            "gitsync.send_again": gettext_noop("Event sent again"),
            "gitsync.add_credential": gettext_noop("Credential added"),
            "gitsync.replace_credential": gettext_noop("Credential replaced"),
            "gitsync.revoke_credential": gettext_noop("Credential revoked"),
            "gitsync.renew_hook_address": gettext_noop("New hook address made"),
            "gitsync.accept_host_key": gettext_noop("SSH key of a server accepted"),
        }
        names = "gitsync.queries.audit_objects"
        KINDS.update(
            {
                "repository": ObjectKind(gettext_noop("Repository"), f"{names}.load_repositories"),
                "registration": ObjectKind(gettext_noop("Repository of a student"), f"{names}.load_registrations"),
                "hook_door": ObjectKind(gettext_noop("Hook address"), f"{names}.load_hook_addresses"),
                "host_key": ObjectKind(gettext_noop("SSH key of a server"), f"{names}.load_host_keys"),
                "credential": ObjectKind(gettext_noop("Credential"), f"{names}.load_credentials"),
                "event": ObjectKind(gettext_noop("Event")),
            }
        )
