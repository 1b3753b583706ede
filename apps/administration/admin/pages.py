"""Pages of the administration for areas that have no model: settings, models, and who of the operators sees what."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from apps.accounts.doors import OPERATOR, declare
from apps.accounts.models import OperatorRole
from apps.accounts.operators import AREAS, Level, level_in
from apps.accounts.selectors.operators import get_operator
from apps.administration.selectors.settings import list_settings
from apps.common.errors import NotAllowed
from apps.gateway.selectors import get_embedding_model, get_rerank_model
from apps.gateway.selectors.routes import list_all_routes, list_own_targets

_WORDS = {Level.NONE: "–", Level.VIEW: "Sees", Level.CHANGE: "Changes"}


@declare(OPERATOR)
@require_GET
def settings_in_force(request: HttpRequest) -> TemplateResponse:
    _require(request, "settings")
    return _page(request, "settings_in_force", "Settings in force", rows=list_settings())


@declare(OPERATOR)
@require_GET
def models_in_use(request: HttpRequest) -> TemplateResponse:
    _require(request, "models")
    # Any: each row of the page is of a class of its own.
    own: dict[str, Any] = {**list_own_targets(), "rerank": get_rerank_model(), "vectors": get_embedding_model()}
    return _page(request, "models_in_use", "Models in use", **own, routes=list_all_routes(), currency=settings.QUIRE_CURRENCY)


@declare(OPERATOR)
@require_GET
def operator_roles(request: HttpRequest) -> TemplateResponse:
    """The table itself, which says nothing of who has which role."""
    rows = [(area, [_WORDS[area.levels.get(role, Level.NONE)] for role in OperatorRole.values]) for area in AREAS]
    own = OperatorRole(get_operator(request.user).role).label
    return _page(request, "operator_roles", "Operator roles", roles=OperatorRole.labels, rows=rows, own=own)


def _require(request: HttpRequest, area: str) -> None:
    if level_in(get_operator(request.user).role, area) < Level.VIEW:
        raise NotAllowed(f"operator.{area}", "Your operator role does not show this page. The page “Operator roles” says which ones do.")


# Any: each page has names of its own.
def _page(request: HttpRequest, name: str, title: str, **context: Any) -> TemplateResponse:
    return TemplateResponse(request, f"admin/{name}.html", {**admin.site.each_context(request), "title": title, **context})
