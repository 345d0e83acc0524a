"""Composes the message of a mail: plain text, and the same as light HTML without pictures."""

import re
from collections.abc import Iterator
from email.charset import QP, Charset
from email.header import Header
from email.utils import format_datetime, formataddr
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from mail import kinds
from mail.models import Mail
from mail.rendering import one_line
from mail.stopping import DIGEST, stop_address, title_of

LONGEST_NAME = 80  # characters of the recipient's name in the header
HEADING = re.compile(r"[0-9]{1,3}\. .+")  # of a notice in a daily mail (templates/mail/mail/digest.txt)


def compose(mail: Mail) -> EmailMultiAlternatives:
    """Return the message. It is the same at every try. Reads the person of the mail."""
    stop = "" if is_fixed(mail.kind) else stop_address(mail.person_id, mail.kind)
    with translation.override(mail.language):
        footer = _footer(mail, stop)
        html = _html(mail, stop)
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=f"{mail.text_with(link_of(mail))}\n\n-- \n{footer}\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.address],
        headers=_headers(mail, stop),
    )
    message.attach_alternative(html, "text/html")
    # Quoted-printable: every mail server takes it, and no line is too long.
    quoted = Charset("utf-8")
    quoted.body_encoding = QP
    message.encoding = quoted
    return message


def link_of(mail: Mail) -> str:
    """Return the full address of the page that the mail is about; "" where there is none."""
    return f"{settings.PUBLIC_URL}{mail.path}" if mail.path else ""


def is_fixed(kind_name: str) -> bool:
    """Whether nobody can stop mails of this kind. A kind that no app registers any more can be stopped."""
    return kind_name != DIGEST and any(kind.is_fixed for kind in kinds.all_kinds() if kind.name == kind_name)


def recipient(name: str, address: str) -> str:
    """Return `name <address>` in ASCII for the header, whatever the name contains."""
    name = one_line(name)[:LONGEST_NAME].strip()
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name, 'utf-8').encode(linesep='')} <{address}>"


def _headers(mail: Mail, stop: str) -> dict[str, str]:
    headers = {
        "To": recipient(mail.person.display_name, mail.address),
        "Date": format_datetime(mail.created_at),
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",  # no "out of office" from Exchange
        "Content-Language": mail.language,
    }
    if stop:
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _origin(mail: Mail, stop: str) -> str:
    if stop:
        return _("Sent by Atelier as “%(kind)s”.") % {"kind": title_of(mail.kind)}
    return _("Sent by Atelier, %(address)s") % {"address": settings.PUBLIC_URL}


def _footer(mail: Mail, stop: str) -> str:
    lines = [_origin(mail, stop)]
    if stop:
        lines += [
            _("Choose your notices: %(address)s") % {"address": _choices_address()},
            _("Stop these mails: %(address)s") % {"address": stop},
        ]
    return "\n".join(lines)


def _choices_address() -> str:
    return f"{settings.PUBLIC_URL}{reverse('notice-choices')}"


def _html(mail: Mail, stop: str) -> str:
    """Return the HTML part. Lines that begin with `* ` are a list; a numbered line of a daily mail is a heading."""
    paragraphs = mail.text_with(link_of(mail)).split("\n\n")
    values = {
        "subject": mail.subject,
        "language": mail.language,
        "blocks": [block for paragraph in paragraphs for block in _blocks(paragraph, mail.kind)],
        "origin": _as_html(_origin(mail, stop)),
        "choices": _choices_address(),
        "stop": stop,
    }
    return render_to_string("mail/letter.html", values)


def _blocks(text: str, kind_name: str) -> Iterator[tuple[str, list[SafeString]]]:
    """Yield the parts of a paragraph: `heading` or `text` with one piece of HTML, or `list` with one for each item."""
    if kind_name == DIGEST and HEADING.fullmatch(text):
        yield "heading", [_as_html(text)]
        return
    for is_list, lines in groupby(text.split("\n"), lambda line: line.startswith("* ")):
        if is_list:
            yield "list", [_as_html(line[2:]) for line in lines]
        else:
            yield "text", [_as_html("\n".join(lines))]


def _as_html(text: str) -> SafeString:
    """Return a text as HTML. Only addresses of this site are links: names in a text may look like others."""
    ours = re.compile(re.escape(str(escape(settings.PUBLIC_URL))) + r"/[^\s<]*")
    html = str(escape(text)).replace("\n", "<br>\n")
    html = ours.sub(lambda match: f'<a href="{match.group()}">{match.group()}</a>', html)
    return mark_safe(html)  # noqa: S308 # nosec B308 B703 - escaped above
