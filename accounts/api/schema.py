"""Describes our two authentication classes in the OpenAPI document."""

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"


class TrustedNetworkScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.TrustedNetworkAuthentication"
    name = "trustedNetwork"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = "No token: the caller's address is in TRUSTED_NETWORKS."
        return {"type": "apiKey", "in": "header", "name": "(none)", "description": description}
