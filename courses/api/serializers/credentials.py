"""Input and output of the API of credentials. The secret only comes in."""

from rest_framework import serializers

from gitsync.models import Credential
from kernel.api.input_fields import InputSerializer, RowSerializer, Text

KINDS = Credential.Kind


class CredentialIn(InputSerializer):
    """A token, or for `ssh` a key pair that is made here: then there is no `token`, and the answer has `public_key`."""

    kind = serializers.ChoiceField(choices=KINDS.choices)
    host = Text(max_length=300)
    token = serializers.CharField(max_length=4000, required=False, write_only=True)
    user_name = Text(max_length=255, required=False, allow_blank=True)
    ssh_port = serializers.IntegerField(min_value=1, max_value=65_535, required=False)
    path_prefixes = serializers.ListField(child=Text(max_length=500), required=False, max_length=50)
    expires_on = serializers.DateField(required=False, allow_null=True)


class CredentialReplacement(InputSerializer):
    token = serializers.CharField(max_length=4000, required=False, write_only=True)
    expires_on = serializers.DateField(required=False, allow_null=True)


class CredentialOut(RowSerializer):
    """A credential without its secret.

    `last_error` is why the last read or test with it failed: a word of a closed list, or empty.
    """

    class Meta:
        model = Credential
        fields = (
            "id",
            "kind",
            "host",
            "path_prefixes",
            "user_name",
            "ssh_port",
            "public_key",
            "expires_on",
            "tested_at",
            "last_used_at",
            "last_error",
            "last_error_at",
            "created_by",
            "created_at",
        )
