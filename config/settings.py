"""Django's settings, read from the environment. config/env.py validates each variable.

The settings of the APIs are in config/api_settings.py, the middleware is in config/middleware_settings.py, the settings
of signing in are in config/sign_in_settings.py, those of Celery in config/celery.py.
"""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from config import data_folder, env
from config.api_settings import REST_FRAMEWORK, SIMPLE_JWT, SPECTACULAR_SETTINGS  # noqa: F401 - these are settings too
from config.database_url import with_options
from config.middleware_settings import BEARER_PATHS, MIDDLEWARE, PROGRAM_MIDDLEWARE, SHORT_PATHS  # noqa: F401
from config.sign_in_settings import *  # noqa: F403 - these too

BASE_DIR = Path(__file__).resolve().parent.parent

# --- the instance -----------------------------------------------------------------------------------------------------
ATELIER_HOME = Path(env.text("ATELIER_HOME") or BASE_DIR / "var").resolve()
HOST = env.host("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, 1, 65535)
PUBLIC_URL = env.base_url("PUBLIC_URL", f"http://{'[' + HOST + ']' if ':' in HOST else HOST}:{PORT}")
DEBUG = env.boolean("DEBUG")
DEMO = env.boolean("DEMO")
FILL = env.boolean("FILL")
_named_hosts = env.words("ALLOWED_HOSTS")
ALLOWED_HOSTS = _named_hosts or ["localhost", "127.0.0.1", "[::1]", ".localhost"]
_public_hosts = [
    host
    for host in [*ALLOWED_HOSTS, urlsplit(PUBLIC_URL).hostname or "", HOST]
    if not env.is_loopback(host.lstrip(".") or "*")
]
for _name, _is_on, _harm in (
    ("DEMO", DEMO, "the demonstration's passwords are public"),
    ("DEBUG", DEBUG, "error pages would show the settings"),
):
    if _is_on and _public_hosts:
        _sentence = f"{_name}=1 needs a host that only this machine can reach, and {_public_hosts[0]} is another"
        env.stop(f"{_sentence}: {_harm}.")
SECRET_KEY = env.secret_key("SECRET_KEY", ATELIER_HOME, public=bool(_public_hosts))
_https = PUBLIC_URL.startswith("https://")

# --- trusted networks, forges, other servers --------------------------------------------------------------------------
TRUSTED_NETWORKS = env.networks("TRUSTED_NETWORKS")
GIT_SCHEMES = frozenset(env.words("GIT_SCHEMES") or ["https"])
if GIT_SCHEMES not in ({"https"}, {"https", "ssh"}):
    env.stop(f"GIT_SCHEMES must be https or https,ssh, not “{env.text('GIT_SCHEMES')}”.")
GIT_HOSTS = frozenset(word.lower() for word in env.words("GIT_HOSTS"))
GIT_LOCAL_SERVERS = env.host_ports("GIT_LOCAL_SERVERS")
# Seal the credentials of private repositories (kernel/sealing.py).
GIT_CREDENTIALS_KEY = env.sealing_keys("GIT_CREDENTIALS_KEY")
# host:port of `manage.py demo_git_server`. The repositories of the demonstration are at http://host:port/…
DEMO_GIT_SERVER = env.host_port("DEMO_GIT_SERVER") or (data_folder.demo_git_server(ATELIER_HOME, PORT) if DEMO else "")
if DEMO:
    GIT_LOCAL_SERVERS |= {DEMO_GIT_SERVER}
DASHBOARD_URL = env.base_url("DASHBOARD_URL")
DASHBOARD_TOKEN = env.text("DASHBOARD_TOKEN")
GIT_MODULE_URL = env.base_url("GIT_MODULE_URL")
GIT_MODULE_TOKEN = env.text("GIT_MODULE_TOKEN")
WIRE_DIALECT = env.choice("WIRE_DIALECT", "contract", ["contract", "aquiletour"])
FILE_UPLOAD_MAX_MEMORY_SIZE = 250_000  # bytes; what is longer is kept in a file while it arrives
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700  # of static files, too
WIRE_BODY_LIMIT = 1_000_000  # bytes; a larger body is 413
EVENT_BODY_LIMIT = 12_000_000  # bytes; for events, which only programs send: one commit may name 20,000 files
HOOK_BODY_LIMIT = 25 * 2**20  # bytes; for hooks of forges, as GitHub sends them
GIT_STORES = ATELIER_HOME / "git"
WORK_ZIPS = ATELIER_HOME / "zips"  # of the files of classes, for a week
# The function that receives gitsync's events in this installation. gitsync may not import the apps above it.
GITSYNC_RECEIVER = "courses.git.receiver.receive"
# The function that says whether a student is in a course and is asked for a repository. Without one, students may send
# nothing on the Git wire.
GITSYNC_ENROLMENT_CHECK = "courses.git.enrolment_check.is_enrolled"

# --- Django -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config.admin.AtelierAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "config.static_files.AtelierStaticConfig",
    "django.contrib.humanize",
    "django_htmx",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_structlog",
    "csp",
    "supervisor",
    "kernel",
    "mail",
    "accounts",
    "calendars",
    "live",
    "farm",
    "gitsync",
    "courses",
    "config",  # last: its `ready` enables the garbage collector
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # the wires answer with and without a final slash, and never redirect
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": ["kernel.web.template_loader.Loaders"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "accounts.context.page",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------------------------------
DATABASES = {"default": with_options(env.database("DATABASE_URL", ATELIER_HOME))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failure"
# The cards of the home page by place: dotted functions (request -> HTML or ""). accounts may not import the apps above.
HOME_CARDS: dict[str, list[str]] = {
    "first": ["farm.pages.home_cards.lost_times"],
    "main": [
        "config.home_cards.staff_card",
        "config.first_steps.card.first_steps",
        "farm.pages.home_cards.capacity_alarm",
        "courses.pages.home_cards.main_card",
    ],
    "aside": ["courses.pages.home_cards.aside_card", "farm.pages.home_cards.next_bookings"],
}
# The topics to which these cards subscribe: dotted functions (request -> topics of live.publish).
HOME_TOPICS: list[str] = ["farm.pages.home_cards.topics", "courses.pages.home_cards.topics"]
# Which audit events concern a person, for the news on the home page: dotted functions (user -> condition).
HOME_NEWS: list[str] = ["farm.pages.home_news.own_bookings", "courses.pages.home_news.own_courses"]
# The holdings of an account, and how closing it settles them: dotted functions (person -> accounts.holdings.Holding).
ACCOUNT_HOLDINGS: list[str] = ["farm.domain.account_holdings.holdings", "courses.domain.account_holdings.holdings"]
# Who reads the help of assistants: a dotted function (person -> bool).
ASSISTANT_CHECK = "courses.rules.permissions.assists_a_course"
PROXY_COUNT = env.integer("PROXY_COUNT", 0, 0, 5)
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_SSL_REDIRECT = False  # the proxy redirects; a redirect here would break the wires
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # it asks for SECURE_SSL_REDIRECT
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
# --- mail -------------------------------------------------------------------------------------------------------------
_mail_server = env.mail_server("EMAIL_URL", ATELIER_HOME)
EMAIL_BACKEND = _mail_server.backend
EMAIL_HOST, EMAIL_PORT = _mail_server.host, _mail_server.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail_server.user, _mail_server.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail_server.starttls, _mail_server.tls
EMAIL_FILE_PATH = _mail_server.folder
EMAIL_TIMEOUT = 10  # seconds for each step of a conversation with the mail server
MAIL_DOMAIN = env.mail_domain(PUBLIC_URL)  # of Message-IDs
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mail_sender("MAIL_FROM", f"Atelier <atelier@{MAIL_DOMAIN}>")

# --- calendars --------------------------------------------------------------------------------------------------------
# The parts of a personal calendar: dotted functions (person, window -> events). They are in the apps above calendars.
CALENDAR_PARTS: list[str] = ["farm.pages.calendar_events.own_bookings", "courses.pages.calendar_events.own_deadlines"]
# Which courses have a calendar for a person (person -> titles by id), and its events (person, course id, window).
CALENDAR_COURSES = "courses.pages.calendar_events.course_titles"
CALENDAR_COURSE_EVENTS = "courses.pages.calendar_events.course_events"

# --- the farm ---------------------------------------------------------------------------------------------------------
FARM_NAMES = env.choice("FARM_NAMES", "everyone", ["everyone", "project", "staff"])  # who sees the names on bookings
FARM_MAX_DAYS = env.integer("FARM_MAX_DAYS", 100, 1, 100)  # the longest booking; 100 is MAX_SPAN in farm/models

# --- languages, time --------------------------------------------------------------------------------------------------
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "fr", ["fr", "en"])
FIXTURE_DIRS = [BASE_DIR / "farm" / "demo" / "fixtures"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = "kernel.formats"
TIME_ZONE = env.zone("TIME_ZONE", "Europe/Paris")

# --- static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ATELIER_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.StaticFiles"},
}

# --- broker and tasks -------------------------------------------------------------------------------------------------
# Without REDIS_URL, `manage.py up` starts a broker of its own and passes its address to its children in REDIS_URL.
REDIS_URL = env.redis_url("REDIS_URL") or data_folder.broker_url(ATELIER_HOME)
TASK_APP = "config.celery.app"  # the Celery application that kernel.task_queue imports
CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = TIME_ZONE  # nightly tasks run in the night of the school
if REDIS_URL.startswith("unix://"):  # Kombu writes the URL of a socket differently
    CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")

# --- logs -------------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", "console", ["console", "json"])
from config.logs import logging_config  # noqa: E402 - needs LOG_FORMAT's check to have run

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it would believe any header; config.apps binds the real address
LOGGING = logging_config(LOG_FORMAT, debug=DEBUG)
