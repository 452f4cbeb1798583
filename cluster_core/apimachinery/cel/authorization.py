"""`authorizer` in the expressions of policies: questions built step by step, answered by a callable that the policy's runner gives."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, Protocol


class Question(NamedTuple):
    """May somebody do this? `account` is (namespace, name) of a service account asked about in the place of the requester."""

    verb: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    account: tuple[str, str] | None = None


class Ask(Protocol):
    """Answers a question: (allowed, reason)."""

    def __call__(self, question: Question) -> tuple[bool, str]: ...


@dataclass(frozen=True, slots=True)
class Authorizer:
    """Where questions start."""

    ask: Ask
    account: tuple[str, str] | None = None
    cel_type: ClassVar[str] = "kubernetes.authorization.Authorizer"


@dataclass(frozen=True, slots=True)
class Check:
    """A question without its verb."""

    ask: Ask
    question: Question
    cel_type: ClassVar[str] = "kubernetes.authorization.ResourceCheck"


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer."""

    allowed: bool
    reason: str
    cel_type: ClassVar[str] = "kubernetes.authorization.Decision"


def _started(part: str) -> Callable[[Authorizer, str], Check]:
    def started(authorizer: Authorizer, text: str) -> Check:
        given: dict[str, Any] = {part: text}
        return Check(authorizer.ask, Question(account=authorizer.account, **given))

    return started


def _narrowed(part: str) -> Callable[[Check, str], Check]:
    def narrowed(check: Check, text: str) -> Check:
        changed: dict[str, Any] = {part: text}
        return replace(check, question=check.question._replace(**changed))

    return narrowed


def _decide(check: Check, verb: str) -> Decision:
    return Decision(*check.ask(check.question._replace(verb=verb)))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "path": _started("path"),
    "group": _started("group"),
    "serviceAccount": lambda authorizer, namespace, name: replace(authorizer, account=(namespace, name)),
    "resource": _narrowed("resource"),
    "subresource": _narrowed("subresource"),
    "namespace": _narrowed("namespace"),
    "name": _narrowed("name"),
    "fieldSelector": lambda check, _: check,
    "labelSelector": lambda check, _: check,
    "check": _decide,
    "allowed": lambda decision: decision.allowed,
    "reason": lambda decision: decision.reason,
    "errored": lambda _: False,
    "error": lambda _: "",
}
