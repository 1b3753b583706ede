import json
from uuid import uuid4

import pytest

from apps.chat.services.asker import Asker
from apps.chat.tools.box import RunToolbox
from apps.gateway.types import ToolCall


@pytest.fixture
def box_of(transactional_db):
    return lambda reader: RunToolbox(reader, Asker(reader), uuid4())


@pytest.fixture
def use(box_of):
    """What one call gives somebody."""

    async def call(reader, name, position=0, **arguments):
        return await box_of(reader).use(ToolCall("id", name, json.dumps(arguments)), position)

    return call
