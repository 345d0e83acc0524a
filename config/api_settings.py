"""Settings of Django REST framework, of its tokens and of the OpenAPI document. config/settings.py imports them."""

from datetime import timedelta

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
        "accounts.authentication.TrustedNetworkAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "kernel.api.parsers.JSONBodyParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "kernel.api.paging.Pagination",
    "DEFAULT_SCHEMA_CLASS": "kernel.api.openapi.ReadableSchema",
    "EXCEPTION_HANDLER": "kernel.api.exceptions.api_exception_handler",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Atelier",
    "DESCRIPTION": "A compute farm to share and programming courses to follow.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "kernel.api.openapi.share_error_responses",
    ],
    "COMPONENT_SPLIT_PATCH": False,  # the serializers of changes declare their optional fields themselves
    "ENUM_NAME_OVERRIDES": {
        "MachineState": "farm.api.serializers.MachineState",
        "ReservationState": "farm.models.states.State",
        "ExerciseState": "courses.api.serializers.progress.STATE_CHOICES",
        "RepositoryState": "courses.api.serializers.repositories.RepositoryState",
        "ProgressState": "courses.api.serializers.progress.ProgressState",
        "RequestState": "gitsync.api.serializers.RequestState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": False},  # it puts links inside buttons, which a keyboard cannot use well
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
# Tokens of people. accounts.tokens adds the claim that ends them with the sessions, and issues the long-lived tokens of
# programs.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
    "USER_AUTHENTICATION_RULE": "accounts.tokens.may_get_tokens",
}
