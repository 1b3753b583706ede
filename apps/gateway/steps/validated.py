"""Whether a model could answer this at all, before anything is charged for it."""

from apps.common.errors import Invalid
from apps.gateway.calls import Call, Flow, Follow
from apps.gateway.errors import ContextTooLong
from apps.gateway.estimating import estimate_input


def validated(call: Call, follow: Follow) -> Flow:
    """Raise Invalid or ContextTooLong, or go on."""
    if not call.messages:
        raise Invalid("There are no messages: send at least one.", param="messages")
    if call.options.parameters.get("tools") and all(target.is_embedded for target in call.route.targets):
        raise Invalid(f"The model {call.route.name} quotes and calls no tools.", param="tools")
    _require_room(call)
    return follow(call)


def _require_room(call: Call) -> None:
    """An estimate errs: only what is far over every window is refused here, the rest is the model's own to say."""
    windows = [target.window for target in call.route.targets]
    known = [window for window in windows if window]
    if known and len(known) == len(windows) and (read := estimate_input(call)) > 2 * max(known):
        raise ContextTooLong(f"That is about {read:,} tokens, and {call.route.name} reads at most {max(known):,}. Send less.", param="messages")
