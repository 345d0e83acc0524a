"""The connection of a course with an organisation or a group of a forge, and the repositories that are listed there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from courses.models.course import Course, Enrolment
from kernel.fields import ExactCharField, ExactTextField


class ForgeConnection(models.Model):
    """An organisation, group or workspace of a forge, whose repositories a course reads.

    `sealed_token` is the token of the forge (kernel/sealing.py), or "" after it was forgotten. With `reads_with_token`
    the private repositories are read with it too: `credential_number` is the Git module's key of the Credential that
    has it, None before the first installation and after it was forgotten. `next_page` asks the forge for the part of
    the list that was not read yet. While a worker works on it, `lease` is its own text and
    `leased_until` the moment when another worker may take over. `problem` is a Reason of gitsync/forges/refusals.py,
    and `problem_detail` the forge's own words about it. After a limit or an error of the forge, the work goes on at
    `next_attempt_at`; `attempts` counts the errors in a row.
    """

    class Forge(models.TextChoices):
        GITHUB = "github", "GitHub"
        GITLAB = "gitlab", "GitLab"
        GITEA = "gitea", "Gitea, Forgejo"
        BITBUCKET = "bitbucket", "Bitbucket Cloud"

    class State(models.TextChoices):
        LISTING = "listing", _("Reading the list of repositories")
        MATCHING = "matching", _("Reading who works in which repository")
        PROPOSED = "proposed", _("Waits for your confirmation")
        INSTALLING = "installing", _("Registering repositories and installing hooks")
        INSTALLED = "installed", _("Done")
        REMOVING = "removing", _("Removing the hooks")
        REMOVED = "removed", _("Hooks removed")

    WORKING = (State.LISTING, State.MATCHING, State.INSTALLING, State.REMOVING)

    course = models.ForeignKey(
        Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="forge_connections"
    )
    created_by = models.ForeignKey(
        User, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    touched_at = models.DateTimeField(_("last change"), auto_now=True)
    forge = models.CharField(_("forge"), max_length=10, choices=Forge.choices)
    base_url = ExactCharField(_("address of the server"), max_length=300)
    owner = ExactCharField(_("organisation or group"), max_length=255)
    repo_path = ExactTextField(_("repository at"))
    sealed_token = models.TextField(_("sealed token"), blank=True, default="", editable=False)
    reads_with_token = models.BooleanField(_("private repositories are read with the token"), default=False)
    credential_number = models.PositiveBigIntegerField(_("credential"), null=True, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.LISTING, db_index=True)
    next_page = ExactTextField(_("next page"), blank=True, default="")
    problem = models.CharField(_("problem"), max_length=20, blank=True, default="")
    problem_detail = models.CharField(_("words of the forge"), max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("errors in a row"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    lease = models.CharField(_("worker"), max_length=32, blank=True, default="", editable=False)
    leased_until = models.DateTimeField(_("worker has it until"), null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "base_url", "owner"], name="courses_one_forge_connection")
        ]
        verbose_name = _("connection with a forge")
        verbose_name_plural = _("connections with forges")

    def __str__(self) -> str:
        return f"{self.owner} ({self.host})"

    @property
    def host(self) -> str:
        return self.base_url.partition("://")[2]

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def topic(self) -> str:
        """The topic of change notifications about the progress."""
        return f"forge:{self.pk}"

    @property
    def token_binding(self) -> str:
        """The text that the sealed token belongs to."""
        return f"forge-connection:{self.pk}@{self.host}"


class ForgeRepository(models.Model):
    """A repository that the forge lists, the student whom it belongs to, and whether its hook is installed.

    `others` are the keys of further students who work in it: they become a team. `match` says how the student was
    found. `candidates` are the user names of those who came into question. `people` has the login and the e-mail
    address of each person with access of their own, or None before the forge was asked. `hook_id` is the forge's id
    of our hook, "" without one.
    """

    class Match(models.TextChoices):
        GIVEN = "given", pgettext_lazy("match", "The student gave this repository")
        EMAIL = "email", pgettext_lazy("match", "E-mail address")
        MEMBER = "member", pgettext_lazy("match", "Member of the repository")
        NAME = "name", pgettext_lazy("match", "Name of the repository")
        CHOSEN = "chosen", pgettext_lazy("match", "Chosen by you")
        SEVERAL = "several", pgettext_lazy("match", "Several students come into question")
        TWICE = "twice", pgettext_lazy("match", "Another repository fits the same student")
        NONE = "none", pgettext_lazy("match", "No student found")

    class State(models.TextChoices):
        LISTED = "listed", pgettext_lazy("hook", "Not begun")
        REGISTERED = "registered", pgettext_lazy("hook", "Registered, hook to be installed")
        INSTALLED = "installed", pgettext_lazy("hook", "Installed")
        FAILED = "failed", pgettext_lazy("hook", "Failed")
        REMOVED = "removed", pgettext_lazy("hook", "Removed")

    # Problems that are not of the forge: the repository was never registered.
    OTHER, ELSEWHERE, ADDRESS = "other", "elsewhere", "address"
    NOT_REGISTERED = Q(state=State.LISTED) | Q(state=State.FAILED, problem__in=(OTHER, ELSEWHERE, ADDRESS))

    connection = models.ForeignKey(
        ForgeConnection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="repositories"
    )
    remote_id = ExactCharField(_("id at the forge"), max_length=100)
    full_name = ExactCharField(_("name"), max_length=500)
    clone_url = ExactTextField(_("address"))
    is_private = models.BooleanField(_("private"), default=True)
    is_empty = models.BooleanField(_("empty"), default=False)
    enrolment = models.ForeignKey(
        Enrolment,
        verbose_name=_("student"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="forge_repositories",
    )
    others = models.JSONField(_("students of the same team"), default=list, blank=True)
    match = models.CharField(_("match"), max_length=10, choices=Match.choices, default=Match.NONE)
    candidates = models.JSONField(_("candidates"), default=list)
    people = models.JSONField(_("people of the repository"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.LISTED)
    problem = models.CharField(_("problem"), max_length=20, blank=True, default="")
    problem_detail = models.CharField(_("words of the forge"), max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("errors in a row"), default=0)
    hook_id = ExactCharField(_("hook"), max_length=100, blank=True, default="")
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "remote_id"], name="courses_one_forge_repository")]
        indexes = [models.Index(fields=["connection", "state", "attempts"], name="courses_forge_next")]
        verbose_name = _("repository of a forge")
        verbose_name_plural = _("repositories of forges")

    def __str__(self) -> str:
        return str(self.full_name)

    @property
    def students(self) -> list[int]:
        """The keys of the enrolments of its students."""
        return [self.enrolment_id, *self.others] if self.enrolment_id is not None else []

    @property
    def is_registered(self) -> bool:
        """Whether the repository was registered for its student."""
        failed_before = self.state == self.State.FAILED and self.problem in (self.OTHER, self.ELSEWHERE, self.ADDRESS)
        return self.state != self.State.LISTED and not failed_before
