"""Settings for tests: an own data folder, a fast password hasher, no manifest, English, a broker in memory.

Of the environment only DATABASE_URL and REDIS_URL are used, so the tests never touch a developer's own instance. Every
process of a parallel run has its own folder, test database and broker database.
"""

import os
import tempfile
from pathlib import Path

from kernel.testing import child_processes

KEPT = {"DATABASE_URL", "REDIS_URL"}
READ = """
    ATELIER_HOME HOST PORT PUBLIC_URL DEBUG DEMO FILL ALLOWED_HOSTS SECRET_KEY TRUSTED_NETWORKS PROXY_COUNT
    GIT_SCHEMES GIT_HOSTS GIT_LOCAL_SERVERS DASHBOARD_URL DASHBOARD_TOKEN GIT_MODULE_URL GIT_MODULE_TOKEN WIRE_DIALECT
    DEMO_GIT_SERVER DATABASE_URL REDIS_URL FARM_NAMES FARM_MAX_DAYS LANGUAGE_CODE TIME_ZONE LOG_FORMAT EMAIL_URL
    MAIL_FROM GIT_CREDENTIALS_KEY
""".split()  # noqa: SIM905 - read as a paragraph
for _name in READ:
    if _name not in KEPT:
        os.environ.pop(_name, None)

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")  # gw0, gw1, … or nothing
_root = os.environ.get("ATELIER_TEST_ROOT")
if not _root:
    _root = os.environ["ATELIER_TEST_ROOT"] = tempfile.mkdtemp(prefix="atelier-test-")
    child_processes.remove_at_end(_root)
_home = Path(_root) / (_worker or "main")
(_home / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns at the start when it is missing
os.environ["ATELIER_HOME"] = str(_home)
os.environ["LANGUAGE_CODE"] = "en"

REDIS_IS_GIVEN = bool(os.environ.get("REDIS_URL"))
if REDIS_IS_GIVEN and _worker:
    os.environ["REDIS_URL"] += f"?db={int(_worker.removeprefix('gw')) + 1}"

from config.database_url import ENGINES  # noqa: E402
from config.settings import *  # noqa: E402, F403
from config.settings import CELERY_BROKER_URL, DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["*"]
TEST_BROKER_URL = CELERY_BROKER_URL
# Tasks are queued in memory, unless a test uses the `broker` fixture, which has TEST_BROKER_URL.
CELERY_BROKER_URL = "memory://"
if DATABASES["default"]["ENGINE"] == ENGINES["sqlite"]:
    # A file, not memory: the threads and processes of a test must share one database, as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_home / "test.sqlite3")}
