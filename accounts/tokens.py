"""Issues and checks JSON Web Tokens. One claim ends a token together with the user's sessions."""

from datetime import timedelta
from typing import Any, cast

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import AuthenticationFailed, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts import demo_accounts
from accounts.backends import USERS
from accounts.models import User

SESSION_CLAIM = "session"


def issue(user: User) -> RefreshToken:
    """Return a refresh token. Its access tokens carry the same claims."""
    token = RefreshToken.for_user(user)
    token[SESSION_CLAIM] = user.session_claim
    return token


def issue_bearer(user: User, lifetime: timedelta) -> AccessToken:
    """Return a long-lived access token for a service account. It cannot be renewed and ends with the account."""
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=lifetime)
    token[SESSION_CLAIM] = user.session_claim
    return token


def may_get_tokens(user: User | None) -> bool:
    """Whether this account may get and renew tokens with a password: an active person's.

    A program has bearers of its own (`manage.py service_token`), also where somebody gave its account a password. The
    sign-in form refuses it too.
    """
    return user is not None and user.is_active and not user.is_service


def exchange(used: RefreshToken, user: User) -> RefreshToken:
    """Return a new refresh token in exchange for `used`, which cannot be exchanged again.

    The row that marks it as used is unique: of several calls at once, only the one that inserts it gets a new token.
    Raises TokenError for the others.
    """
    with transaction.atomic():
        # The library's annotation is wrong: it returns the pair of get_or_create.
        _row, is_first = cast(tuple[Any, bool], used.blacklist())
        if not is_first:
            raise TokenError(_("This token was used already: sign in again."))
        return issue(user)


def user_for_token(token: Token) -> User:
    """Return the active user of a token whose signature and expiry are already checked.

    Raises AuthenticationFailed when the account is closed or the sessions of that time have ended.
    """
    user = _user(str(token.get(api_settings.USER_ID_CLAIM)))
    if user is None or not user.is_active:
        raise AuthenticationFailed(_("This account is closed."), code="account_closed")
    if demo_accounts.is_closed(user):
        raise AuthenticationFailed(str(demo_accounts.REFUSED), code="demo_account")
    if not constant_time_compare(str(token.get(SESSION_CLAIM, "")), user.session_claim):
        raise AuthenticationFailed(_("This token has expired: sign in again."), code="token_ended")
    return user


def _user(key: str) -> User | None:
    return next(iter(USERS.rows(int(key))), None) if key.isdecimal() else None
