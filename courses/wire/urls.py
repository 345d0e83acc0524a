"""The URL where a Git module elsewhere posts events, with and without a final slash."""

from django.contrib.auth.decorators import login_not_required
from django.urls import re_path

from courses.wire.views import Messages

urlpatterns = [re_path(r"^_http/messages/?$", login_not_required(Messages.as_view()), name="wire-messages")]
