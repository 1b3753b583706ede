"""Which day it is: models do not know."""

from django.utils import timezone

from apps.chat.graph.context import ToolResult
from apps.chat.tools.base import Arguments, ModelTool, Use, Who


def build(who: Who) -> Use:
    async def use(arguments: Arguments, key: str) -> ToolResult:
        await who()
        now = timezone.localtime()
        return ToolResult(f"Today is {now:%A}, {now.day} {now:%B %Y} ({now:%Y-%m-%d}), in the time zone {timezone.get_current_timezone_name()}.")

    return use


TODAY = ModelTool("today", "chat.ask", build, description="Tell today's date and day of the week.", say=lambda arguments: "Looking up today's date")
