"""The objects of the Git module in the audit log (accounts/audit_log/objects.py): their names and pages."""

from collections.abc import Collection

from django.urls import reverse

from gitsync.models import Credential, HookAddress, HostKey, LocalCopy, Registration


def load_repositories(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    copies = LocalCopy.objects.filter(repository__in=numbers).select_related("repository")
    return {
        copy.repository_id: (str(copy.repository), reverse("admin:gitsync_localcopy_change", args=[copy.pk]))
        for copy in copies
    }


def load_registrations(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = Registration.objects.filter(pk__in=numbers).select_related("student", "course")
    return {
        row.pk: (
            f"{row.student.student_id} · {row.course.course_id}",
            reverse("admin:gitsync_registration_change", args=[row.pk]),
        )
        for row in rows
    }


def load_hook_addresses(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    addresses = HookAddress.objects.filter(pk__in=numbers).select_related("course")
    return {address.pk: (str(address.course), "") for address in addresses}


def load_credentials(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    return {credential.pk: (str(credential), "") for credential in Credential.objects.filter(pk__in=numbers)}


def load_host_keys(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    return {host_key.pk: (str(host_key), "") for host_key in HostKey.objects.filter(pk__in=numbers)}
