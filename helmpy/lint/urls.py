"""Whether a text is an address: e-mail, URL, or URL with a scheme."""

import re
from functools import cache

_LABEL = r"[0-9A-Za-z_\u00a1-\uffff](?:[0-9A-Za-z_\u00a1-\uffff-]{0,61}[0-9A-Za-z_\u00a1-\uffff])?"


@cache
def _email() -> re.Pattern[str]:
    atom = r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~\u00a0-\uffef-]+"
    quoted = r'"(?:[^"\\\r\n]|\\.)*"'
    return re.compile(
        rf"(?:{atom}(?:\.{atom})*|{quoted})@(?:{_LABEL}\.)+[A-Za-z\u00a0-\uffef][0-9A-Za-z\u00a0-\uffef-]*\.?"
    )


@cache
def _url() -> re.Pattern[str]:
    address = r"\[[0-9A-Fa-f:.]+\]"
    host = rf"(?:{address}|{_LABEL}(?:\.{_LABEL})*\.?)"
    return re.compile(
        rf"(?:(?:ftp|tcp|udp|wss?|https?)://)?(?:[^\s/@]+(?::[^\s/@]*)?@)?{host}(?::[0-9]{{1,5}})?(?:[/?#]\S*)?"
    )


@cache
def _request_url() -> re.Pattern[str]:
    scheme = r"[A-Za-z][0-9A-Za-z+.-]*"
    host = r"//(?:[^\s/?#@]*@)?(?:\[[^\s\]]*\]|[^\s/?#:<>\"\[\]^`{|}\\]*)(?::[0-9]*)?(?:[/?#].*)?"
    return re.compile(rf"{scheme}:(?:{host}|(?!//).*)", re.DOTALL)


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address with a domain of at least two labels."""
    return bool(_email().fullmatch(text))


def is_url(text: str) -> bool:
    """Whether a text is a URL; the scheme may be missing."""
    return 3 < len(text) < 2083 and not text.startswith(".") and bool(_url().fullmatch(text))


def is_request_url(text: str) -> bool:
    """Whether Go's ParseRequestURI takes the text and finds a scheme in it."""
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):
        return False
    if re.search(r"%(?![0-9A-Fa-f]{2})", text.partition("?")[0]):
        return False
    return bool(_request_url().fullmatch(text))
