"""What a reader may do with one API key, which the caller got through `visible_to`."""

from typing import TYPE_CHECKING

import rules

if TYPE_CHECKING:
    from apps.accounts.models import ApiKey
    from apps.accounts.types import Reader


def owns_key(reader: "Reader", key: "ApiKey") -> bool:
    return (key.owner_id, key.workspace_id) == (reader.user.pk, reader.workspace.pk)


def makes_keys(reader: "Reader", key: "ApiKey") -> bool:
    return reader.can("key.create")


def manages_key(reader: "Reader", key: "ApiKey") -> bool:
    return key.workspace_id == reader.workspace.pk and reader.can("key.manage")


rules.add_rule("key.create", rules.predicate(owns_key) & rules.predicate(makes_keys))
# Ending a key takes no right but owning it: whoever may make none any more may still have one that leaked.
rules.add_rule("key.manage", rules.predicate(owns_key) | rules.predicate(manages_key))
