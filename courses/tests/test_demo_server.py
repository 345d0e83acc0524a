"""The demonstration without a server for its repositories."""

import pytest
from django.core.management import CommandError

from courses.demo import creation


def test_the_demonstration_without_a_git_server_names_the_missing_setting(db, settings):
    settings.DEMO_GIT_SERVER = ""
    with pytest.raises(CommandError, match="DEMO=1"):
        creation.fill({})
