"""The agents process: `manage.py run_agents`. Run as many as there is work for; Postgres shares the runs out."""

import asyncio
import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.services import audit_writer
from apps.chat.services.agents import GRACE_SECONDS, AgentsProcess
from apps.chat.services.doorbell import listen
from apps.chat.services.execution import execute_run
from apps.chat.services.warming import warm_up
from apps.gateway.ledger import settling

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Answer questions: claim runs from Postgres and carry them out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=settings.QUIRE_AGENTS_CONCURRENCY, help="runs at once (QUIRE_AGENTS_CONCURRENCY)")
        parser.add_argument("--grace", type=float, default=GRACE_SECONDS, help="seconds that runs get to finish after SIGTERM")

    def handle(self, *args: Any, **options: Any) -> None:
        audit_writer.begin()
        settling.begin()
        try:
            asyncio.run(serve(options["concurrency"], options["grace"]))
        finally:
            # Here and not at the interpreter's end: embedded services that were started for this command stop before.
            settling.WRITER.end()
            audit_writer.WRITER.end()


async def serve(concurrency: int, grace_seconds: float) -> None:
    """Work until SIGTERM or SIGINT."""
    process = AgentsProcess(execute_run, concurrency=concurrency, grace_seconds=grace_seconds)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.leave)
    aside = [asyncio.create_task(listen("agents", process.ring)), asyncio.create_task(warm_up())]
    logger.info("agents.started", extra={"agent": process.name, "concurrency": concurrency})
    try:
        await process.run()
    finally:
        for task in aside:
            task.cancel()
        await asyncio.gather(*aside, return_exceptions=True)
        logger.info("agents.stopped")
