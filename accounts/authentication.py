"""Who calls: a bearer (person or service account), or a peer in TRUSTED_NETWORKS by its socket's address."""

from rest_framework.authentication import BaseAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication


class BearerAuthentication(JWTAuthentication):
    pass


class TrustedNetworkAuthentication(BaseAuthentication):
    def authenticate(self, request):
        return None
