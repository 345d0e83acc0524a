"""A student's own answers: a text or a tick given for a task that asks for it, changed, taken back."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.domain import answer_progress
from courses.models import Answer, Enrolment, Task
from courses.rules import permissions
from kernel.errors import Conflict, Malformed, NotAllowed
from live.publish import publish

LONGEST = 10_000


def give(actor: User, enrolment: Enrolment, task: Task, *, text: str = "") -> Answer:
    """The student's answer from now on. Given again it is changed, and the first time still counts for the deadline;
    the same again changes nothing.

    Raises NotAllowed, Conflict where nothing is asked for (any more), or Malformed with the field `text` at fault.
    """
    with transaction.atomic():
        enrolment, task = _hold(actor, enrolment, task)
        if not task.is_answered:
            raise Conflict("not_asked", _("This task asks for neither a text nor a tick."))
        text = _clean(task, text)
        answer = Answer.objects.filter(enrolment=enrolment, task=task).first() or Answer(text=text)
        answer.enrolment, answer.task = enrolment, task
        if answer.pk and answer.matches(task):
            if answer.text == text:
                return answer
            answer.text, answer.changed_at = text, timezone.now()
        else:  # new, or what is there answers something else than what is asked now
            answer.text, answer.given_at, answer.changed_at = text, timezone.now(), None
        answer.save()
        answer_progress.count(answer)
        audit.record(actor, "courses.give_answer", f"enrolment:{enrolment.pk}", after=_facts(answer))
        publish(task.course.topic, enrolment.topic)
    return answer


def take_back(actor: User, enrolment: Enrolment, task: Task) -> None:
    """As if it had never been given. Where nothing was, nothing happens."""
    with transaction.atomic():
        enrolment, task = _hold(actor, enrolment, task)
        answer = Answer.objects.filter(enrolment=enrolment, task=task).first()
        if answer is None:
            return
        answer.enrolment, answer.task = enrolment, task
        if task.is_answered:
            answer_progress.count_no_more(enrolment, task)
        audit.record(actor, "courses.take_back_answer", f"enrolment:{enrolment.pk}", before=_facts(answer))
        publish(task.course.topic, enrolment.topic)
        answer.delete()


def _hold(actor: User, enrolment: Enrolment, task: Task) -> tuple[Enrolment, Task]:
    """Both as they are now. The student is locked to the end of the transaction, as by whoever changes tasks."""
    held = Enrolment.objects.select_for_update().filter(pk=enrolment.pk).first()
    found = Task.objects.filter(pk=task.pk, course=enrolment.course_id)
    there = found.select_related("course__semester__teacher").first()
    if held is None or there is None:
        raise Conflict("gone", _("The task is gone, or you are not in the course any more."))
    held.course = there.course
    if not permissions.may_answer(actor, held):
        raise NotAllowed("not_allowed", _("Only the student gives or takes back an answer."))
    if there.course.archived_at:
        raise Conflict("archived", _("The course is put away: its answers stay as they are."))
    return held, there


def _clean(task: Task, text: str) -> str:
    """The text with one kind of line ends, or Malformed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if task.asks_for == Task.Asks.TICK:
        if text:
            raise Malformed("no_text", _("A tick has no text."), field="text")
        return text
    if not any(letter.isprintable() and not letter.isspace() for letter in text):  # such as zero-width spaces alone
        raise Malformed("empty", _("Write something first: an empty text is no answer."), field="text")
    if len(text) > LONGEST:
        sentence = _("This text has %(length)s characters; %(longest)s is the most.")
        words = {"length": number_format(len(text)), "longest": number_format(LONGEST)}
        raise Malformed("too_long", sentence % words, field="text")
    return text


def _facts(answer: Answer) -> dict[str, str]:
    """What is kept of it among the events: not the text, which goes when the student takes it back."""
    return {"task": answer.task.path, "characters": str(len(answer.text))}
