"""What the agent may call, and the permission that each call needs of whoever asked. The graph reaches for nothing else.

A tool acts with the asker's rights of the moment of the call, never with the service's and never with those of its start.
Imported by the agents process, and by the check that each tool names its permission.

`SEARCH`, `COMPLETE`, `EMBED` and `COMPLETE_OBJECT` are the graph's own; the model is offered the others. To add one: a file with a
`ModelTool`, and its name in this table.
"""

from apps.chat.tools.base import Tool
from apps.chat.tools.calculate import CALCULATE
from apps.chat.tools.checking import COMPLETE_OBJECT, EMBED
from apps.chat.tools.complete import COMPLETE
from apps.chat.tools.list_documents import LIST_DOCUMENTS
from apps.chat.tools.read_document import READ_DOCUMENT
from apps.chat.tools.search import SEARCH
from apps.chat.tools.search_documents import SEARCH_DOCUMENTS
from apps.chat.tools.today import TODAY

TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (SEARCH, COMPLETE, EMBED, COMPLETE_OBJECT, SEARCH_DOCUMENTS, READ_DOCUMENT, LIST_DOCUMENTS, CALCULATE, TODAY)
}
