"""Checks the messages that the mail server of the proof `mail` has taken. Each check returns how many are wrong."""

import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

HEADERS = {
    "content-type", "mime-version", "subject", "from", "to", "date", "message-id", "auto-submitted",
    "x-auto-response-suppress", "content-language", "list-unsubscribe", "list-unsubscribe-post",
}  # fmt: skip


def messages(taken: Path) -> Iterator[EmailMessage]:
    for file in sorted(taken.glob("*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        yield message


def check_arrived(taken: Path, kills: int) -> int:
    """Every mail arrived with its Message-ID; those that came twice are the same, and as few as the kills."""
    from mail.models import Mail

    written = set(Mail.objects.values_list("message_id", flat=True))
    arrived = Counter(str(message["Message-ID"]) for message in messages(taken))
    lost, unknown = written - arrived.keys(), arrived.keys() - written
    repeats = sum(count - 1 for count in arrived.values())
    texts: dict[str, set[str]] = {}
    for message in messages(taken):
        body = message.get_body(("plain",))
        content = f"{message['Subject']} {message['Date']} {message['To']} {body.get_content() if body else ''}"
        texts.setdefault(str(message["Message-ID"]), set()).add(content)
    different = sum(len(same) > 1 for same in texts.values())
    print(
        f"{len(written)} mails, {sum(arrived.values())} messages: {len(lost)} lost, {len(unknown)} unknown, "
        f"{repeats} repeats after {kills} kills, {different} repeats that differ"
    )
    return len(lost) + len(unknown) + different + (repeats > kills)


def check_digests(due: dict[int, datetime]) -> int:
    """Each daily mail was written after its reader's hour and within the two minutes of two runs of the schedule."""
    from mail.models import Mail

    wrong = 0
    for mail in Mail.objects.filter(kind="mail.digest").select_related("person").order_by("created_at"):
        late = (mail.created_at - due[mail.person_id]).total_seconds()
        local = due[mail.person_id].astimezone(ZoneInfo(mail.person.zone))
        print(f"daily mail at {local:%H:%M} in {mail.person.zone}: written {late:.0f} s later")
        wrong += not 0 <= late < 120
    return wrong + (Mail.objects.filter(kind="mail.digest").count() != len(due))


def check_contents(taken: Path) -> int:
    """Each message has our headers only, one recipient, one line in each header, and no link to another site."""
    from django.conf import settings

    from mail.models import Mail

    addresses = dict(Mail.objects.values_list("message_id", "address"))
    wrong = 0
    for message in messages(taken):
        names = [name.lower() for name in message]
        recipients = [address.addr_spec for address in message["To"].addresses]
        html = message.get_body(("html",))
        links = html.get_content().split('href="')[1:] if html else []
        is_right = (
            len(names) == len(set(names))
            and set(names) <= HEADERS
            and not message.defects
            and recipients == [addresses[str(message["Message-ID"])]]
            and all(len(str(value).splitlines()) == 1 for value in message.values())
            and len(links) >= 1
            and all(link.startswith(settings.PUBLIC_URL) for link in links)
            and "<script" not in html.get_content()  # type: ignore[union-attr]
        )
        if not is_right and not wrong:
            print(f"WRONG: {recipients} {names} {message.defects} {[link[:60] for link in links]}")
        wrong += not is_right
    print(f"hostile names and titles: {wrong} messages with a header, a recipient or a link that is not ours")
    return wrong
