"""The admin pages of people, who are deactivated, not deleted; and, imported here, of the audit log."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts import sessions
from accounts.audit import record
from accounts.audit_log import admin as audit_log_admin  # noqa: F401 - registers the log
from accounts.domain import address_check, invitations
from accounts.domain.one_time_links import end_sign_in_links
from accounts.models import OneTimeLink, User
from accounts.permissions import may_administer
from accounts.principals import person_of
from kernel.errors import Refused

# Atelier has no groups of permissions, and a list of tokens would show everybody's tokens to staff.
admin.site.unregister([Group, OutstandingToken, BlacklistedToken])

MOST_NAMES = 100  # in the address of the page that prints codes: as many as a page of the list has
# The fields that decide what a person may do. A change of one of them is recorded in the audit log.
ROLE_FIELDS = ("kind", "is_active", "is_staff", "is_superuser")


class PersonCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new person, who is invited to choose a password. A teacher's user name is put into lower case."""

    invite = forms.BooleanField(
        label=gettext_lazy("Invite by e-mail at once"),
        required=False,
        initial=True,
        help_text=gettext_lazy("The invitation has a link with which the person chooses a password."),
    )
    usable_password = forms.ChoiceField(
        label=gettext_lazy("Password"),
        required=False,
        initial="false",
        choices={
            "false": gettext_lazy("The person chooses it, with the invitation or a printed code"),
            "true": gettext_lazy("I choose it now"),
        },
        widget=forms.RadioSelect(attrs={"class": "radiolist"}),
    )

    class Meta:
        model = User
        fields = ("username", "kind", "first_name", "last_name", "email", "is_staff")
        labels = {"email": gettext_lazy("E-mail address"), "is_staff": gettext_lazy("Staff")}
        help_texts = {
            "kind": gettext_lazy("Teachers can make courses. A service account is for a program, not for a person."),
            "email": gettext_lazy("Invitations, new passwords and notices go there."),
            "is_staff": gettext_lazy("May open the administration, the mails, the audit log and the health page."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == User.Kind.TEACHER and cleaned.get("username"):
            cleaned["username"] = cleaned["username"].lower()
        return cleaned


class PersonChangeForm(UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"
        labels = {
            "email": gettext_lazy("E-mail address"),
            "is_active": gettext_lazy("Account open"),
            "is_staff": gettext_lazy("Staff"),
            "is_superuser": gettext_lazy("All rights"),
        }
        help_texts = {
            "kind": gettext_lazy("Teachers can make courses. A service account is for a program, not for a person."),
            "email": gettext_lazy("Invitations, new passwords and notices go there."),
            "language": gettext_lazy("Without one, the language of the browser."),
            "zone": gettext_lazy("Without one, the time zone of the school."),
            "is_active": gettext_lazy(
                "A closed account cannot sign in. It is closed and opened again on the page of the person."
            ),
            "is_staff": gettext_lazy("May open the administration, the mails, the audit log and the health page."),
            "is_superuser": gettext_lazy("May see and change everything, also the accounts of other staff."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields and not self.instance.has_usable_password():
            self.fields["password"].help_text = _("Better: invite the person, who then chooses a password.")


class StaffFilter(admin.BooleanFieldListFilter):
    """Keeps staff, or the others. It is named like the field of the form, as OpenFilter is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("Staff")


class OpenFilter(admin.BooleanFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("Account open")


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    form = PersonChangeForm
    add_form = PersonCreationForm
    add_form_template = "admin/accounts/user/add.html"
    list_display = ("username", "first_name", "last_name", "kind", "staff", "account_open")
    list_filter = ("kind", ("is_staff", StaffFilter), ("is_active", OpenFilter))
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "kind")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email", "language", "zone")}),
        (gettext_lazy("Role"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "kind", "first_name", "last_name", "email", "is_staff")}),
        (None, {"classes": ("wide",), "fields": ("invite", "usable_password", "password1", "password2")}),
    )
    actions = ("end_sessions", "print_codes")

    @admin.display(description=gettext_lazy("Staff"), ordering="is_staff", boolean=True)
    def staff(self, person: User) -> bool:
        return person.is_staff

    @admin.display(description=gettext_lazy("Account open"), ordering="is_active", boolean=True)
    def account_open(self, person: User) -> bool:
        return person.is_active

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_administer(person_of(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_administer(person_of(request), obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Let only superusers change roles: otherwise everyone who edits people could make themselves a superuser.

        An account is closed on its own page, which names what the person holds before.
        """
        role_fields = () if request.user.is_superuser else ("is_staff", "is_superuser", "kind")
        return (*self.readonly_fields, *role_fields, *(("is_active",) if obj else ()))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Record a changed password in the audit log."""
        passwords = User.objects.filter(pk=id).values_list("password", flat=True)
        before = passwords.first()
        response = super().user_change_password(request, id, form_url)
        if passwords.first() != before:
            record(person_of(request), "accounts.password", f"user:{id}")
            end_sign_in_links(User.objects.get(pk=id))
        return response

    def save_model(self, request: HttpRequest, obj: User, form: "forms.ModelForm[User]", change: bool) -> None:
        """Record a new person, a changed role and a changed address in the audit log.

        Links that went to another address end. So do links and codes from before the person got more rights: somebody
        with fewer rights may have read them.
        """
        before = User.objects.filter(pk=obj.pk).values(*ROLE_FIELDS).first() if change else {}
        old_address = User.objects.filter(pk=obj.pk).values_list("email", flat=True).first() if change else None
        super().save_model(request, obj, form, change)
        after = {name: getattr(obj, name) for name in ROLE_FIELDS}
        if old_address is not None and old_address != obj.email:
            address_check.was_changed_by(person_of(request), obj, old_address)
        if before and any(after[name] and not before[name] for name in ("is_staff", "is_superuser")):
            end_sign_in_links(obj, OneTimeLink.End.REPLACED)
        if not change:
            record(person_of(request), "accounts.add", f"user:{obj.pk}", after=after)
        elif before != after:
            changed = {name: value for name, value in after.items() if (before or {}).get(name) != value}
            record(person_of(request), "accounts.role", f"user:{obj.pk}", before=before or {}, after=changed)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Invite the new person if asked, and lead to the page of the account, which says what can be done next."""
        if request.POST.get("invite") and obj.email and not obj.has_usable_password():
            self._invite(request, obj)
        if "_addanother" in request.POST or IS_POPUP_VAR in request.POST or "_continue" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, _("The account of %(name)s is made.") % {"name": obj.display_name})
        return redirect(obj.get_absolute_url())

    def _invite(self, request: HttpRequest, person: User) -> None:
        try:
            invitations.invite(person_of(request), person)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The invitation to %(address)s will be sent now.") % {"address": person.email})

    @admin.action(
        description=gettext_lazy("End every session and token of the selected people"), permissions=["change"]
    )
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        refused = [person.username for person in queryset if not may_administer(person_of(request), person)]
        if refused:
            text = _("Nobody was signed out. Only a superuser may sign out %(names)s.")
            messages.error(request, text % {"names": ", ".join(refused)})
            return
        people = list(queryset)
        for person in people:
            sessions.sign_out_everywhere(person, by=person_of(request))
        text = ngettext("%(n)s person is signed out.", "%(n)s people are signed out.", len(people))
        messages.success(request, text % {"n": len(people)})

    @admin.action(description=gettext_lazy("Print one-time codes for the selected people"), permissions=["change"])
    def print_codes(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse:
        """Lead to the page that makes the codes, with the user names filled in."""
        names = ",".join(queryset.order_by("username").values_list("username", flat=True)[:MOST_NAMES])
        return redirect(f"{reverse('print-codes')}?{urlencode({'names': names})}")
