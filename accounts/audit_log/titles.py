"""The titles of audit commands in the audit log: a few words for each."""

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.recent_activity import EVENT_TITLES

# Commands that are no news for the home page. Each app adds its own in its AppConfig.ready.
LOG_TITLES = {
    "accounts.export": gettext_noop("List exported"),
}


def title_of(command: str) -> str:
    """Return the title in the reader's language, or the command itself when it has none."""
    title = EVENT_TITLES.get(command) or LOG_TITLES.get(command)
    return _(title) if title else command


def command_choices() -> list[tuple[str, list[tuple[str, str]] | str]]:
    """Return the choices of a select: the commands with their titles, in groups named for the apps."""
    by_app: dict[str, list[tuple[str, str]]] = {}
    for command in {**EVENT_TITLES, **LOG_TITLES}:
        by_app.setdefault(_app_name(command), []).append((command, title_of(command)))
    groups = [(name, sorted(choices, key=lambda choice: choice[1])) for name, choices in sorted(by_app.items())]
    return [("", _("All actions")), *groups]


def _app_name(command: str) -> str:
    label = command.partition(".")[0]
    return str(apps.get_app_config(label).verbose_name) if apps.is_installed(label) else "Atelier"
