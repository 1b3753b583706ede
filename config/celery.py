"""The Celery application: carries hints to the workers; what is to be done stands in Postgres."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# `manage.py prepare` and `check` run the checks; here they would load every page and form into the worker and into beat.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

from celery.signals import beat_init, celeryd_init

from apps.common.queue import celery_app
from config.preflight import require_services

app = celery_app()
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def end_without_services(**_: object) -> None:
    require_services()
