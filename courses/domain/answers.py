"""Commands with which students give, change and take back their own answers, texts and ticks; and queries for them."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.domain import answer_progress
from courses.models import Answer, Enrolment, Task
from courses.rules import permissions
from courses.rules.deadlines import EnrolmentKeys
from kernel.errors import Conflict, Malformed, NotAllowed
from live.publish import changed_rows, publish

MAX_TEXT_LENGTH = 10_000


def give_answer(actor: User, enrolment: Enrolment, task: Task, *, text: str = "") -> Answer:
    """Save the student's answer to a task: a text, or a tick (an empty text).

    A second answer changes the first one, whose time still counts for the deadline. The same answer again changes
    nothing.

    Raises NotAllowed for anyone but the student; Conflict when the task does not ask for an answer or is deleted, when
    the student has left the course, or when the course is archived; Malformed with the field `text` at fault.
    """
    with transaction.atomic():
        enrolment, task = _lock_and_check(actor, enrolment, task)
        if not task.is_answered:
            raise Conflict("not_asked", _("This task asks for neither a text nor a tick."))
        text = _clean_text(task, text)
        answer = Answer.objects.filter(enrolment=enrolment, task=task).first() or Answer(text=text)
        answer.enrolment, answer.task = enrolment, task
        if answer.pk and answer.matches(task):
            if answer.text == text:
                return answer
            answer.text, answer.changed_at = text, timezone.now()
        else:  # a new answer, or the old one answers another kind of task
            answer.text, answer.given_at, answer.changed_at = text, timezone.now(), None
        answer.save()
        answer_progress.save_progress(answer)
        audit.record(actor, "courses.give_answer", f"enrolment:{enrolment.pk}", after=_audit_values(answer))
        publish(changed_rows(task.course.topic, [enrolment.pk]), enrolment.topic)
    return answer


def take_back_answer(actor: User, enrolment: Enrolment, task: Task) -> None:
    """Delete the student's answer and the progress from it. Without an answer nothing happens.

    Raises NotAllowed and Conflict as `give_answer` does, but also accepts an answer that the task no longer asks for.
    """
    with transaction.atomic():
        enrolment, task = _lock_and_check(actor, enrolment, task)
        answer = Answer.objects.filter(enrolment=enrolment, task=task).first()
        if answer is None:
            return
        answer.enrolment, answer.task = enrolment, task
        if task.is_answered:
            answer_progress.delete_progress(enrolment, task)
        audit.record(actor, "courses.take_back_answer", f"enrolment:{enrolment.pk}", before=_audit_values(answer))
        publish(changed_rows(task.course.topic, [enrolment.pk]), enrolment.topic)
        answer.delete()


def answers_of_class(task: Task, students: EnrolmentKeys) -> dict[int, Answer]:
    """Return the answers of these students that count for a task, by the key of the enrolment."""
    if not task.is_answered:
        return {}
    answers = Answer.objects.matching_task().filter(task=task, enrolment__in=students)
    return {answer.enrolment_id: answer for answer in answers}


def change_times(task: Task, students: EnrolmentKeys) -> dict[int, datetime]:
    """Return when these students last changed their answer to a task, by the key of the enrolment."""
    if not task.is_answered:
        return {}
    answers = Answer.objects.matching_task().filter(task=task, enrolment__in=students)
    times = answers.exclude(changed_at=None).values_list("enrolment", "changed_at")
    return {enrolment_id: changed_at for enrolment_id, changed_at in times if changed_at is not None}


def answers_of_student(enrolment: Enrolment) -> dict[int, Answer]:
    """Return all answers of a student that count, by the key of the task."""
    return {answer.task_id: answer for answer in Answer.objects.matching_task().filter(enrolment=enrolment)}


def _lock_and_check(actor: User, enrolment: Enrolment, task: Task) -> tuple[Enrolment, Task]:
    """Lock the enrolment to the end of the transaction, re-read both rows, and check that the actor may answer now.

    Commands that change tasks lock the enrolments too, so the task cannot change meanwhile.
    """
    locked = Enrolment.objects.select_for_update().filter(pk=enrolment.pk).first()
    tasks = Task.objects.filter(pk=task.pk, course=enrolment.course_id)
    current = tasks.select_related("course__semester__teacher").first()
    if locked is None or current is None:
        raise Conflict("gone", _("The task is gone, or you are not in the course any more."))
    locked.course = current.course
    if not permissions.may_answer(actor, locked):
        raise NotAllowed("not_allowed", _("Only the student gives or takes back an answer."))
    if current.course.archived_at:
        raise Conflict("archived", _("The course is archived: its answers stay as they are."))
    return locked, current


def _clean_text(task: Task, text: str) -> str:
    r"""Return the text with "\n" as its only line end and without spaces around it. Raises Malformed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if task.asks_for == Task.Asks.TICK:
        if text:
            raise Malformed("no_text", _("A tick has no text."), field="text")
        return text
    if not any(letter.isprintable() and not letter.isspace() for letter in text):  # for example zero-width spaces only
        raise Malformed("empty", _("Write something first: an empty text is not an answer."), field="text")
    if len(text) > MAX_TEXT_LENGTH:
        sentence = _("This text has %(length)s characters; the limit is %(longest)s.")
        values = {"length": number_format(len(text)), "longest": number_format(MAX_TEXT_LENGTH)}
        raise Malformed("too_long", sentence % values, field="text")
    return text


def _audit_values(answer: Answer) -> dict[str, str]:
    """Return what the audit log keeps. It keeps no text: the text is erased when the student takes it back."""
    return {"task": answer.task.path, "characters": str(len(answer.text))}
