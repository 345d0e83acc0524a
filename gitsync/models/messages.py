"""Messages and hooks received, and events to send."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from gitsync.models.registrations import CourseKey, Registration
from gitsync.models.repositories import Repository
from kernel.fields import ExactCharField, ExactTextField


class Request(models.Model):
    """One accepted message, pending until its follow-up (clone, re-match or delete) has ended.

    `pending_key` is the canonical hash while the message is pending, and null afterwards. It is unique, so identical
    pending messages share one row.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        DONE = "done", _("Done")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=40)
    canonical_hash = ExactCharField(_("hash of the message"), max_length=64)
    pending_key = ExactCharField(  # type: ignore[misc]  # typed as never null
        _("key while pending"), max_length=64, null=True, blank=True, unique=True
    )
    body = models.JSONField(_("body"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    repository = models.ForeignKey(
        Repository,
        verbose_name=_("repository"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="requests",
        db_column="address_id",
    )
    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), null=True, on_delete=models.SET_NULL, related_name="requests"
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "created_at"], name="gitsync_request_open"),
        ]
        verbose_name = _("message received")
        verbose_name_plural = _("messages received")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} {self.state}"


class Delivery(models.Model):
    """A received hook of a repository. A delivery id counts once. `syncing/deliveries.py` saves it from its Request."""

    repository = models.ForeignKey(
        Repository,
        verbose_name=_("repository"),
        null=True,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_column="address_id",
    )
    delivery_hash = ExactCharField(_("hash of the delivery"), max_length=64, unique=True)
    received_at = models.BigIntegerField(_("received (epoch seconds)"))
    forge = models.CharField(_("forge"), max_length=20)
    ref = models.CharField(_("ref"), max_length=300, blank=True)
    before = ExactCharField(_("before"), max_length=64, blank=True)
    after = ExactCharField(_("after"), max_length=64, blank=True)
    signed = models.BooleanField(_("signed"), default=False)

    class Meta:
        indexes = [models.Index(fields=["repository", "after"], name="gitsync_delivery_after")]
        verbose_name = _("webhook received")
        verbose_name_plural = _("webhooks received")

    def __str__(self) -> str:
        return f"{self.forge} {self.after[:8]}"


class UnknownUrl(models.Model):
    """A URL from a hook that no student registered.

    OnUnknownRepoURL is sent at most once an hour for each; `reported_at` is the last time.
    """

    url_hash = ExactCharField(_("hash of the address"), max_length=64, unique=True)
    url = ExactTextField(_("address"))
    reported_at = models.DateTimeField(_("reported"), db_column="told_at")

    class Meta:
        verbose_name = _("unknown address")
        verbose_name_plural = _("unknown addresses")

    def __str__(self) -> str:
        return self.url


class OutboxEvent(models.Model):
    """An event to send, written in the transaction that made it true.

    Each target has its own row. A target receives the events of one registration in the order of their keys.
    """

    class Target(models.TextChoices):
        LOCAL = "local", _("local")
        REMOTE = "remote", _("remote")

    event_id = models.UUIDField(_("event id"), default=uuid.uuid4)
    target = models.CharField(_("target"), max_length=6, choices=Target.choices)
    registration = models.ForeignKey(
        Registration, verbose_name=_("registration"), null=True, on_delete=models.CASCADE, related_name="events"
    )
    kind = models.CharField(_("kind"), max_length=40)
    body = models.JSONField(_("body"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"))
    claimed_until = models.DateTimeField(_("held until"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "target"], name="gitsync_one_event")]
        indexes = [models.Index(fields=["target", "delivered_at", "dead_at"], name="gitsync_outbox_open")]
        verbose_name = _("event to send")
        verbose_name_plural = _("events to send")

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
