"""Prints a bearer token for a program. It prints nothing else, so the token can be piped into a secret store."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import tokens
from accounts.audit import record
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Print a bearer token for the service account NAME, which is created if it is new. "
        "Deactivating the account ends the token."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--days", type=int, default=365, help="how many days the token is valid (365)")

    @transaction.atomic
    def handle(self, *, name: str, days: int, **options: Any) -> str:
        if not 1 <= days <= 3650:
            raise CommandError("--days must be from 1 to 3650.")
        user = User.objects.filter(username=name).first() or self._create(name)
        if not user.is_service:
            raise CommandError(f"{name} is a person; a service account needs a name of its own.")
        if not user.is_active:
            raise CommandError(f"{name} is deactivated; activate it in the administration first.")
        record(None, "accounts.service_token", f"user:{user.pk}", after={"name": name, "days": days})
        return str(tokens.issue_bearer(user, timedelta(days=days)))

    def _create(self, name: str) -> User:
        user = User(username=name, kind=User.Kind.SERVICE)
        user.set_unusable_password()
        try:
            user.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages))
        user.save()
        return user
