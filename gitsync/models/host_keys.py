"""The keys of SSH servers that a person has accepted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField, ExactTextField


class HostKey(models.Model):
    """The key of an SSH server, as it was accepted. From then on the server must show this key.

    `host` is the name of the SSH server, without a port. `key` is the base64 of the public key, and `fingerprint` is
    written as ssh-keygen does. `confirmed_by` is the user name of whoever compared the fingerprint. The published keys
    of the big forges have no rows (`rules.ssh_servers`); a row for such a server replaces them.
    """

    host = ExactCharField(_("server"), max_length=255)
    port = models.PositiveIntegerField(_("port"), default=22)
    kind = ExactCharField(_("kind"), max_length=40)
    key = ExactTextField(_("key"))
    fingerprint = ExactCharField(_("fingerprint"), max_length=80)
    confirmed_by = models.CharField(_("accepted by"), max_length=150)
    created_at = models.DateTimeField(_("accepted"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "port"], name="gitsync_one_host_key")]
        verbose_name = _("SSH key of a server")
        verbose_name_plural = _("SSH keys of servers")

    def __str__(self) -> str:
        return f"{self.host}:{self.port} {self.fingerprint}"

    @property
    def line(self) -> str:
        """The key as "kind base64"."""
        return f"{self.kind} {self.key}"
