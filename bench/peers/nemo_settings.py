"""Settings of NEMO for a benchmark: as its documentation asks, on the database and in the folder it is given.

They run in NEMO's own virtual environment and know nothing of Atelier. Variables: NEMO_DATABASE (the path of an SQLite
file, or mysql://name:password@localhost/database?unix_socket=path) and NEMO_HOME (a folder for its files).
"""

import os
from urllib.parse import parse_qs, urlsplit

HOME = os.environ["NEMO_HOME"]
SECRET_KEY = "only for a benchmark, never served"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "NEMO.urls"
WSGI_APPLICATION = "NEMO.wsgi.application"
AUTH_USER_MODEL = "NEMO.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGIN_URL = LOGIN_REDIRECT_URL = "login"
LANGUAGE_CODE, TIME_ZONE, USE_TZ, USE_I18N = "en-us", "Europe/Paris", True, False
STATIC_URL, STATIC_ROOT = "/static/", f"{HOME}/static"
MEDIA_URL, MEDIA_ROOT = "/media/", f"{HOME}/media"
ALLOW_CONDITIONAL_URLS = True
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
SERVER_EMAIL = "nemo@example.org"

address = urlsplit(os.environ["NEMO_DATABASE"])
if address.scheme == "mysql":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": address.path[1:],
            "USER": address.username,
            "PASSWORD": address.password,
            "CONN_MAX_AGE": 600,
            "OPTIONS": {"unix_socket": parse_qs(address.query)["unix_socket"][0], "charset": "utf8mb4"},
        }
    }
else:
    # Write-ahead log and immediate transactions, as Django's documentation advises and as Atelier has.
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": address.path,
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }

# The tables are made from the models at once: the 200 migrations take a minute and end with the same ones.
NAMES = ["NEMO", "auth", "contenttypes", "sessions", "admin", "authtoken", "auditlog"]
MIGRATION_MODULES = dict.fromkeys(NAMES)
INSTALLED_APPS = [
    *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages", "staticfiles", "admin")),
    "django.contrib.humanize",
    "NEMO",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "auditlog",
    "mptt",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "NEMO.middleware.DeviceDetectionMiddleware",
    "NEMO.middleware.ImpersonateMiddleware",
    "NEMO.middleware.NEMOAuditlogMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "NEMO.context_processors.show_logout_button",
                "NEMO.context_processors.base_context",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.media",
                "django.template.context_processors.static",
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["NEMO.permissions.DjangoModelPermissions"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "NEMO.rest_pagination.NEMOPageNumberPagination",
    "PAGE_SIZE": 1000,
}
