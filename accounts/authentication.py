"""DRF authentication classes: bearer tokens, and programs at an address in TRUSTED_NETWORKS."""

from typing import Any

from django.utils import translation
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from accounts import tokens
from accounts.principals import TrustedPeer, trusted_peer


class BearerAuthentication(JWTAuthentication):
    """A bearer token. It ends with the account, with a new password and with signing out everywhere.

    The answer is in the language that the request names, else in the one that the person chose.
    """

    def authenticate(self, request: Request) -> Any:
        found: Any = super().authenticate(request)
        if found and found[0].language and not request.headers.get("Accept-Language"):
            translation.activate(found[0].language)
        return found

    def get_user(self, validated_token: Token) -> Any:  # simplejwt leaves the type of users open
        return tokens.user_for_token(validated_token)


class TrustedNetworkAuthentication(BaseAuthentication):
    """A trusted peer. It must be the last class, so that a person with a session stays that person in any network."""

    def authenticate(self, request: Request) -> tuple[TrustedPeer, None] | None:
        peer = trusted_peer(request._request)
        return (peer, None) if peer else None
