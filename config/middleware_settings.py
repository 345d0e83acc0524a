"""The middleware of pages, and the shorter list of hooks, calendars, health checks and programs.

config/settings.py imports them.
"""

MIDDLEWARE = [
    "kernel.web.short_chain.ShortChainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kernel.web.compression.CompressionMiddleware",
    "kernel.web.middleware.NoStoreMiddleware",
    "kernel.web.middleware.NoUpgradeMiddleware",
    "kernel.web.middleware.PageAboveMiddleware",
    "kernel.web.content_policy.ContentPolicyMiddleware",
    "live.fragment_version.FragmentVersionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "accounts.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "accounts.middleware.DatabaseUnavailableMiddleware",
]
# Hooks, calendar addresses, health checks and programs pass through these instead of MIDDLEWARE
# (kernel/web/short_chain.py). They have no session, form, page or static file. A middleware that protects every request
# belongs in both lists.
PROGRAM_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "kernel.web.compression.CompressionMiddleware",
    "kernel.web.middleware.NoStoreMiddleware",
    "kernel.web.middleware.NoUpgradeMiddleware",
    "kernel.web.content_policy.ContentPolicyMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "accounts.middleware.DatabaseUnavailableMiddleware",
]
# Regular expression of whole paths: these requests always use PROGRAM_MIDDLEWARE.
SHORT_PATHS = r"/(_git_hook|hooks/[^/]+|calendars/[^/]+|livez|readyz)/?"
# Regular expression of the start of paths, those of both wires and of the APIs: these requests use PROGRAM_MIDDLEWARE
# when they have a bearer token. Left out: /api/v1/token/, where passwords are sent, and the API documentation.
BEARER_PATHS = (
    r"/(_git_api|_http/messages|Reservation|Ressource|RessourceReserve|metrics|api/v1/(farm|courses|gitsync))(/|$)"
)
