"""Messages on their way to a model of LangChain's."""

from apps.gateway.providers.langchain import to_langchain
from apps.gateway.types import ChatMessage
from tests.gateway.conftest import passage, question


def test_each_role_has_its_class():
    block = passage(1, "Text.")
    roles = ("system", "developer", "user", "assistant", "tool")
    made = to_langchain([*(ChatMessage(role, "Hi", tool_call_id="call_1") for role in roles), question("How?", block)])
    assert [type(message).__name__ for message in made] == ["SystemMessage", "SystemMessage", "HumanMessage", "AIMessage", "ToolMessage", "HumanMessage"]
    assert made[4].tool_call_id == "call_1"
    assert made[-1].content == [{"type": "text", "text": "How?"}, block]
