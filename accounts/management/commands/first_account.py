"""Prints the address at which the first account of an empty installation is made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain import first_account


class Command(BaseCommand):
    help = "Print the address at which the first account is made. It works for a day, while nobody has an account."
    requires_migrations_checks = True

    def handle(self, **options: Any) -> str:
        if not first_account.is_open():
            raise CommandError("Somebody has an account already; manage.py createsuperuser makes another one.")
        return first_account.new_address()
