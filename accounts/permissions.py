"""The right to administer the account of somebody else."""

from accounts.models import User


def may_administer(caller: User, account: User) -> bool:
    """Whether the caller may change this account, apart from Django's permission to change people.

    Staff may change their own account. Only superusers may change those of other staff and of programs.

    Otherwise everyone who edits people could set the password of a superuser or of a program, and sign in as it.
    """
    is_powerful = account.is_staff or account.is_superuser or account.is_service
    return caller.is_superuser or account.pk == caller.pk or not is_powerful


def may_see_secret_link(caller: User, account: User) -> bool:
    """Whether the caller may read a link with which the owner of this account signs in or changes it."""
    return caller.has_perm("accounts.change_user") and may_administer(caller, account)
