"""Acting as somebody else: every part of the wanted identity must be allowed."""

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import UserInfo
from cluster_core.auth.rbac import Authorizer
from cluster_core.auth.rules import Attributes

AUTHENTICATION = "authentication.k8s.io"
ACCOUNT = "system:serviceaccount:"
ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED = "system:anonymous", "system:authenticated", "system:unauthenticated"


def impersonate(authorizer: Authorizer | None, user: UserInfo, wanted: UserInfo) -> UserInfo:
    """The identity to go on with; raises forbidden, or bad request without a user name."""
    if not wanted.name:
        groups = ", ".join(f'"{g}"' for g in wanted.groups)
        shown = f'&user.DefaultInfo{{Name:"", UID:"{wanted.uid}", Groups:[]string{{{groups}}}, Extra:map[string][]string(nil)}}'
        raise errors.bad_request(f"requested {shown} without impersonating a user name")
    if authorizer is not None:
        for attributes in _questions(wanted):
            authorizer.check(user, attributes)
    return _completed(wanted)


def _questions(wanted: UserInfo) -> list[Attributes]:
    questions = []
    account = _account(wanted.name)
    if account is not None:
        questions.append(Attributes("impersonate", "", "serviceaccounts", "", *account))
    else:
        questions.append(Attributes("impersonate", "", "users", "", "", wanted.name))
    questions += [Attributes("impersonate", "", "groups", "", "", group) for group in wanted.groups]
    for key, values in wanted.extra.items():
        questions += [Attributes("impersonate", AUTHENTICATION, "userextras", key, "", v) for v in values]
    if wanted.uid:
        questions.append(Attributes("impersonate", AUTHENTICATION, "uids", "", "", wanted.uid))
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
