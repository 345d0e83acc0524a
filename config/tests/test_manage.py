import subprocess
import sys

from django.conf import settings


def test_without_the_packages_manage_py_says_what_to_do():
    bare = [sys.executable, "-I", "-S", str(settings.BASE_DIR / "manage.py"), "up"]

    ended = subprocess.run(bare, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith("Atelier's packages are not installed")
