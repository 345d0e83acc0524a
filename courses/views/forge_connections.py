"""The pages that connect a course with a forge: give the token, settle who is whose, install and remove the hooks."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.domain import forge_choices, forge_connections
from courses.forms.forge_connections import ForgeForm, ForgeTokenForm
from courses.git import git_module
from courses.git.forges import OF_THE_TOKEN
from courses.models import ForgeConnection
from courses.pages.forge_heard import count_heard
from courses.pages.forge_list import count_repositories, list_repositories, places_of, problem_sentence, student_names
from courses.views.lookups import get_changeable_course
from kernel.errors import Refused
from kernel.web.query_string import ID_DIGITS, encode_query, requested_page, whole_number

CHOICE = "student_"
State = ForgeConnection.State


def course_forge(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the connections of the course, and the form that makes one; on POST make it."""
    course = get_changeable_course(request, pk)
    places = places_of(course)
    form = ForgeForm(places, request.POST or None)
    if connection := form.run(lambda data: forge_connections.connect(request.user, course, **data)):
        return redirect("course-forge-connection", pk, connection.pk)
    context = {
        "course": course,
        "form": form,
        "places": places,
        "connections": course.forge_connections.order_by("-pk"),
        "tab": "repositories",
        "may_change": True,
    }
    return render(request, "courses/forge_new.html", context, status=422 if form.errors else 200)


def course_forge_connection(request: PersonRequest, pk: int, connection_pk: int) -> HttpResponse:
    """Show a connection: how far the work is, who is whose, and the result. POST: `do` names the step."""
    connection = _get_connection(request, pk, connection_pk)
    form = ForgeTokenForm(request.POST if request.POST.get("do") == "token" else None)
    if request.method != "POST":
        return render(request, "courses/forge.html", _context(request, connection, form))
    if request.POST.get("do") == "token":
        form.run(lambda data: forge_connections.replace_token(request.user, connection, **data))
        if form.errors:
            return render(request, "courses/forge.html", _context(request, connection, form), status=422)
    else:
        _run(request, connection)
    if not ForgeConnection.objects.filter(pk=connection_pk).exists():
        return redirect("course-forge", pk)
    return redirect(request.get_full_path())


def course_forge_fragment(request: PersonRequest, pk: int, connection_pk: int) -> HttpResponse:
    """Return how far the work is, again after a change. When a person is asked, htmx reloads the page."""
    connection = _get_connection(request, pk, connection_pk)
    response = render(request, "courses/_forge_progress.html", _context(request, connection, ForgeTokenForm()))
    if not connection.is_working or forge_connections.is_stopped(connection):
        response["HX-Refresh"] = "true"
    return response


def _get_connection(request: PersonRequest, pk: int, connection_pk: int) -> ForgeConnection:
    course = get_changeable_course(request, pk)
    connection: ForgeConnection = get_object_or_404(course.forge_connections, pk=connection_pk)
    connection.course = course
    return connection


def _run(request: PersonRequest, connection: ForgeConnection) -> None:
    """Call the command that `do` names, and say what happened or why it was refused."""
    user = request.user
    commands: dict[str, tuple[Callable[[], object], str]] = {
        "choose": (lambda: _choose(request, connection), _("Your choice is saved.")),
        "install": (lambda: _choose_and_install(request, connection), ""),
        "again": (lambda: forge_connections.try_again(user, connection), ""),
        "remove": (lambda: forge_connections.remove_hooks(user, connection), ""),
        "forget-token": (lambda: forge_connections.forget_token(user, connection), _("The token is forgotten.")),
        "forget": (
            lambda: forge_connections.forget(user, connection),
            _("The connection is forgotten. Repositories and hooks stay as they are."),
        ),
    }
    command, done = commands.get(request.POST.get("do", ""), (lambda: None, ""))
    try:
        command()
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        if done:
            messages.success(request, done)


def _choose(request: PersonRequest, connection: ForgeConnection) -> None:
    """Save the students that were entered beside the repositories of this page."""
    choices = {
        number: str(text)
        for name, text in request.POST.items()
        if name.startswith(CHOICE) and (number := whole_number(name.removeprefix(CHOICE), ID_DIGITS)) is not None
    }
    if choices:
        forge_choices.choose_students(request.user, connection, choices)


def _choose_and_install(request: PersonRequest, connection: ForgeConnection) -> None:
    _choose(request, connection)
    forge_connections.install(request.user, connection)


def _context(request: PersonRequest, connection: ForgeConnection, form: ForgeTokenForm) -> dict[str, Any]:
    state = connection.state
    default = "all" if state in (State.PROPOSED, State.REMOVED) else "settle"
    shown = list_repositories(connection, show=request.GET.get("show", default), number=requested_page(request))
    can_choose = state in (State.PROPOSED, State.INSTALLED, State.REMOVED)
    stopped = forge_connections.is_stopped(connection)
    counts = count_repositories(connection)
    has_hooks = state in (State.INSTALLING, State.INSTALLED, State.REMOVING) or (
        state == State.REMOVED and counts.failed
    )
    waits = connection.next_attempt_at if connection.problem else None
    return {
        "course": connection.course,
        "connection": connection,
        "counts": counts,
        "can_remove": bool(connection.sealed_token and has_hooks),
        "heard": count_heard(connection),
        "shown": shown,
        "page_link": f"?{encode_query(show=shown.show)}&page=",
        "can_choose": can_choose,
        "students": student_names(connection.course) if can_choose else [],
        "problem": problem_sentence(connection.problem, connection.problem_detail),
        "stopped": stopped,
        "next_attempt_at": waits if waits and waits > timezone.now() else None,
        "asks_for_token": not connection.sealed_token or (stopped and connection.problem in OF_THE_TOKEN),
        "token_form": form,
        "hook": git_module.hook_address(connection.course),
        "tab": "repositories",
        "may_change": True,
    }
