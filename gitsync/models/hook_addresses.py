"""The hook address of each course, to which forges report pushes."""

import base64
import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from gitsync.models.registrations import CourseKey
from kernel.fields import ExactCharField

SECRET_PREFIX = "whsec_"  # noqa: S105 - GitLab takes only such a secret as a signing token


def new_token() -> str:
    return secrets.token_urlsafe(32)


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class HookAddress(models.Model):
    """The hook address of a course, `/hooks/<token>/`, and the secret of its hooks.

    The secret proves that a hook comes from someone who was given it.

    Neither is hashed: the teacher can read both again, and signatures are computed with the secret.
    """

    course = models.OneToOneField(
        CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="hook_address"
    )
    token = ExactCharField(_("token"), max_length=64, unique=True, default=new_token)
    secret = ExactCharField(_("secret"), max_length=64, default=new_secret)
    created_at = models.DateTimeField(_("made"), auto_now_add=True, db_column="made_at")

    class Meta:
        db_table = "gitsync_hookdoor"
        verbose_name = _("hook address")
        verbose_name_plural = _("hook addresses")

    def __str__(self) -> str:
        return str(self.course)
