"""Budgets and guards, as operators change them."""

import re
from collections.abc import Iterable

from apps.accounts.services.actors import find
from apps.accounts.types import Operator
from apps.common.errors import Invalid
from apps.gateway.models import SUBJECTS, Budget, GuardPolicy
from apps.gateway.services import changing

_WORDS_MAX, _HOSTS_MAX = 2_000, 500
_HOST = re.compile(r"\*|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?")


def save_budget(operator: Operator, budget: Budget) -> Budget:
    """Save a budget as it stands. For whom and for how long stays as it was made: what was spent has been counted for that."""
    with changing.changing(operator, Budget) as now:
        before = changing.stored(budget)
        fixed = ("period", *(f"{name}_id" for name in SUBJECTS))
        if before is not None and any(getattr(before, name) != getattr(budget, name) for name in fixed):
            raise Invalid("For whom a budget is and how long it lasts does not change. Make another one, and delete this.")
        return changing.save(now, budget, told=("money", "tokens", "is_enabled"))


def delete_budget(operator: Operator, *, budget_id: object) -> None:
    """What was spent stays in the records of usage; what is left is not counted any more."""
    with changing.changing(operator, Budget) as now:
        changing.delete(now, find(now, Budget.objects.all(), budget_id))


def save_guard_policy(operator: Operator, policy: GuardPolicy) -> GuardPolicy:
    """Save a policy as it stands; words and hosts each once, without the blanks around them."""
    with changing.changing(operator, GuardPolicy) as now:
        before = changing.stored(policy)
        if before is not None and before.workspace_id != policy.workspace_id:
            raise Invalid("A policy stays with its workspace. Make another one, and delete this.")
        policy.prohibited_words = _each_once(policy.prohibited_words)
        policy.link_hosts = _each_once(host.lower() for host in policy.link_hosts)
        if len(policy.prohibited_words) > _WORDS_MAX or len(policy.link_hosts) > _HOSTS_MAX:
            raise Invalid(f"At most {_WORDS_MAX} words and {_HOSTS_MAX} hosts: each answer is searched for all of them.")
        if strange := [host for host in policy.link_hosts if not _HOST.fullmatch(host)]:
            raise Invalid(f"{strange[0][:80]} is no host. Write it like docs.example.org, without https:// and without a path.")
        # The words themselves are not for the trail: they say what somebody is afraid of.
        return changing.save(now, policy, told=("personal_data", "secrets", "is_unmasked", "prohibited", "injection", "injection_threshold", "link_hosts"))


def delete_guard_policy(operator: Operator, *, policy_id: object) -> None:
    """The general policy counts again, or without one what comes with Quire."""
    with changing.changing(operator, GuardPolicy) as now:
        changing.delete(now, find(now, GuardPolicy.objects.all(), policy_id))


def _each_once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(cleaned for word in words if (cleaned := " ".join(word.split()))))
