"""Semesters, courses, groups and enrolments. People write all of these rows."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_zone
from kernel.fields import ExactCharField, ExactTextField
from kernel.text.time_zones import zone_or_school


class Semester(models.Model):
    """A teacher's semester. On the wire, the pair (teacher, semester_id) identifies it."""

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
        """Return the number of the teaching week, from 1.

        None outside the semester, or when its first day is not known.
        """
        if not self.starts_on or today < self.starts_on or (self.ends_on and today > self.ends_on):
            return None
        return (today - self.starts_on).days // 7 + 1


class CourseQuerySet(models.QuerySet["Course"]):
    def with_class_visible_to(self, user: User) -> "CourseQuerySet":
        """Keep the courses whose whole class this person may see.

        These are the courses they teach or assist; for staff, all courses.
        """
        if user.is_staff:
            return self
        return self.taught_or_assisted_by(user)

    def taught_or_assisted_by(self, user: User) -> "CourseQuerySet":
        """Keep the courses that this person teaches, as the semester's teacher or a co-teacher, or assists."""
        in_team = Q(enrolments__person=user, enrolments__role__in=Enrolment.TEAM_ROLES)
        return self.filter(Q(semester__teacher=user) | in_team).distinct()

    def visible_to(self, user: User) -> "CourseQuerySet":
        """Keep the courses that this person may know of: those they teach or are enrolled in; for staff, all."""
        if user.is_staff:
            return self
        return self.of_person(user.pk)

    def of_person(self, pk: int) -> "CourseQuerySet":
        """Keep the courses that the person with this key teaches or is enrolled in."""
        return self.filter(Q(semester__teacher=pk) | Q(enrolments__person=pk)).distinct()

    def with_wire_ids(self, teacher_id: str, semester_id: str, course_id: str) -> "CourseQuerySet":
        """Keep the course with these ids of the Git module's wire; at most one."""
        return self.filter(
            semester__teacher__username=teacher_id, semester__semester_id=semester_id, course_id=course_id
        )


class Course(models.Model):
    """A course of a semester. Deadlines are entered and shown in `zone`.

    `unproven_counts_as` says whether work that is on time by its own date alone counts as on time. `starter_commit` is
    the sha of the last commit that was handed out for the whole course, `starter_url` the address of a repository that
    was; both are "" when there is none. `assistants_extend` lets assistants grant extensions, `assistants_override`
    lets them count removed work. `has_teams`: students work in teams.
    """

    class Unproven(models.TextChoices):
        ON_TIME = "on-time", _("on time")
        LATE = "late", _("late")

    semester = models.ForeignKey(Semester, verbose_name=_("semester"), on_delete=models.PROTECT, related_name="courses")
    course_id = ExactCharField(_("course id"), max_length=255)
    title = models.CharField(_("title"), max_length=200)
    zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", validators=[validate_zone])
    unproven_counts_as = models.CharField(
        _("work whose date is not verified counts as"),
        max_length=8,
        choices=Unproven.choices,
        default=Unproven.ON_TIME,
    )
    starter_commit = ExactCharField(_("starter commit"), max_length=64, blank=True, default="")
    starter_url = ExactTextField(_("starter repository"), blank=True, default="")
    assistants_extend = models.BooleanField(_("assistants grant extensions"), default=False)
    assistants_override = models.BooleanField(_("assistants count removed work"), default=False)
    has_teams = models.BooleanField(_("has teams"), default=False, editable=False)
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
    def unproven_is_late(self) -> bool:
        return self.unproven_counts_as == self.Unproven.LATE

    @property
    def timezone(self) -> ZoneInfo:
        return zone_or_school(self.zone)

    @property
    def topic(self) -> str:
        """The topic of change notifications for pages about the whole class."""
        return f"course:{self.pk}"

    @property
    def plan_topic(self) -> str:
        """A further topic for pages about one student: the course's tasks or deadlines changed."""
        return f"plan:{self.pk}"


class Group(models.Model):
    """A group of students in a course, with deadlines of its own where it has any."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="groups")
    group_id = ExactCharField(_("group id"), max_length=255)
    title = models.CharField(_("title"), max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "group_id"], name="courses_one_group")]

    def __str__(self) -> str:
        return self.title or self.group_id


class Enrolment(models.Model):
    """A person in a course, as student, assistant or co-teacher. The teacher of the semester needs none.

    `team` is the team of a student, who has its repositories. `assisted_groups` are the groups whose students an
    assistant sees; without any the assistant sees all students. `commits_stale` is set when the Git
    module says that the student's list of commits changed, until it is fetched again.
    """

    class Role(models.TextChoices):
        STUDENT = "student", _("Student")
        ASSISTANT = "assistant", _("Assistant")
        TEACHER = "teacher", _("Co-teacher")

    TEAM_ROLES = (Role.TEACHER, Role.ASSISTANT)

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="enrolments")
    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="enrolments")
    group = models.ForeignKey(
        Group, verbose_name=_("group"), null=True, blank=True, on_delete=models.SET_NULL, related_name="enrolments"
    )
    team = models.ForeignKey(
        "courses.Team", verbose_name=_("team"), null=True, blank=True, on_delete=models.SET_NULL, related_name="members"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.STUDENT)
    assisted_groups = models.ManyToManyField(
        Group, verbose_name=_("assisted groups"), blank=True, related_name="assistants"
    )
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
        """The topic of change notifications about this student."""
        return f"person:{self.person_id}"

    @property
    def page_topics(self) -> str:
        """The topics that pages about this student listen for, separated by a space."""
        return f"{self.topic} {self.course.plan_topic}"
