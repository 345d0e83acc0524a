"""/api/v1/courses/<course>/credentials/: the credentials with which private repositories of a course are read."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import caller
from courses.api.serializers.credentials import CredentialIn, CredentialOut, CredentialReplacement
from courses.domain import credentials
from courses.git import git_module
from courses.models import Course
from gitsync.models import Credential
from gitsync.queries import credential_list
from kernel.api.error_schema import error_responses
from kernel.api.input_fields import Query, take_no_fields

REVOKED = "It was revoked meanwhile, or the Git module is elsewhere."
NOT_MADE = "There are too many, SSH is switched off, or the Git module is elsewhere."


class CredentialView(CourseView):
    """A view on the credentials of a course, for its teachers."""

    queryset = Credential.objects.none()
    serializer_class = CredentialOut
    pagination_class = None  # type: ignore[assignment]  # 50 at most

    def get_credential(self, course: Course) -> Credential:
        rows = credential_list.of_course(git_module.wire_ids(course))
        return generics.get_object_or_404(rows, pk=self.kwargs["credential_pk"])


class CredentialList(CredentialView):
    """The credentials of a course that are not revoked. None of them has its secret."""

    @extend_schema(
        operation_id="courses_credentials_list",
        responses={200: CredentialOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """List them by server."""
        Query.of(request)
        rows = credential_list.of_course(git_module.wire_ids(self.get_changeable_course()))
        return Response(CredentialOut(rows, many=True).data)

    @extend_schema(
        request=CredentialIn,
        responses={201: CredentialOut, **error_responses(400, 401, 403, 404, 503, conflict=NOT_MADE)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Keep a token, or make a key pair. Repositories that could not be read are tried again at once."""
        course = self.get_changeable_course()
        serializer = CredentialIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        kind = values.pop("kind")
        if kind == Credential.Kind.SSH:
            values.pop("token", None)
            row = credentials.make_key(caller(request), course, **values)
        else:
            values.pop("ssh_port", None)
            values.setdefault("token", "")
            row = credentials.add_token(caller(request), course, bearer=kind == Credential.Kind.BEARER, **values)
        return Response(CredentialOut(row).data, status=201)


class CredentialDetail(CredentialView):
    """One credential of a course."""

    @extend_schema(responses={200: CredentialOut, **error_responses(401, 403, 404)})
    def get(self, request: Request, pk: int, credential_pk: int) -> Response:
        """Read a credential without its secret."""
        return Response(CredentialOut(self.get_credential(self.get_changeable_course())).data)

    @extend_schema(
        request=CredentialReplacement,
        responses={200: CredentialOut, **error_responses(400, 401, 403, 404, 503, conflict=REVOKED)},
    )
    def put(self, request: Request, pk: int, credential_pk: int) -> Response:
        """Replace the secret: by another token, or, for `ssh` without `token`, by a new key pair."""
        course = self.get_changeable_course()
        row = self.get_credential(course)
        serializer = CredentialReplacement(data=request.data)
        serializer.is_valid(raise_exception=True)
        saved = credentials.replace(caller(request), course, row.pk, **serializer.validated_data)
        return Response(CredentialOut(saved).data)

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 503, conflict=REVOKED)})
    def delete(self, request: Request, pk: int, credential_pk: int) -> Response:
        """Revoke a credential: its secret is forgotten at once."""
        course = self.get_changeable_course()
        credentials.revoke(caller(request), course, self.get_credential(course).pk)
        return Response(status=204)


class CredentialTest(CredentialView):
    """A test of one credential."""

    @extend_schema(
        request=None, responses={202: CredentialOut, **error_responses(400, 401, 403, 404, 503, conflict=REVOKED)}
    )
    def post(self, request: Request, pk: int, credential_pk: int) -> Response:
        """Have the server asked soon. `tested_at` and `last_error` then have the answer."""
        take_no_fields(request)
        course = self.get_changeable_course()
        row = self.get_credential(course)
        credentials.request_test(caller(request), course, row.pk)
        return Response(CredentialOut(row).data, status=202)
