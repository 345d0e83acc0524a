from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.data_folder import close_to_others
from config.startup import assert_database
from farm.models import Machine
from supervisor import announcement
from supervisor.prepare import prepare


class Command(BaseCommand):
    """Run it once before the other processes of an installation start. `manage.py up` does the same by itself."""

    help = "Migrate, collect the static files and, with FILL=1 on a farm without machines, load the original farm."

    def handle(self, **options: Any) -> None:
        if sentence := close_to_others(settings.ATELIER_HOME):
            self.stdout.write(sentence)
        assert_database()
        prepare(self.stdout.write)
        for line in announcement.closed_demo_accounts():
            self.stdout.write(line)
        Path(settings.ATELIER_HOME, "schedule").mkdir(exist_ok=True)
        if settings.FILL and not Machine.objects.exists():
            call_command("loaddata", "original_farm", verbosity=0)
            self.stdout.write("the original farm is loaded")
