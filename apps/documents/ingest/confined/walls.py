"""The walls around a child, one after the other; each makes the next one's failure matter less."""

from apps.documents.ingest.confined.child import Task
from apps.documents.ingest.confined.limits import limit_this_process
from apps.documents.ingest.confined.linux import let_nobody_look, never_gain_rights


def prepare_walls() -> None:
    """Find out, once in the server, what is the same for each child."""


def build_walls(task: Task, file: int) -> None:
    limit_this_process()
    never_gain_rights()
    let_nobody_look()
