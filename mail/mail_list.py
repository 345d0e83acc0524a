"""The list of mails for staff: the mails of a page, and their counts by state."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from mail.models import Mail
from mail.stopping import title_of

PAGE = 50
LONGEST_SEARCH = 200  # characters
STATES = {"": _("All"), "waiting": _("Waiting"), "failed": _("Failed"), "sent": _("Sent")}


def has_server() -> bool:
    """Whether mails leave this machine, and are not only written into files or to the console."""
    return "file_backend" not in settings.EMAIL_BACKEND and "console" not in settings.EMAIL_BACKEND


def load_mail_list(query: QueryDict) -> dict[str, Any]:
    """Return the context of the list, in a fixed number of queries. The query has `state`, `q` and `page`."""
    state, search = query.get("state", ""), query.get("q", "").strip()[:LONGEST_SEARCH]
    state = state if state in STATES else ""
    mails = {
        "": Mail.objects.all(),
        "waiting": Mail.objects.waiting(),
        "failed": Mail.objects.failed(),
        "sent": Mail.objects.sent(),
    }[state]
    for word in search.split()[:5]:
        names = ("person__username", "person__first_name", "person__last_name", "address", "subject")
        condition = Q()
        for name in names:
            condition |= Q(**{f"{name}__icontains": word})
        mails = mails.filter(condition)
    pages = Paginator(mails.select_related("person").defer("text", "path").order_by("-id"), PAGE)
    page = pages.get_page(query.get("page"))
    kept = query.copy()
    kept.pop("page", None)
    return {
        "page": page,
        "rows": [(mail, title_of(mail.kind)) for mail in page],
        "states": STATES.items(),
        "state": state,
        "search": search,
        "query": f"?{kept.urlencode()}&page=" if kept else "?page=",
        "has_server": has_server(),
    }
