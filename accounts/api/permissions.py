"""Permission classes for DRF views, used together with IsAuthenticated."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.principals import is_program


class IsProgram(BasePermission):
    """A service account or a trusted peer."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_program(request.user)


class IsStaffOrProgram(BasePermission):
    """A staff member, a service account or a trusted peer."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_program(request.user) or bool(getattr(request.user, "is_staff", False))


class IsTeacher(BasePermission):
    """A teacher. Staff are not teachers automatically: use `IsTeacher | IsStaffOrProgram` where both may."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(getattr(request.user, "is_teacher", False))
