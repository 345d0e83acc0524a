"""What a request passes through before its view: pages one list, hooks and programs a shorter one.

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
# The middleware of hooks, health checks and programs, instead of MIDDLEWARE: what these answers need and promise. A
# middleware that guards every request belongs into both lists.
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
SHORT_PATHS = r"/(_git_hook|hooks/[^/]+|livez|readyz)/?"  # regular expression: always without the middleware of pages
# The start of the paths of both wires and the APIs: the same, when the request has a bearer token. Not the tokens of
# /api/v1/token/, where passwords are typed, and not the pages of the documentation.
BEARER_PATHS = (
    r"/(_git_api|_http/messages|Reservation|Ressource|RessourceReserve|metrics|api/v1/(farm|courses|gitsync))(/|$)"
)
