"""The token API: obtain, refresh, verify and sign out."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.serializers import (
    TokenBlacklistSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
    TokenVerifySerializer,
)
from rest_framework_simplejwt.tokens import RefreshToken, UntypedToken
from rest_framework_simplejwt.views import TokenViewBase

from accounts import sign_in_lockout, tokens
from kernel.api.error_schema import error_responses


class ObtainSerializer(TokenObtainPairSerializer):
    """A pair of tokens for a user name and a password. Wrong passwords are counted together with the sign-in form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # django-axes marks a lockout on the request, and its middleware reads Django's request, not DRF's.
        if "request" in self.context:
            self._context = {**self.context, "request": self.context["request"]._request}

    @classmethod
    def get_token(cls, user: Any) -> RefreshToken:
        return tokens.issue(user)

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        request: HttpRequest = self.context["request"]
        with sign_in_lockout.guesses_only_when_checked(request):
            pair = super().validate(attrs)
        sign_in_lockout.password_was_right(request, attrs[self.username_field])
        return pair


class RefreshSerializer(TokenRefreshSerializer):
    """Exchanges a refresh token once. Refuses a token whose account or sessions have ended."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        used = self.token_class(attrs["refresh"])
        user = tokens.user_for_token(used)
        if not tokens.may_get_tokens(user):
            raise AuthenticationFailed(
                _("A program cannot get tokens. Use its bearer token."), code="no_active_account"
            )
        pair = tokens.exchange(used, user)
        return {"access": str(pair.access_token), "refresh": str(pair)}


class VerifySerializer(TokenVerifySerializer):
    """Refuses a token whose account or sessions have ended."""

    def validate(self, attrs: dict[str, Any]) -> dict[Any, Any]:
        tokens.user_for_token(UntypedToken(attrs["token"]))
        return super().validate(attrs)


class SignOutSerializer(TokenBlacklistSerializer):
    pass


class Pair(serializers.Serializer):  # type: ignore[type-arg]
    # The body of an answer with tokens. Without a docstring, which the OpenAPI document would show.
    access = serializers.CharField(help_text="Valid for 15 minutes.")
    refresh = serializers.CharField(help_text="Valid for 7 days and for one refresh.")


class Nothing(serializers.Serializer):  # type: ignore[type-arg]
    pass  # an empty body


@extend_schema(tags=["token"], responses={200: Pair, **error_responses(400, 401, 429, 503)})
class Obtain(TokenViewBase):
    """Exchange a user name and a password for a pair of tokens. 429 with Retry-After after too many wrong ones."""

    serializer_class = ObtainSerializer


@extend_schema(tags=["token"], responses={200: Pair, **error_responses(400, 401, 503)})
class Refresh(TokenViewBase):
    """Exchange a refresh token for a new pair. The old refresh token can no longer be used."""

    serializer_class = RefreshSerializer


@extend_schema(tags=["token"], responses={200: Nothing, **error_responses(400, 401, 503)})
class Verify(TokenViewBase):
    """Answer 200 while a token is valid, 401 when it is not."""

    serializer_class = VerifySerializer


@extend_schema(tags=["token"], responses={200: Nothing, **error_responses(400, 401, 503)})
class SignOut(TokenViewBase):
    """End one refresh token. A button in the preferences ends all of them."""

    serializer_class = SignOutSerializer
