"""Where LangGraph puts its checkpoints, and from where it goes on: the newest of one run, as JSON that `keep` stores.

LangGraph decides by it which node is next; nothing is unpickled or imported to read it. Written before the next node begins
(`durability="sync"`). What a node wrote is in the checkpoint after it, so single writes are not kept: a node that was under way begins anew.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple

from apps.chat.graph.keeping import dump_state
from apps.chat.graph.state import AgentState

# Any: JSON.
Kept = dict[str, Any]
Keep = Callable[[Kept], Awaitable[None]]

_PLAIN = ("v", "id", "ts", "channel_versions", "versions_seen")


class RunSaver(BaseCheckpointSaver[int]):
    """One attempt's. `taken_up` is what an earlier attempt kept, with its `state` as it is to be gone on with; None: begin at the start."""

    def __init__(self, run_id: str, keep: Keep, taken_up: Kept | None = None, state: AgentState | None = None) -> None:
        super().__init__()
        self.config: RunnableConfig = {"configurable": {"thread_id": run_id, "checkpoint_ns": ""}}
        self.state = state
        self._keep = keep
        self._taken_up = taken_up

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        if self._taken_up is None or self.state is None:
            return None
        plain = {name: self._taken_up[name] for name in _PLAIN}
        values = {**self._taken_up["channels"], **self.state}
        checkpoint = cast("Checkpoint", {**plain, "channel_values": values, "updated_channels": None})
        return CheckpointTuple(self._named(checkpoint["id"]), checkpoint, {"source": "loop", "step": self._taken_up["step"], "parents": {}})

    async def aput(self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions) -> RunnableConfig:
        values = checkpoint["channel_values"]
        # Before the first node there is nothing to go on from, and after the last one the answer is stored at once.
        if checkpoint["versions_seen"].keys() - {"__input__", "__start__"} and "outcome" not in values:
            await self._keep({**_plain(checkpoint), "step": metadata["step"], "channels": _channels(values), "state": dump_state(values)})
        return self._named(checkpoint["id"])

    async def aput_writes(self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = "") -> None:
        pass

    def _named(self, checkpoint_id: str) -> RunnableConfig:
        return {"configurable": {**self.config["configurable"], "checkpoint_id": checkpoint_id}}


def _plain(checkpoint: Checkpoint) -> Kept:
    whole = cast("Mapping[str, Any]", checkpoint)
    return {name: whole[name] for name in _PLAIN}


def _channels(values: Mapping[str, Any]) -> Kept:
    """LangGraph's own, which say where the run goes on; a channel that is no part of the state holds no value of ours."""
    return {name: None for name in values if name.startswith("branch:")}
