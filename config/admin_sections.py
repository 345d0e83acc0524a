"""The order of the administration: people first, then the farm and the courses, and technical tables last."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The sections in their order: a key, a heading, and the models by label in the order of their use.
SECTIONS: list[tuple[str, str | Promise, list[str]]] = [
    ("people", _("People"), ["accounts.user", "accounts.auditevent", "mail.mail"]),
    ("farm", _("Farm"), ["farm.machine", "farm.reservation", "farm.closure", "farm.project", "farm.capacitycheck"]),
    (
        "courses",
        _("Courses"),
        [
            "courses.semester",
            "courses.course",
            "courses.enrolment",
            "courses.task",
            "courses.extension",
            "courses.studentrepository",
            "courses.answer",
            "courses.progress",
        ],
    ),
    ("technical", _("Technical tables"), ["gitsync.localcopy", "gitsync.outboxevent", "farm.allocation"]),
]
# Two tables of repositories have these names here: of the courses, and of the Git module.
OWN_NAMES: dict[str, str | Promise] = {
    "courses.studentrepository": _("Repositories of students"),
    "gitsync.localcopy": _("Repositories that are read"),
}
SECTION_OF_APP = {"accounts": "people", "mail": "people", "farm": "farm"}  # of models that no section names


def in_sections(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Django's list of apps as the list of sections. A section without a model is left out.

    A model that no section names is at the end of the section of its app; without one it is a technical table.
    """
    models = {f"{app['app_label']}.{model['object_name'].lower()}": model for app in apps for model in app["models"]}
    for label in OWN_NAMES.keys() & models.keys():
        models[label] = {**models[label], "name": OWN_NAMES[label]}
    placed = {label: key for key, _title, labels in SECTIONS for label in labels}
    by_key: dict[str, list[dict[str, Any]]] = {key: [] for key, _title, _labels in SECTIONS}
    for label in [*placed, *sorted(set(models) - set(placed))]:
        if label in models:
            key = placed.get(label) or SECTION_OF_APP.get(label.partition(".")[0], "technical")
            by_key[key].append(models[label])
    return [
        {"name": title, "app_label": key, "app_url": "", "has_module_perms": True, "models": by_key[key]}
        for key, title, _labels in SECTIONS
        if by_key[key]
    ]
