"""The door of every API view: session, workspace, action."""

from typing import Any, ClassVar

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.selectors.readers import get_only_reader
from apps.accounts.types import Reader


class WorkspaceAPIView(APIView):
    """A view inside a workspace: named by X-Quire-Workspace, or the person's only one.

    `action` says for each method what right it needs; a method without one is never answered.
    """

    action: ClassVar[dict[str, str]] = {}
    reader: Reader

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        action = self.action.get(request.method or "")
        if action is None:
            raise MethodNotAllowed(request.method or "")
        self.reader = get_only_reader(request.user, request.headers.get("X-Quire-Workspace", ""))
        self.reader.require(action)
