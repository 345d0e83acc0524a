import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import env
from config.data_folder import close_to_others
from config.startup import assert_database
from supervisor import broker, instance_lock, prepare
from supervisor.console import Console
from supervisor.run import PreparationFailed, Supervisor


class Command(BaseCommand):
    help = "Start everything an instance needs (broker, worker, schedule, web) and end it on Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        with instance_lock.lock_data_folder(settings.ATELIER_HOME):
            instance_lock.check_port(settings.HOST, settings.PORT)
            if settings.DEMO:
                host, _, port = settings.DEMO_GIT_SERVER.rpartition(":")
                instance_lock.check_port(host, int(port), "DEMO_GIT_SERVER")
            console = Console()
            if sentence := close_to_others(settings.ATELIER_HOME):
                console.say("atelier", sentence)
            assert_database()
            broker_command = None if env.text("REDIS_URL") else broker.command(settings.ATELIER_HOME, broker.binary())
            try:
                asyncio.run(Supervisor(console, broker_command, prepare.preparations()).run())
            except PreparationFailed:
                raise SystemExit(1) from None
