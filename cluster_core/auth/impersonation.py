"""Acting as somebody else: every part of the wanted identity must be allowed, in one of several modes.

The constrained modes ask whether one may act as a kind of user on exactly this request; the legacy mode is the verb `impersonate`. The
mode that last worked for somebody is tried first, and the first mode's refusal is what they are told.
"""

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import UserInfo
from cluster_core.auth.rbac import Authorizer
from cluster_core.auth.rules import Attributes

AUTHENTICATION = "authentication.k8s.io"
ACCOUNT, NODE = "system:serviceaccount:", "system:node:"
ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED = "system:anonymous", "system:authenticated", "system:unauthenticated"
LEGACY = ""


class Impersonation:
    """Checks impersonations against one authorizer."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._worked: dict[str, str] = {}

    def as_user(self, user: UserInfo, wanted: UserInfo, request: Attributes) -> UserInfo:
        """The identity to go on with; raises forbidden, or bad request without a user name."""
        if not wanted.name:
            raise errors.bad_request(f"requested {_go_text(wanted)} without impersonating a user name")
        modes = [mode for mode in (_constrained_mode(wanted), LEGACY) if mode is not None]
        if self._worked.get(user.name) in modes:
            modes.sort(key=lambda mode: mode != self._worked[user.name])
        refusal: errors.ApiError | None = None
        for mode in modes:
            try:
                for question in _questions(mode, wanted, request):
                    self._authorizer.check(user, question)
            except errors.ApiError as error:
                refusal = refusal or error
            else:
                self._worked[user.name] = mode
                return _completed(wanted)
        assert refusal is not None
        raise refusal


def _go_text(wanted: UserInfo) -> str:
    groups = ", ".join(f'"{g}"' for g in wanted.groups)
    shown_groups = f"[]string{{{groups}}}" if groups else "[]string(nil)"
    return f'&user.DefaultInfo{{Name:"", UID:"{wanted.uid}", Groups:{shown_groups}, Extra:map[string][]string(nil)}}'


def _constrained_mode(wanted: UserInfo) -> str | None:
    only_name = not wanted.groups and not wanted.uid and not wanted.extra
    if wanted.name.startswith(NODE):
        return "arbitrary-node" if only_name else None
    if _account(wanted.name) is not None:
        return "serviceaccount" if only_name else None
    return "user-info"


def _questions(mode: str, wanted: UserInfo, request: Attributes) -> list[Attributes]:
    """Everything that must be allowed for this mode."""
    verb, group = "impersonate", ""
    questions = []
    if mode != LEGACY:
        verb, group = f"impersonate:{mode}", AUTHENTICATION
        questions.append(request._replace(verb=f"impersonate-on:{mode}:{request.verb}"))
    account = _account(wanted.name)
    if account is not None:
        questions.append(Attributes(verb, group, "serviceaccounts", "", *account))
    elif mode == "arbitrary-node":
        questions.append(Attributes(verb, group, "nodes", "", "", wanted.name.removeprefix(NODE)))
    else:
        questions.append(Attributes(verb, group, "users", "", "", wanted.name))
    questions += [Attributes(verb, group, "groups", "", "", name) for name in wanted.groups]
    for key, values in wanted.extra.items():
        questions += [Attributes(verb, AUTHENTICATION, "userextras", key, "", value) for value in values]
    if wanted.uid:
        questions.append(Attributes(verb, AUTHENTICATION, "uids", "", "", wanted.uid))
    return questions


def _account(name: str) -> tuple[str, str] | None:
    """Namespace and name of a service account's user name."""
    if not name.startswith(ACCOUNT):
        return None
    namespace, _, account = name.removeprefix(ACCOUNT).partition(":")
    return (namespace, account) if namespace and account else None


def _completed(wanted: UserInfo) -> UserInfo:
    groups = list(wanted.groups)
    account = _account(wanted.name)
    if account is not None and not groups:
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{account[0]}"]
    implied = UNAUTHENTICATED if wanted.name == ANONYMOUS else AUTHENTICATED
    if AUTHENTICATED not in groups and UNAUTHENTICATED not in groups:
        groups.append(implied)
    return wanted._replace(groups=tuple(groups))
