from django.urls import re_path

from accounts.api import tokens

urlpatterns = [
    re_path(r"^token/?$", tokens.Obtain.as_view(), name="token-obtain"),
    re_path(r"^token/refresh/?$", tokens.Refresh.as_view(), name="token-refresh"),
    re_path(r"^token/verify/?$", tokens.Verify.as_view(), name="token-verify"),
    re_path(r"^token/sign-out/?$", tokens.SignOut.as_view(), name="token-sign-out"),
]
