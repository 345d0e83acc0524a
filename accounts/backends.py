"""The authentication backend of people: a user name and a password, as Django's ModelBackend."""

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from kernel.database.compiled import CompiledQuery

USERS = CompiledQuery(lambda pk: User.objects.filter(pk=pk))  # used by each request of a person or with a bearer token


class PasswordBackend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session; None without an account, or with a closed one."""
        for user in USERS.rows(user_id):
            return user if self.user_can_authenticate(user) else None
        return None
