"""Creates the people and machines of bench/writers.py, in this version of Atelier or in an earlier one.

    python writers_rows.py PEOPLE MACHINES

Runs in the folder of that version, with its settings, and prints one line of JSON: {"tokens", "cookies", "machines"},
a bearer token and a session for each person, and the ids of the machines.
"""

import json
import sys
from datetime import timedelta

import django

GPUS, MEMORY_GB = 8, 64  # of each machine


def main() -> None:
    django.setup()
    from django.apps import apps
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import User
    from accounts.tokens import issue_bearer

    models = apps.get_app_config("farm").get_models()
    machine_model = next(model for model in models if model._meta.db_table == "farm_resource")  # Resource in 0.2.0
    machines = [
        machine_model._default_manager.create(name=f"machine-{number:02}", gpu_count=GPUS, memory_gb=MEMORY_GB).pk
        for number in range(int(sys.argv[2]))
    ]
    tokens, cookies = [], []
    for number in range(int(sys.argv[1])):
        user = User.objects.create(username=f"writer-{number}", password="!")
        tokens.append(str(issue_bearer(user, timedelta(days=1))))
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session.create()
        cookies.append(f"sessionid={session.session_key}")
    print(json.dumps({"tokens": tokens, "cookies": cookies, "machines": machines}))


if __name__ == "__main__":
    main()
