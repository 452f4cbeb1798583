"""Small random damage to charts: flags that change values, and templates with something put in, taken out or renamed.

Used by render_charts. The same seed gives the same damage.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_JSON = (
    *("null", "{}", "[]", '""', '"x"', '"a: b"', '"ünï"', "5", "-1", "1.5", "1e7", "123456789012345678901234567890"),
    *("true", "false", "[1]", "[null]", "[[]]", '["a","b"]', '{"a":1}', '[{"name":"x"}]', '{"a":{"b":null}}'),
)
_PLAIN = ("null", "x", "1", "true", "a:b", "{a}", "", "1.5", "007")
_BELOW = ("[0]=x", ".x.y=1", "[0].a=1", "[70000]=1")
_SIGNS = "(){}|.$\"'` :=,-@#%\\0a\n/*"
_WORDS = (
    *("nil", "5", "1.5", '"x"', "(", "$x", ":=", "true", ".x.y", "end", "else", "if", "range", "with", "| quote"),
    *("| nindent 4", "| fail", "toYaml", "| int", "| toYaml | fromYaml"),
)
_AFTER = (
    *("{{ end }}", "{{ else }}", "{{ .Foo.Bar }}", "{{ .Values.a.b.c }}", '{{ fail "x" }}', '{{ include "nope" . }}'),
    *('{{ template "nope" }}', '{{ required "m" .Values.zzz }}', "\n\tx: {", "- :", "\n---\nfoo"),
)
_FUNCTIONS = (
    *("trunc", "b64enc", "quote", "atoi", "splitList", "has", "dict", "first", "index", "fromYaml", "add", "lower"),
    *("sha256sum", "printf", 'regexMatch "("', "semverCompare", "ternary", "hasKey", "dig", "merge", "tpl", "until"),
)
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NAMED = re.compile(r"nindent|indent|quote|default|include|toYaml")


def flags(chart: Path, rng: random.Random) -> list[str]:
    """One to three `--set` or `--set-json` of paths that the chart's values have."""
    known = list(_paths(_values(chart)))
    for subchart in sorted((chart / "charts").glob("*/")):
        known += [(subchart.name, *path) for path in _paths(_values(subchart))]
    args = []
    for _ in range(rng.choice((1, 1, 1, 2, 3)) if known else 0):
        path = ".".join(re.sub(r"([.,=\[\]{}\\])", r"\\\1", key) for key in rng.choice(known))
        chance = rng.random()
        if chance < 0.4:
            args += ["--set", f"{path}={rng.choice(_PLAIN)}"]
        elif chance < 0.45:
            args += ["--set", path + rng.choice(_BELOW)]
        else:
            args += ["--set-json", f"{path}={rng.choice(_JSON)}"]
    return args


def break_template(chart: Path, rng: random.Random) -> str:
    """Damage one action of one template, in place; says which ("" when the chart has none)."""
    files = [path for path in sorted((chart / "templates").rglob("*.*")) if path.is_file() and not path.is_symlink()]
    if not files:
        return ""
    path = rng.choice(files)
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    actions = list(_ACTION.finditer(text))
    if not actions:
        return ""
    found = rng.choice(actions)
    damaged = rng.choice(_DAMAGES)(found[0], rng)
    path.write_text(text[: found.start()] + damaged + text[found.end() :], encoding="utf-8", errors="surrogateescape")
    return f"{path.relative_to(chart)}: {found[0]!r} -> {damaged!r}"[:300]


def _values(chart: Path) -> Any:
    try:
        return yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8", errors="replace"))
    except (OSError, yaml.YAMLError):
        return {}


def _paths(values: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(values, dict):
        for key, value in values.items():
            yield (*above, str(key))
            yield from _paths(value, (*above, str(key)))


def _drop_sign(action: str, rng: random.Random) -> str:
    at = rng.randrange(len(action))
    return action[:at] + action[at + 1 :]


def _add_sign(action: str, rng: random.Random) -> str:
    at = rng.randrange(len(action))
    return action[:at] + rng.choice(_SIGNS) + action[at:]


def _drop_word(action: str, rng: random.Random) -> str:
    words = action.split(" ")
    del words[rng.randrange(len(words))]
    return " ".join(words)


def _add_word(action: str, rng: random.Random) -> str:
    words = action.split(" ")
    words.insert(rng.randrange(len(words)), rng.choice(_WORDS))
    return " ".join(words)


def _drop_part(action: str, rng: random.Random) -> str:
    at = rng.randrange(len(action))
    return action[:at] + action[at + rng.randrange(1, 6) :]


def _drop(_action: str, _rng: random.Random) -> str:
    return ""


def _append(action: str, rng: random.Random) -> str:
    return action + rng.choice(_AFTER)


def _reach_deeper(action: str, rng: random.Random) -> str:
    return re.sub(r"\.Values\.\w+", lambda found: found[0] + rng.choice((".zz", ".zz.yy")), action)


def _rename(action: str, rng: random.Random) -> str:
    return _NAMED.sub(lambda _: rng.choice(_FUNCTIONS), action, count=1)


_DAMAGES = (_drop_sign, _add_sign, _drop_word, _add_word, _drop_part, _drop, _append, _reach_deeper, _rename)
