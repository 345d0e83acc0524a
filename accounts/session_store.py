"""SESSION_ENGINE: Django's sessions in the database. Each request of a person reads one, with a compiled query."""

from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from kernel.database.compiled import CompiledQuery

SESSIONS = CompiledQuery(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data")
)
# A session that began before accounts/backends.py existed names the backend that this one replaces.
REPLACED_BACKEND, BACKEND = "django.contrib.auth.backends.ModelBackend", "accounts.backends.PasswordBackend"


class SessionStore(db.SessionStore):
    """Django's store with a faster read. The signature of the data depends on this name."""

    def load(self) -> dict[str, Any]:
        """Return the data of the session; forget the key and return {} if it has ended."""
        for (text,) in SESSIONS.rows(self.session_key or "", timezone.now()):
            data: dict[str, Any] = self.decode(text)
            if data.get(BACKEND_SESSION_KEY) == REPLACED_BACKEND:
                data[BACKEND_SESSION_KEY] = BACKEND
            return data
        self._session_key = None
        return {}
