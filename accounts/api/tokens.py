"""The token API: obtain, refresh, verify, and sign out."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework_simplejwt.serializers import (
    TokenBlacklistSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
    TokenVerifySerializer,
)
from rest_framework_simplejwt.tokens import RefreshToken, UntypedToken
from rest_framework_simplejwt.views import TokenViewBase

from accounts import tokens
from kernel.api.error_schema import described
from kernel.web.client_address import client_address


class ObtainSerializer(TokenObtainPairSerializer):
    """A pair of tokens for a user name and a password; wrong passwords are counted as at the sign-in form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The pause is written on the request that the middleware sees, which is Django's and not DRF's.
        if "request" in self.context:
            self._context = {**self.context, "request": self.context["request"]._request}

    @classmethod
    def get_token(cls, user: Any) -> RefreshToken:
        return tokens.issue(user)

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        pair = super().validate(attrs)
        request: HttpRequest = self.context["request"]
        AxesProxyHandler.reset_attempts(username=attrs[self.username_field], ip_address=client_address(request))
        return pair


class RefreshSerializer(TokenRefreshSerializer):
    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        tokens.holder(self.token_class(attrs["refresh"]))
        return super().validate(attrs)


class VerifySerializer(TokenVerifySerializer):
    def validate(self, attrs: dict[str, Any]) -> dict[Any, Any]:
        tokens.holder(UntypedToken(attrs["token"]))
        return super().validate(attrs)


class SignOutSerializer(TokenBlacklistSerializer):
    pass


class Pair(serializers.Serializer):
    access = serializers.CharField(help_text="15 minutes")
    refresh = serializers.CharField(help_text="7 days, good for one refresh")


class Nothing(serializers.Serializer):
    pass


@extend_schema(tags=["token"], responses={200: Pair, **described(400, 401, 429, 503)})
class Obtain(TokenViewBase):
    """Exchange a user name and a password for a pair of tokens. 429 with Retry-After after too many wrong ones."""

    serializer_class = ObtainSerializer


@extend_schema(tags=["token"], responses={200: Pair, **described(400, 401, 503)})
class Refresh(TokenViewBase):
    """Exchange a refresh token for a new pair; the old one is spent."""

    serializer_class = RefreshSerializer


@extend_schema(tags=["token"], responses={200: Nothing, **described(400, 401, 503)})
class Verify(TokenViewBase):
    """200 while a token is good, 401 once it is not."""

    serializer_class = VerifySerializer


@extend_schema(tags=["token"], responses={200: Nothing, **described(400, 401, 503)})
class SignOut(TokenViewBase):
    """End one refresh token. Ending all of them is a button in the preferences."""

    serializer_class = SignOutSerializer
