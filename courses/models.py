"""Courses, their tasks and people, and what the Git module's events say about them.

Facts that people write: Semester to RepositoryClaim's address. Derived from ReceivedEvent alone, and rebuilt from it by
`catching_up.rebuild`: RepositoryClaim's state, Activity, Progress. Epoch seconds (UTC) where a time comes out of Git,
DateTimeFields for times of our own doing. Wide unique texts carry a SHA-256 (`…_hash`).
"""

import zoneinfo
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_zone
from kernel.fields import ExactCharField, ExactTextField


class Semester(models.Model):
    """A teacher's semester; the pair (teacher, semester_id) is the wire's."""

    teacher = models.ForeignKey(
        User,
        verbose_name=_("teacher"),
        on_delete=models.PROTECT,
        related_name="semesters",
        limit_choices_to={"kind": User.Kind.TEACHER},
    )
    semester_id = ExactCharField(_("semester id"), max_length=255)
    title = models.CharField(_("title"), max_length=120, blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["teacher", "semester_id"], name="courses_one_semester")]
        verbose_name = _("semester")
        verbose_name_plural = _("semesters")

    def __str__(self) -> str:
        return self.title or self.semester_id

    def week(self, today: date) -> int | None:
        """The number of the teaching week, from 1; None outside the semester or when its days are not known."""
        if not self.starts_on or today < self.starts_on or (self.ends_on and today > self.ends_on):
            return None
        return (today - self.starts_on).days // 7 + 1


class CourseQuerySet(models.QuerySet["Course"]):
    def followed_by_staff_or(self, user: User) -> "CourseQuerySet":
        """Courses whose whole class this person may see: their own, those they assist, all for staff."""
        if user.is_staff:
            return self
        assisted = Q(enrolments__person=user, enrolments__role=Enrolment.Role.ASSISTANT)
        return self.filter(Q(semester__teacher=user) | assisted).distinct()

    def visible_to(self, user: User) -> "CourseQuerySet":
        """Courses this person may know of: also those they are enrolled in."""
        if user.is_staff:
            return self
        return self.filter(Q(semester__teacher=user) | Q(enrolments__person=user)).distinct()

    def on_the_wire(self, teacher_id: str, semester_id: str, course_id: str) -> "CourseQuerySet":
        return self.filter(
            semester__teacher__username=teacher_id, semester__semester_id=semester_id, course_id=course_id
        )


class Course(models.Model):
    """A course of a semester. Deadlines are entered and shown in `zone`."""

    semester = models.ForeignKey(Semester, verbose_name=_("semester"), on_delete=models.PROTECT, related_name="courses")
    course_id = ExactCharField(_("course id"), max_length=255)
    title = models.CharField(_("title"), max_length=200)
    zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", validators=[validate_zone])
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["semester", "course_id"], name="courses_one_course")]
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self) -> str:
        return self.title

    @property
    def teacher(self) -> User:
        return self.semester.teacher

    @property
    def timezone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone or settings.TIME_ZONE)

    @property
    def topic(self) -> str:
        """What pages about the whole class listen for."""
        return f"course:{self.pk}"

    @property
    def plan_topic(self) -> str:
        """What pages about one student listen for besides: what the course asks for, and when, changed."""
        return f"plan:{self.pk}"


class Group(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="groups")
    group_id = ExactCharField(_("group id"), max_length=255)
    title = models.CharField(_("title"), max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "group_id"], name="courses_one_group")]

    def __str__(self) -> str:
        return self.title or self.group_id


class Enrolment(models.Model):
    """A person in a course. `commits_stale`: the Git module said that its list of commits changed; ask again."""

    class Role(models.TextChoices):
        STUDENT = "student", _("Student")
        ASSISTANT = "assistant", _("Assistant")

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="enrolments")
    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="enrolments")
    group = models.ForeignKey(
        Group, verbose_name=_("group"), null=True, blank=True, on_delete=models.SET_NULL, related_name="enrolments"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.STUDENT)
    commits_stale = models.BooleanField(_("commits to read again"), default=False, db_index=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "person"], name="courses_one_enrolment")]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")

    def __str__(self) -> str:
        return f"{self.person} in {self.course}"

    @property
    def topic(self) -> str:
        """What tells of this student."""
        return f"person:{self.person_id}"

    @property
    def page_topics(self) -> str:
        """What pages about this student listen for."""
        return f"{self.topic} {self.course.plan_topic}"


class Task(models.Model):
    """A node of the course's tree. Its path is the wire's exercisePath, from the root of the calendar."""

    class Asks(models.TextChoices):
        NOTHING = "nothing", _("Nothing (a chapter)")
        REPOSITORY = "repository", _("A repository")
        EXERCISE = "exercise", _("A Git exercise")
        TEXT = "text", _("A short text")
        TICK = "tick", _("A tick")

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="tasks")
    path = ExactTextField(_("path"))
    path_hash = ExactCharField(_("hash of the path"), max_length=64, editable=False)
    title = models.CharField(_("title"), max_length=200)
    statement = models.TextField(_("statement"), blank=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    asks_for = models.CharField(_("asks for"), max_length=10, choices=Asks.choices, default=Asks.EXERCISE)
    repo_path = ExactTextField(_("repository at"), default="/", blank=True)
    source_folder_path = ExactTextField(_("source folder"), default="", blank=True)
    completion_keywords = models.CharField(_("completion keywords"), max_length=1000, default="", blank=True)
    deadline = models.DateTimeField(_("deadline"), null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["course", "path_hash"], name="courses_one_task")]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")

    def __str__(self) -> str:
        return self.title

    @property
    def is_exercise(self) -> bool:
        return self.asks_for == self.Asks.EXERCISE


class GroupDeadline(models.Model):
    """Another deadline of a task for one group."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="group_deadlines")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="deadlines")
    deadline = models.DateTimeField(_("deadline"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "group"], name="courses_one_group_deadline")]

    def __str__(self) -> str:
        return f"{self.task} for {self.group}"


class Extension(models.Model):
    """A later deadline granted to one student, and why."""

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="extensions")
    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="extensions"
    )
    deadline = models.DateTimeField(_("new deadline"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    granted_by = models.ForeignKey(
        User, verbose_name=_("granted by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "enrolment"], name="courses_one_extension")]
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")

    def __str__(self) -> str:
        return f"{self.task} for {self.enrolment}"


class RepositoryClaim(models.Model):
    """The repository a student gave for one place of the course. State, reason and since come from events."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Clone in progress")
        CLONED = "cloned", _("Up to date")
        FAILING = "failing", _("Repository failing")

    enrolment = models.ForeignKey(Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="claims")
    repo_path = ExactTextField(_("repository at"))
    repo_path_hash = ExactCharField(_("hash of the path"), max_length=64)
    url = ExactTextField(_("address"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    since = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last read"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "repo_path_hash"], name="courses_one_claim")]
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")

    def __str__(self) -> str:
        return self.url


class Activity(models.Model):
    """Derived: one commit's work on one exercise ("/" when on none), as OnNewCommits told it.

    `at` is the commit's lateness time where the Git module tells it, else its author time, never after the receipt.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="activities")
    repo_path_hash = ExactCharField(max_length=64)
    commit_id = ExactCharField(max_length=64)
    exercise_path = ExactTextField()
    exercise_path_hash = ExactCharField(max_length=64)
    at = models.BigIntegerField()
    effort = models.PositiveIntegerField(default=0)
    completes = models.BooleanField(default=False)
    subject = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "repo_path_hash", "commit_id", "exercise_path_hash"], name="courses_one_activity"
            )
        ]
        indexes = [
            models.Index(fields=["enrolment", "at"], name="courses_activity_at"),
            models.Index(fields=["enrolment", "exercise_path_hash"], name="courses_activity_task"),
        ]

    def __str__(self) -> str:
        return f"{self.commit_id[:8]} on {self.exercise_path}"


class Progress(models.Model):
    """Derived: how far a student is with a task. Late or overdue is not stored: it depends on the deadline and on now.

    `completed_time` is the earliest lateness time of a completing commit, kept when the task is undone.
    """

    class State(models.TextChoices):
        TODO = "todo", _("To do")
        STARTED = "started", _("Started")
        DONE = "done", _("Done")

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="progress"
    )
    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="progress")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.TODO)
    since = models.DateTimeField(_("since"))
    completed_time = models.BigIntegerField(_("done at (epoch seconds)"), null=True, blank=True)
    effort = models.PositiveBigIntegerField(_("effort"), default=0)
    last_activity = models.BigIntegerField(_("last push (epoch seconds)"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "task"], name="courses_one_progress")]
        # Holds all that the states of a class come from: the matrix reads them without touching a row.
        indexes = [
            models.Index(fields=["enrolment", "task", "state", "completed_time"], name="courses_progress_states")
        ]
        verbose_name = _("progress of a task")
        verbose_name_plural = _("progress")

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.task_id} {self.state}"


class ReceivedEvent(models.Model):
    """An event as the Git module sent it, once per event id; `problem` says why nothing came of it."""

    class Problem(models.TextChoices):
        UNKNOWN_COURSE = "unknown_course", _("No such course")
        UNKNOWN_STUDENT = "unknown_student", _("No such student in the course")
        UNKNOWN_TASK = "unknown_task", _("No such task in the course")
        UNKNOWN_URL = "unknown_url", _("Nobody gave this repository")
        OTHER_URL = "other_url", _("About a repository that was replaced")

    event_id = models.UUIDField(_("event id"), unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    body = models.JSONField(_("body"))
    received_at = models.DateTimeField(_("received"), db_index=True)
    student_id = ExactCharField(_("student id"), max_length=255, blank=True, default="")
    course = models.ForeignKey(
        Course, verbose_name=_("course"), null=True, on_delete=models.CASCADE, related_name="events"
    )
    problem = models.CharField(
        _("problem"), max_length=20, choices=Problem.choices, blank=True, default="", db_index=True
    )

    class Meta:
        indexes = [models.Index(fields=["course", "student_id"], name="courses_event_student")]
        verbose_name = _("event received")
        verbose_name_plural = _("events received")

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class OutgoingMessage(models.Model):
    """A message of the contract to a Git module elsewhere (GIT_MODULE_URL), sent in order of the rows of a course."""

    course_key = ExactCharField(_("course"), max_length=800)
    course_key_hash = ExactCharField(_("hash of the course"), max_length=64, db_index=True)
    kind = models.CharField(_("kind"), max_length=40)
    body = models.JSONField(_("body"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["sent_at", "dead_at", "next_attempt_at"], name="courses_outgoing_due")]
        verbose_name = _("message to the Git module")
        verbose_name_plural = _("messages to the Git module")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
