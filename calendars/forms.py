"""The form that makes a calendar address."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from calendars.addresses import make_address
from calendars.parts import course_titles
from kernel.errors import Refused
from kernel.forms.bootstrap import BootstrapFormMixin

PERSONAL = "own"


class AddressForm(BootstrapFormMixin, forms.Form):
    """Which calendar the address has. The key makes the form safe to send twice (addresses.make_address)."""

    calendar = forms.ChoiceField(label=gettext_lazy("Calendar"))
    form_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, person: User, data: Any = None, *, chosen: str = "") -> None:
        super().__init__(data, initial={"calendar": chosen, "form_key": secrets.token_urlsafe(16)})
        self._person = person
        titles = course_titles(person)
        courses = [(str(pk), _("Deadlines of %(course)s") % {"course": title}) for pk, title in titles.items()]
        self._choices = [(PERSONAL, _("All my deadlines and bookings")), *courses]
        self.fields["calendar"].choices = self._choices  # type: ignore[attr-defined]

    def run(self) -> str:
        """Make the address and return its secret; "" when nothing was sent or when it is refused."""
        if not self.is_valid():
            return ""
        calendar = self.cleaned_data["calendar"]
        try:
            course_id = None if calendar == PERSONAL else int(calendar)
            return make_address(self._person, course_id, form_key=self.cleaned_data["form_key"])
        except Refused as refusal:
            self.add_error(None, refusal.message)
            return ""

    @property
    def chosen_title(self) -> str:
        return dict(self._choices)[self.cleaned_data["calendar"]]
