"""Tokens: who holds one, and the claim that ends it together with the holder's sessions."""

from datetime import timedelta

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts.models import User

SESSION_CLAIM = "session"


def issue(user: User) -> RefreshToken:
    """A refresh token; its access tokens carry the same claims."""
    token = RefreshToken.for_user(user)
    token[SESSION_CLAIM] = user.session_claim
    return token


def issue_bearer(user: User, lifetime: timedelta) -> AccessToken:
    """A long access token for a service account: it cannot be renewed, and ends with the account."""
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=lifetime)
    token[SESSION_CLAIM] = user.session_claim
    return token


def holder(token: Token) -> User:
    """The active account that this token (its signature and date already checked) still stands for."""
    user = User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM)).first()
    if user is None or not user.is_active:
        raise AuthenticationFailed(_("This account is closed."), code="account_closed")
    if not constant_time_compare(str(token.get(SESSION_CLAIM, "")), user.session_claim):
        raise AuthenticationFailed(_("This token has ended: sign in again."), code="token_ended")
    return user
