"""manage.py outside an installation."""

import subprocess
import sys

from django.conf import settings


def test_manage_py_without_installed_packages_says_what_to_do():
    command = [sys.executable, "-I", "-S", str(settings.BASE_DIR / "manage.py"), "up"]

    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert result.stderr.startswith("Atelier's packages are not installed")
