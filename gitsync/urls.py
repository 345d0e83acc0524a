"""The URLs of the pages for staff: all repositories, and the credentials of servers."""

from django.urls import path

from gitsync.views import credentials, repositories

urlpatterns = [
    path("repositories/", repositories.repositories, name="repositories"),
    path("repositories/_list/", repositories.repositories_fragment, name="repositories-fragment"),
    path("repositories.<file_format:file_format>", repositories.repositories_file, name="repositories-file"),
    path("repositories/credentials/", credentials.host_credentials, name="host-credentials"),
    path("repositories/credentials/_list/", credentials.host_credentials_fragment, name="host-credentials-fragment"),
    path("repositories/credentials/<int:pk>/", credentials.host_credential, name="host-credential"),
    path("repositories/credentials/<int:pk>/test/", credentials.host_credential_test, name="host-credential-test"),
    path(
        "repositories/credentials/<int:pk>/accept/", credentials.host_credential_accept, name="host-credential-accept"
    ),
    path(
        "repositories/credentials/<int:pk>/revoke/", credentials.host_credential_revoke, name="host-credential-revoke"
    ),
]
