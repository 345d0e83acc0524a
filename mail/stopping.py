"""The signed address with which a mail is unsubscribed, also without signing in (RFC 8058)."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.errors import Unknown
from mail import kinds
from mail.choices import choose
from mail.models import Choice, NoticeChoice

SALT = "mail.stop"
DIGEST = "mail.digest"  # the kind of the daily mail. Nobody chooses it; it follows from the other choices.


def stop_address(person_id: int, kind_name: str) -> str:
    """Return the full address that stops mails of this kind to this person."""
    token = signing.Signer(salt=SALT).sign_object([person_id, kind_name])
    return f"{settings.PUBLIC_URL}{reverse('stop-mails', args=[token])}"


def read_token(token: str) -> tuple[int, str]:
    """Return the person's id and the name of the kind. Raises Unknown for a token that is not ours."""
    try:
        person_id, kind_name = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise Unknown("bad_token", _("This address is not complete. Open it from the mail again.")) from None
    return int(person_id), str(kind_name)


def title_of(kind_name: str) -> str:
    return _("Daily mail") if kind_name == DIGEST else kinds.title_of(kind_name)


def stop(person_id: int, kind_name: str) -> None:
    """Choose "never" for a kind; for the daily mail, for every kind that the person gets daily.

    Does nothing when the person's account is gone.
    """
    if not get_user_model().objects.filter(pk=person_id).exists():
        return
    names = [kind_name]
    if kind_name == DIGEST:
        chosen = dict(NoticeChoice.objects.filter(person_id=person_id).values_list("kind", "choice"))
        names = [kind.name for kind in kinds.all_kinds() if chosen.get(kind.name, kind.default) == Choice.DAILY]
    choose(person_id, dict.fromkeys(names, Choice.NEVER.value))
