"""The same settings, made quick for tests: a cheap hasher, no manifest, tasks run where the test says."""

import os
import tempfile

os.environ.setdefault("ATELIER_HOME", tempfile.mkdtemp(prefix="atelier-test-"))

from config.settings import *  # noqa: F403
from config.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["*"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and processes of one test must see one database, as in life.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["ATELIER_HOME"], "test.sqlite3")}  # noqa: PTH118
