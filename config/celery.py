"""The Celery application: carries hints to the workers; what is to be done stands in Postgres."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from apps.common.queue import celery_app

app = celery_app()
app.autodiscover_tasks()
