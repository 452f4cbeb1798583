"""Who merges the objects of a revision: the server, or helmpy. Asked by upgrade and rollback."""

from helmpy.errors import UsageError


def server_side_of(option: str, apply_method: str) -> bool:
    """Whether to apply on the server: as told, or ("auto") as the revision before was. Raises UsageError."""
    answers = {"auto": apply_method == "ssa", "true": True, "false": False}
    if option not in answers:
        raise UsageError(f"invalid/unknown release server-side apply method: {option}")
    return answers[option]
