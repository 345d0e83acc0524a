import gc

gc.disable()  # while Django is set up: imports leave little to collect; config/apps.py enables it again

from config.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
