"""The Celery application: carries hints to the workers; what is to be done stands in Postgres."""

import os
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# `manage.py prepare` and `check` run the checks; here they would load every page and form into the worker and into beat.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

from contextlib import suppress
from pathlib import Path

from celery.exceptions import SecurityWarning
from celery.signals import beat_init, celeryd_init, task_postrun, task_prerun, worker_init, worker_process_init, worker_process_shutdown, worker_ready

from kombu.exceptions import OperationalError

from django.conf import settings

from apps.common.queue import celery_app
from config.preflight import require_services

# Messages are JSON with an id in them, never pickled code; as root it runs where the person who started it chose so.
warnings.filterwarnings("ignore", category=SecurityWarning)
IDLE_MODEL_SECONDS = 8.0
# Who waits for a page or an answer comes before what is indexed in the background.
NICENESS = 5
app = celery_app()
app.autodiscover_tasks()
# Celery would else end the whole pool of connections around each task: to connect and prove the password costs more than to
# read a page. What a task leaves open goes back to the pool below. Its settings' own prefix would hide this one.
app.conf["CELERY_DB_REUSE_MAX"] = 1_000_000
with suppress(OSError):  # beat keeps its times there; where --schedule names another place, this one may be read-only
    Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


@celeryd_init.connect
@beat_init.connect
def end_without_services(**_: object) -> None:
    require_services()


@worker_init.connect
def start_reader(**_: object) -> None:
    """Before the pool forks: all its processes share the one server that reads files, and give way to those that people wait for."""
    from apps.documents.ingest.confined.host import HOST

    os.nice(NICENESS)
    # Without it the first file starts one.
    with suppress(OSError):
        HOST.start()


@worker_ready.connect
def look_for_other_vectors(**_: object) -> None:
    """Another embedding model comes with a restart; beat asks again in an hour."""
    with suppress(OperationalError):
        app.send_task("documents.reindex", retry=False, ignore_result=True, expires=3600)


@task_prerun.connect
@task_postrun.connect
def give_connections_back(**_: object) -> None:
    from django.db import close_old_connections

    close_old_connections()


@worker_process_init.connect
def let_go_of_models(**_: object) -> None:
    """Any process of the pool may be the next embedder; only the one that is holds the model."""
    from apps.gateway.providers.embedded.embedder import keep_unloading

    keep_unloading(IDLE_MODEL_SECONDS)


@worker_process_init.connect
def write_in_batches(**_: object) -> None:
    from apps.accounts.services import audit_writer
    from apps.gateway.ledger import settling

    audit_writer.begin()
    settling.begin()


@worker_process_shutdown.connect
def write_what_waits(**_: object) -> None:
    """A process of the pool ends without Python's own end, and so without `atexit`."""
    from apps.accounts.services import audit_writer
    from apps.gateway.ledger import settling

    settling.WRITER.end()
    audit_writer.WRITER.end()
