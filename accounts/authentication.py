"""Who calls: a bearer (person or service account), a session, or a peer in TRUSTED_NETWORKS by its socket's address."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from accounts import tokens
from accounts.principals import TrustedPeer, trusted_peer


class BearerAuthentication(JWTAuthentication):
    """A bearer ends with the account, with a new password and with signing out everywhere."""

    def get_user(self, validated_token: Token) -> Any:
        return tokens.holder(validated_token)


class TrustedNetworkAuthentication(BaseAuthentication):
    """The last resort, so that a person with a session stays that person wherever they sit."""

    def authenticate(self, request: Request) -> tuple[TrustedPeer, Any] | None:
        peer = trusted_peer(request._request)
        return (peer, None) if peer else None
