"""The one table of how often anything may be done, and by whom it is counted; and the functions that count.

Each function charges all the buckets it names or none, and raises LimitExceeded with words that say when to try again.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.models import User
from apps.accounts.types import Reader
from apps.common.errors import LimitExceeded
from apps.common.limits import Bucket, Verdict, acharge, charge, give_back, private
from apps.common.limits.buckets import CAPACITY_MAX, PER_SECOND_MAX
from apps.common.limits.standing import Standing, note, standing_of


class By(Enum):
    """Whose doings are counted together, in the words of a refusal."""

    PERSON = "for one person"
    KEY = "with one API key"
    WORKSPACE = "in one workspace"
    INSTALLATION = "for the whole installation"
    MODEL = "for this model"
    ADDRESS = "from one network address"
    ACCOUNT_HERE = "for one account from one network address"
    ACCOUNT = "for one account"


_PERIODS = {1: "a second", 60: "a minute", 300: "in 5 minutes", 3600: "an hour"}


@dataclass(frozen=True, slots=True)
class Limit:
    """`setting` is how many `noun` in `seconds`; `burst` times as many at once; one of them is `unit` tokens."""

    name: str
    noun: str
    by: By
    setting: str
    seconds: int = 60
    burst: int = 1
    unit: int = 1

    @property
    def amount(self) -> int:
        """0 where there is no limit of this kind."""
        return int(getattr(settings, self.setting))

    def bucket(self, who: str, cost: int = 1) -> Bucket:
        capacity = min(CAPACITY_MAX, self.amount * self.burst * self.unit)
        per_second = min(PER_SECOND_MAX, self.amount * self.unit / self.seconds)
        return Bucket(f"{self.name}:{who}", capacity, per_second, min(CAPACITY_MAX, cost))

    def words(self, retry_after: float | None) -> str:
        limit = f"The limit is {self.amount:,} {self.noun} {_PERIODS[self.seconds]} {self.by.value}."
        return f"{limit} This alone is more than that." if retry_after is None else f"{limit} Try again in {_duration(retry_after)}."


ASKS = (
    Limit("asks_per_user", "questions", By.PERSON, "QUIRE_LIMIT_ASKS_PER_USER"),
    Limit("asks_per_key", "questions", By.KEY, "QUIRE_LIMIT_ASKS_PER_KEY"),
    Limit("asks_per_workspace", "questions", By.WORKSPACE, "QUIRE_LIMIT_ASKS_PER_WORKSPACE"),
    Limit("asks", "questions", By.INSTALLATION, "QUIRE_LIMIT_ASKS"),
)
API = (
    Limit("api_per_user", "API requests", By.PERSON, "QUIRE_LIMIT_API_PER_USER"),
    Limit("api_per_key", "API requests", By.KEY, "QUIRE_LIMIT_API_PER_KEY"),
    Limit("api_per_workspace", "API requests", By.WORKSPACE, "QUIRE_LIMIT_API_PER_WORKSPACE"),
)
# What models are asked: each question and each request of a program counts once among the questions, its tokens as they are used.
TOKENS = (
    Limit("tokens_per_user", "tokens", By.PERSON, "QUIRE_LIMIT_TOKENS_PER_USER"),
    Limit("tokens_per_key", "tokens", By.KEY, "QUIRE_LIMIT_TOKENS_PER_KEY"),
    Limit("tokens_per_workspace", "tokens", By.WORKSPACE, "QUIRE_LIMIT_TOKENS_PER_WORKSPACE"),
    Limit("tokens_per_model", "tokens", By.MODEL, "QUIRE_LIMIT_TOKENS_PER_MODEL"),
    Limit("tokens", "tokens", By.INSTALLATION, "QUIRE_LIMIT_TOKENS"),
)
CALLS = Limit("calls_per_model", "calls", By.MODEL, "QUIRE_LIMIT_CALLS_PER_MODEL")
SEARCHES = Limit("searches_per_user", "searches", By.PERSON, "QUIRE_LIMIT_SEARCHES_PER_USER")
UPLOADS = Limit("uploads_per_user", "files", By.PERSON, "QUIRE_LIMIT_UPLOADS_PER_USER")
UPLOAD_MB = Limit("upload_mb_per_user", "MB of files", By.PERSON, "QUIRE_LIMIT_UPLOAD_MB_PER_USER", seconds=3600, unit=1024)
SOCKETS = Limit("sockets_per_user", "new connections", By.PERSON, "QUIRE_LIMIT_SOCKETS_PER_USER")
MESSAGES = Limit("socket_messages_per_user", "messages", By.PERSON, "QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER", seconds=1, burst=5)
# Messages over the limit are answered with an error; as many again, and the socket goes.
REFUSALS = Limit("socket_refusals_per_user", "messages", By.PERSON, "QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER", seconds=1, burst=5)
# Of signing in only what fails counts: many people may share an address. By account and address, because a count by account
# alone would let anybody lock its owner out. The count from everywhere is ten times as wide, for those who guess from many
# addresses at once; a browser in which the account was signed in to before is not held up by it.
SIGN_INS = Limit("sign_ins_per_address", "failed sign-ins", By.ADDRESS, "QUIRE_LIMIT_SIGN_INS_PER_ADDRESS", seconds=300)
PASSWORDS = Limit("wrong_passwords_per_account", "wrong passwords", By.ACCOUNT_HERE, "QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT", seconds=300)
PASSWORDS_ANYWHERE = Limit("wrong_passwords_anywhere", "wrong passwords", By.ACCOUNT, "QUIRE_LIMIT_WRONG_PASSWORDS_ANYWHERE", seconds=300)
WRONG_KEYS = Limit("wrong_keys_per_address", "wrong API keys", By.ADDRESS, "QUIRE_LIMIT_WRONG_KEYS_PER_ADDRESS")

DEVICE_COOKIE, DEVICE_SALT = "quire_device", "quire.limits"
DEVICE_SECONDS = 180 * 24 * 3600

Charge = tuple[Limit, Bucket]
Names = Mapping[By, str]


class SocketExceeded(LimitExceeded):
    """So much that the socket has to go."""


def limit_api(reader: Reader) -> None:
    """Count one request to the API."""
    _charge(_of_reader(API, reader))


def limit_asking(reader: Reader) -> None:
    """Count one question, from a page or the API."""
    _charge(_of_reader(ASKS, reader))


@dataclass(frozen=True, slots=True)
class Charged:
    """What a call of a model was charged, and what is left in each of those buckets."""

    charges: list[Charge]
    verdict: Verdict
    tokens: int

    def standings(self) -> dict[str, Standing]:
        """The tightest bucket for "requests" and for "tokens"; nothing of those that tell what others do."""
        by_noun: dict[str, list[Standing]] = {}
        for (limit, bucket), remaining in zip(self.charges, self.verdict.remaining, strict=True):
            if limit.by not in (By.INSTALLATION, By.MODEL):
                noun = "tokens" if limit in TOKENS else "requests"
                by_noun.setdefault(noun, []).append(standing_of(bucket, remaining, is_refused=False))
        return {noun: min(standings, key=lambda standing: standing.tightness) for noun, standings in by_noun.items()}


async def alimit_call(names: Names, *, tokens: int, is_request: bool) -> Charged:
    """Charge a call of a model in one go, all or none: itself, and the tokens that it may take. Raises LimitExceeded.

    `names` says for whom it counts; who is missing there is not counted. `is_request`: it is a request of its own and no part of a question.
    """
    limits = [*(ASKS if is_request else ()), CALLS]
    charges = [(limit, limit.bucket(names[limit.by])) for limit in limits if names.get(limit.by)]
    charges = _in_force(charges + _token_charges(names, tokens))
    verdict = await acharge([bucket for _, bucket in charges])
    _settle(charges, verdict)
    return Charged(charges, verdict, tokens)


def owed_tokens(charged: Charged, used: int) -> list[Bucket]:
    """What puts right a charge for tokens, once it is known how many they were: below 0 where some come back."""
    more = min(CAPACITY_MAX, used - charged.tokens)
    return [replace(bucket, cost=more) for limit, bucket in charged.charges if limit in TOKENS] if more else []


async def asettle_tokens(owed: Iterable[Bucket]) -> None:
    """Charge what many calls owe, added up. More than there is leaves a bucket empty."""
    sums: dict[str, Bucket] = {}
    for bucket in owed:
        before = sums.get(bucket.key)
        sums[bucket.key] = bucket if before is None else replace(bucket, cost=max(-CAPACITY_MAX, min(CAPACITY_MAX, before.cost + bucket.cost)))
    if not sums:
        return
    verdict = await acharge(list(sums.values()))
    if not verdict.allowed:
        await acharge([replace(bucket, cost=min(bucket.cost, left)) for bucket, left in zip(sums.values(), verdict.remaining, strict=True)])


def _token_charges(names: Names, tokens: int) -> list[Charge]:
    return [(limit, limit.bucket(names[limit.by], tokens)) for limit in TOKENS if names.get(limit.by)]


def limit_searching(reader: Reader) -> None:
    """Count one search, from the page or the API."""
    _charge([(SEARCHES, SEARCHES.bucket(str(reader.user.pk)))])


def limit_uploads(reader: Reader, file_count: int, byte_count: int) -> None:
    """Count files that were sent. What is over the size of the largest file is refused anyway and uses up nothing."""
    who = str(reader.user.pk)
    counted = min(byte_count, file_count * settings.QUIRE_UPLOAD_MAX_BYTES)
    _charge([(UPLOADS, UPLOADS.bucket(who, file_count)), (UPLOAD_MB, UPLOAD_MB.bucket(who, math.ceil(counted / 1024)))])


async def alimit_socket_open(user: User) -> None:
    """Count a socket that opens; raises SocketExceeded."""
    try:
        await _acharge([(SOCKETS, SOCKETS.bucket(str(user.pk)))])
    except LimitExceeded as error:
        raise SocketExceeded(error.detail, **error.extra) from None


async def alimit_socket_message(user: User) -> None:
    """Count a message. Raises LimitExceeded, which answers that message, and in a flood SocketExceeded."""
    who = str(user.pk)
    try:
        await _acharge([(MESSAGES, MESSAGES.bucket(who))])
    except LimitExceeded as error:
        if not (await acharge([REFUSALS.bucket(who)])).allowed:
            raise SocketExceeded(error.detail, **error.extra) from None
        raise


def limit_sign_in(request: HttpRequest, account: str) -> list[Bucket]:
    """Count a sign-in as failed, before the password is looked at: else many at once would all be let through.

    Returns what `forgive_sign_in` undoes. Known and unknown accounts are counted alike.
    """
    address, account = _address_name(request), _account_name(account)
    charges = [(SIGN_INS, SIGN_INS.bucket(address)), (PASSWORDS, PASSWORDS.bucket(f"{account}:{address}"))]
    if request.get_signed_cookie(DEVICE_COOKIE, None, salt=DEVICE_SALT, max_age=DEVICE_SECONDS) != account:
        charges.append((PASSWORDS_ANYWHERE, PASSWORDS_ANYWHERE.bucket(account)))
    return _charge(charges)


def remember_device(response: HttpResponseBase, account: str) -> None:
    """Let the browser show next time that this account was signed in to in it. It proves no more than that."""
    response.set_signed_cookie(
        DEVICE_COOKIE,
        _account_name(account),
        salt=DEVICE_SALT,
        max_age=DEVICE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )


def forgive_sign_in(charged: list[Bucket]) -> None:
    """The password was right. Only this sign-in is forgiven: an account of one's own gives no right to guess on."""
    give_back(charged)


def limit_wrong_keys(request: HttpRequest) -> None:
    """Count an API key that is none."""
    _charge([(WRONG_KEYS, WRONG_KEYS.bucket(_address_name(request)))])


def client_address(request: HttpRequest) -> str:
    """Return who called: a proxy's last word where QUIRE_TRUST_PROXY is set, else the other end of the connection."""
    try:
        return str(get_adapter().get_client_ip(request))
    except (PermissionDenied, ImproperlyConfigured):
        # Over a Unix socket nobody has an address.
        return "unknown"


def _address_name(request: HttpRequest) -> str:
    """One name for a caller who has a whole IPv6 network to call from."""
    return private(truncate_ip(client_address(request)))


def _account_name(account: str) -> str:
    return private(account.strip().lower())


def _of_reader(limits: Iterable[Limit], reader: Reader) -> list[Charge]:
    names = {
        By.PERSON: str(reader.user.pk),
        By.KEY: str(reader.api_key_id or ""),
        By.WORKSPACE: str(reader.workspace.pk),
        By.INSTALLATION: "all",
    }
    return [(limit, limit.bucket(names[limit.by])) for limit in limits if names[limit.by]]


def _charge(charges: list[Charge]) -> list[Bucket]:
    charges = _in_force(charges)
    buckets = [bucket for _, bucket in charges]
    _settle(charges, charge(buckets))
    return buckets


async def _acharge(charges: list[Charge]) -> None:
    charges = _in_force(charges)
    _settle(charges, await acharge([bucket for _, bucket in charges]))


def _in_force(charges: list[Charge]) -> list[Charge]:
    return [(limit, bucket) for limit, bucket in charges if limit.amount]


def _settle(charges: list[Charge], verdict: Verdict) -> None:
    _tell(charges, verdict)
    for limit, bucket in charges:
        if bucket is verdict.refused:
            raise LimitExceeded(limit.words(verdict.retry_after), retry_after=verdict.retry_after, limit=limit.name)


def _tell(charges: list[Charge], verdict: Verdict) -> None:
    """Say in the answer's headers what is left: of what is counted for everybody only once it is used up, for it tells what others do."""
    # Who is known only by an address is told of a limit once it is reached: until then all wrong keys look the same.
    if not verdict.refused and any(limit.by is By.ADDRESS for limit, _ in charges):
        return
    told = [at for at, (limit, bucket) in enumerate(charges) if limit.by is not By.INSTALLATION or bucket is verdict.refused]
    note([charges[at][1] for at in told], replace(verdict, remaining=tuple(verdict.remaining[at] for at in told)))


def _duration(seconds: float) -> str:
    whole = max(1, math.ceil(seconds))
    if whole > 90:
        return f"{math.ceil(whole / 60)} minutes"
    return "1 second" if whole == 1 else f"{whole} seconds"
