"""The page "Repositories" of a course: how each one is read, with buttons to read, pause and resume many at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.person_request import PersonRequest
from courses.domain.repository_reading import change_reading
from courses.git import git_module
from courses.git.readings import COMMANDS
from courses.models import Course
from courses.pages.listed_repository import STATES
from courses.pages.repository_list import NEVER, RepositoryFilters, build_repository_list
from courses.pages.starter_list import starter_list
from courses.pages.tables.reading_table import reading_table
from courses.rules.permissions import Access
from courses.views.exports import send_course_table
from courses.views.lookups import get_changeable_course, get_class_and_access, get_class_and_limit
from gitsync.domain.bulk_reading import Outcome
from kernel.errors import Malformed
from kernel.exports.menu import export_links
from kernel.web.query_string import encode_query, ids_among, requested_page

FILTERS = ("state", "group", "name", "hook")


@require_http_methods(["GET", "HEAD", "POST"])
def course_repositories(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the repositories that the filters leave. POST reads, pauses or resumes some of them."""
    if request.method == "POST":
        return _change(request, get_changeable_course(request, pk))
    course, access = get_class_and_access(request, pk)
    context = _context(request, course, access) | {
        "hook": git_module.hook_address(course),
        "starters": starter_list(course),
    }
    return render(request, "courses/repositories_page.html", context)


@require_safe
def course_repositories_fragment(request: PersonRequest, pk: int) -> HttpResponse:
    """The list again, after a change or for other filters. Those also get into the address of the page."""
    course, access = get_class_and_access(request, pk)
    response = render(request, "courses/_repository_list.html", _context(request, course, access))
    if request.headers.get("HX-Trigger") == "repository-filters":
        query = _query(request)
        response["HX-Replace-Url"] = reverse("course-repositories", args=[pk]) + (f"?{query}" if query else "")
    return response


@require_safe
def reading_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    """The rows that the filters of the address leave, on all pages."""
    course, limit = get_class_and_limit(request, pk)
    filters = _filters(request)
    facts = {name: value for name in FILTERS if (value := getattr(filters, name))}
    with timezone.override(course.timezone):
        table = reading_table(course, filters, limit=limit)
        return send_course_table(request, course, table, file_format, filters=facts)


def _context(request: PersonRequest, course: Course, access: Access) -> dict[str, object]:
    shown = build_repository_list(course, _filters(request), limit=access.limit)
    query = _query(request)
    return {
        "course": course,
        "tab": "repositories",
        "may_change": access.may_change,
        "is_remote": git_module.is_remote(),
        "shown": shown,
        "states": STATES,
        "query": query,
        "here": encode_query(**_values(request), page=str(shown.page) if shown.page > 1 else ""),
        "before_query": _query(request, page=str(shown.page - 1)),
        "after_query": _query(request, page=str(shown.page + 1)),
        "exports": [export_links(_("These repositories"), "course-reading-file", course.pk, query=query)],
    }


def _change(request: PersonRequest, course: Course) -> HttpResponse:
    """Do what the pressed button says.

    The name of the button is the command. Its value is the key of one registration, or else the boxes count: `all` for
    every row that the filters leave, `registration` for single ones.
    """
    command = next((name for name in COMMANDS if name in request.POST), "")
    keys = ids_among([request.POST.get(command, "")])
    if not keys and "all" in request.POST:
        keys = build_repository_list(course, _filters(request)).keys
    keys = keys or ids_among(request.POST.getlist("registration"))
    try:
        outcome = change_reading(request.user, course, command, keys)
    except Malformed as refusal:
        messages.warning(request, refusal.message)
    else:
        _report(request, command, outcome)
    query = encode_query(**_values(request), page=request.GET.get("page", ""))
    return redirect(reverse("course-repositories", args=[course.pk]) + (f"?{query}" if query else ""))


def _report(request: PersonRequest, command: str, outcome: Outcome) -> None:
    count = len(outcome.changed)
    done = {
        "read": ngettext(
            "%(count)s repository is read now. The result appears here.",
            "%(count)s repositories are read now. The results appear here.",
            count,
        ),
        "pause": ngettext("%(count)s repository is paused.", "%(count)s repositories are paused.", count),
        "resume": ngettext(
            "%(count)s paused repository is read again.", "%(count)s paused repositories are read again.", count
        ),
    }
    nothing = {
        "read": _("Nothing is read: choose repositories that are not paused and were not tried a moment ago."),
        "pause": _("Nothing is paused: choose repositories that are being read."),
        "resume": _("Nothing is resumed: choose paused repositories."),
    }
    if count:
        messages.success(request, done[command] % {"count": count})
    elif not outcome.of_others:
        messages.warning(request, nothing[command])
    if outcome.of_others:
        sentence = ngettext(
            "%(count)s repository also counts in a course of another teacher, who had it first. Ask them, or staff.",
            "%(count)s repositories also count in courses of other teachers, who had them first. Ask them, or staff.",
            outcome.of_others,
        )
        messages.warning(request, sentence % {"count": outcome.of_others})


def _filters(request: PersonRequest) -> RepositoryFilters:
    values = _values(request)
    hook = values["hook"] if values["hook"] == NEVER else ""
    return RepositoryFilters(**values | {"hook": hook}, page=requested_page(request))


def _values(request: PersonRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:200] for name in FILTERS}


def _query(request: PersonRequest, **changes: str) -> str:
    return encode_query(**_values(request) | changes)
