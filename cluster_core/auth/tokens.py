"""Bearer tokens of service accounts: signed claims, made and read by one cluster's key.

The tokens are JSON Web Tokens signed with HMAC-SHA256 by a key of the cluster's own seed; they are good for this cluster only.
"""

import base64
import hashlib
import hmac
import json
from typing import Any, NamedTuple

from cluster_core.apimachinery.request import UserInfo

Claims = dict[str, Any]
ISSUER = "https://kubernetes.default.svc.cluster.local"


class TokenError(ValueError):
    """A token that this cluster did not sign, or that is over."""


class TokenIssuer(NamedTuple):
    """Signs and reads tokens."""

    key: bytes

    def issue(self, claims: Claims) -> str:
        """The token of these claims."""
        head = _encoded({"alg": "HS256", "typ": "JWT"})
        body = f"{head}.{_encoded(claims)}"
        return f"{body}.{self._signature(body)}"

    def _signature(self, body: str) -> str:
        return _text(hmac.new(self.key, body.encode(), hashlib.sha256).digest())

    def read(self, token: str, now: float) -> Claims:
        """The claims of a token; raises TokenError."""
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(errors="replace"), self._signature(body).encode()):
            raise TokenError("invalid bearer token")
        claims: Claims = json.loads(_bytes(body.partition(".")[2]))
        if claims.get("exp", 0) < now:
            raise TokenError("token has expired")
        return claims


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encoded(value: Claims) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def account_claims(
    namespace: str,
    account: Any,
    audiences: list[str],
    now: float,
    seconds: float,
    token_id: str,
    bound: Any,
    node: Any = None,
) -> Claims:
    """What a service account's token says; `bound` is the (kind, name, uid) it lives with, or None; `node` the (name, uid)
    of the node that its pod runs on."""
    kubernetes: Claims = {
        "namespace": namespace,
        "serviceaccount": {"name": account["metadata"]["name"], "uid": account["metadata"]["uid"]},
    }
    if bound is not None:
        kubernetes[bound[0].lower()] = {"name": bound[1], "uid": bound[2]}
    if node is not None:
        kubernetes["node"] = {"name": node[0], "uid": node[1]}
    return {
        "aud": audiences,
        "exp": int(now + seconds),
        "iat": int(now),
        "iss": ISSUER,
        "jti": token_id,
        "kubernetes.io": dict(sorted(kubernetes.items())),
        "nbf": int(now),
        "sub": f"system:serviceaccount:{namespace}:{account['metadata']['name']}",
    }


def user_of(claims: Claims) -> UserInfo:
    """The identity that a token proves."""
    kubernetes = claims["kubernetes.io"]
    namespace = kubernetes["namespace"]
    extra = {"authentication.kubernetes.io/credential-id": (f"JTI={claims['jti']}",)}
    pod = kubernetes.get("pod")
    if pod:
        extra["authentication.kubernetes.io/pod-name"] = (pod["name"],)
        extra["authentication.kubernetes.io/pod-uid"] = (pod["uid"],)
    node = kubernetes.get("node")
    if node:
        extra["authentication.kubernetes.io/node-name"] = (node["name"],)
        extra["authentication.kubernetes.io/node-uid"] = (node["uid"],)
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return UserInfo(claims["sub"], groups, kubernetes["serviceaccount"]["uid"], extra)
