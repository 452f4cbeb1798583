"""What the server may do, from flags. Must not import the server."""

from dataclasses import dataclass, field
from pathlib import Path

MAX_UPLOAD = 20 << 20


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`place` is a folder or the URL of an object store. `users` maps names to plain passwords or bcrypt hashes. Without users nobody may upload, unless
    `anonymous_upload`. `url` is put before file names in the index. Sizes in bytes, `upload_timeout` in seconds."""

    place: str | Path
    host: str = "127.0.0.1"
    port: int = 8879
    url: str = ""
    users: dict[str, str] = field(default_factory=dict, repr=False)
    auth_read: bool = False
    anonymous_upload: bool = False
    allow_overwrite: bool = False
    cert_file: str = ""
    key_file: str = ""
    max_upload: int = MAX_UPLOAD
    upload_timeout: float = 120.0


def from_flags(place: str, **flags: object) -> ServerSettings:
    """From the flags of `repo serve`; raises UsageError."""
    from helmpy.errors import UsageError

    def text(name: str) -> str:
        return str(flags.get(name) or "")

    if "://" not in place and not Path(place).is_dir():
        raise UsageError(f"{place} is not a directory")
    if bool(text("user")) != bool(text("password")):
        raise UsageError("--user and --password belong together")
    if bool(text("cert_file")) != bool(text("key_file")):
        raise UsageError("--cert-file and --key-file belong together")
    users = read_htpasswd(Path(text("htpasswd"))) if text("htpasswd") else {}
    if text("user"):
        users[text("user")] = text("password")
    if flags.get("auth_read") and not users:
        raise UsageError("--auth-read needs --user and --password, or --htpasswd")
    return ServerSettings(
        place,
        text("host") or "127.0.0.1",
        int(str(flags.get("port") or 0)),
        text("url"),
        users,
        bool(flags.get("auth_read")),
        bool(flags.get("anonymous_upload")),
        bool(flags.get("allow_overwrite")),
        text("cert_file"),
        text("key_file"),
    )


def read_htpasswd(path: Path) -> dict[str, str]:
    """Names and bcrypt hashes of an htpasswd file; raises UsageError for any other kind of hash."""
    from helmpy.errors import UsageError

    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    users = {}
    for number, line in enumerate(lines, 1):
        name, colon, hashed = line.strip().partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon or not hashed.startswith(("$2a$", "$2b$", "$2y$")):
            raise UsageError(f"{path}:{number}: want name:hash with a bcrypt hash (htpasswd -B)")
        users[name] = hashed
    return users
