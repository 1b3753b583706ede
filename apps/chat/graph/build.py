"""The graph's wiring.

                              tools
                               ▲ │
                               │ ▼
understand ──► retrieve ──► answer ──► verify ──► finish
     └───────(small talk)─────▲
"""

from functools import cache
from typing import Literal

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Durability

from apps.chat.graph.context import AgentContext
from apps.chat.graph.nodes.answer import answer
from apps.chat.graph.nodes.finish import finish
from apps.chat.graph.nodes.retrieve import retrieve
from apps.chat.graph.nodes.understand import understand
from apps.chat.graph.nodes.use_tools import use_tools
from apps.chat.graph.nodes.verify import verify
from apps.chat.graph.saver import RunSaver
from apps.chat.graph.state import AgentState, Outcome
from apps.chat.graph.writing import tell_again

# A node begins when what the one before it made is kept.
_SYNC: Durability = "sync"

Agent = CompiledStateGraph[AgentState, AgentContext, AgentState, AgentState]


def after_understanding(state: AgentState) -> Literal["retrieve", "answer"]:
    return "retrieve" if state["needs_search"] else "answer"


def after_answering(state: AgentState) -> Literal["tools", "verify"]:
    return "tools" if state["calls"] else "verify"


@cache
def build_agent() -> Agent:
    graph = StateGraph(AgentState, context_schema=AgentContext)
    graph.add_node("understand", understand)
    graph.add_node("retrieve", retrieve)
    graph.add_node("answer", answer)
    graph.add_node("tools", use_tools)
    graph.add_node("verify", verify)
    graph.add_node("finish", finish)
    graph.add_edge(START, "understand")
    graph.add_conditional_edges("understand", after_understanding)
    graph.add_edge("retrieve", "answer")
    graph.add_conditional_edges("answer", after_answering)
    graph.add_edge("tools", "answer")
    graph.add_edge("verify", "finish")
    graph.add_edge("finish", END)
    return graph.compile()


def shape() -> list[str]:
    """The nodes: what was kept of a run by a graph with other ones is of no use to this."""
    return sorted(build_agent().nodes)


async def run_agent(state: AgentState, context: AgentContext, saver: RunSaver | None = None) -> Outcome:
    """Answer `state["question"]`. Raises what `search` and `complete` raise; a stop ends it early, with what there is.

    With a `saver` that has a state, the run goes on after the last node that was finished: what the answer says so far is told again.
    """
    agent = build_agent() if saver is None else build_agent().copy({"checkpointer": saver})
    taken_up = None if saver is None else saver.state
    if taken_up is not None:
        tell_again(taken_up.get("draft"), context.emit)
    began, timings = context.clock(), list[dict[str, object]]()
    outcome: Outcome | None = None
    # Two steps a round of tools, and those that each run has. The agent counts its rounds itself; this is LangGraph's own guard.
    config: RunnableConfig = {**(saver.config if saver is not None else {}), "recursion_limit": 2 * context.limits.rounds + 10}
    durability = None if saver is None else _SYNC
    async for steps in agent.astream(state if taken_up is None else None, config, context=context, stream_mode="updates", durability=durability):
        for name, update in steps.items():
            now = context.clock()
            timings.append({"step": name, "took_ms": round((now - began) * 1000)})
            began = now
            outcome = update.get("outcome", outcome)
    if outcome is None:
        raise RuntimeError("The graph ended without an outcome.")
    outcome.trace["steps"] = [one for one in timings if one["step"] != "finish"]
    return outcome
