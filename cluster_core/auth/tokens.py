"""Bearer tokens of service accounts: signed claims, made and read by one cluster's key.

The tokens are JSON Web Tokens signed with the cluster's RSA key (RS256), whose public half anybody may fetch to check them.
"""

import base64
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.request import UserInfo

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Claims = dict[str, Any]
ISSUER = "https://kubernetes.default.svc.cluster.local"
ALGORITHM = "RS256"
KEY_BITS = 2048


class TokenError(ValueError):
    """A token that this cluster did not sign, or that is over."""


def new_key() -> bytes:
    """A new signing key, as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class TokenIssuer:
    """Signs and reads tokens with one key (PEM)."""

    def __init__(self, pem: bytes) -> None:
        self._pem = pem

    @cached_property
    def _key(self) -> "RSAPrivateKey":
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(self._pem, None)
        assert isinstance(key, RSAPrivateKey)
        return key

    @cached_property
    def key_id(self) -> str:
        """The key's name in tokens: the digest of its public half."""
        import hashlib

        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return _text(hashlib.sha256(public).digest())

    def issue(self, claims: Claims) -> str:
        """The token of these claims."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        body = f"{_encoded({'alg': ALGORITHM, 'kid': self.key_id})}.{_encoded(claims)}"
        return f"{body}.{_text(self._key.sign(body.encode(), PKCS1v15(), SHA256()))}"

    def read(self, token: str, now: float) -> Claims:
        """The claims of a token; raises TokenError."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        body, _, signature = token.rpartition(".")
        try:
            head = json.loads(_bytes(body.partition(".")[0]))
            if not isinstance(head, dict) or head.get("alg") != ALGORITHM:
                raise TokenError("invalid bearer token")
            self._key.public_key().verify(_bytes(signature), body.encode(), PKCS1v15(), SHA256())
            claims: Claims = json.loads(_bytes(body.partition(".")[2]))
        except (InvalidSignature, ValueError):
            raise TokenError("invalid bearer token") from None
        if claims.get("exp", 0) < now:
            raise TokenError("token has expired")
        return claims

    def public_keys(self) -> Claims:
        """The JSON Web Key Set with which others check tokens."""
        numbers = self._key.public_key().public_numbers()
        return {
            "keys": [
                {
                    "use": "sig",
                    "kty": "RSA",
                    "kid": self.key_id,
                    "alg": ALGORITHM,
                    "n": _number(numbers.n),
                    "e": _number(numbers.e),
                }
            ]
        }


def provider(address: str) -> Claims:
    """The OpenID provider's configuration; `address` is host:port of the server."""
    return {
        "issuer": ISSUER,
        "jwks_uri": f"https://{address}/openid/v1/jwks",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
    }


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


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
