"""Hostile input: any text as template, values or part of a chart ends in a result or in one of helmpy's own errors.

More cases than a test run takes: `python tests/helmpy/engine/test_fuzz.py COUNT [SEED]`, which also bounds time and memory.
"""

import io
import json
import random
import sys
import tarfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helmpy.chart import loader
from helmpy.chart.model import File
from helmpy.engine import capabilities, render
from helmpy.engine.render import ReleaseOptions
from helmpy.errors import HelmpyError
from helmpy.golang import json as go_json
from helmpy.golang.types import GoError
from helmpy.release import manifest
from helmpy.values import dependencies
from helmpy.yaml import emitter
from helmpy.yaml import loader as yaml_loader

GOLDEN = Path(__file__).parents[2] / "golden" / "render"
CHART_YAML = b"apiVersion: v2\nname: c\nversion: 0.1.0\n"
SLOW = 5.0  # seconds that no single case may take
OWN_ERRORS = (HelmpyError, GoError)

TEMPLATE_WORDS = (
    "{{ }} {{- -}} ( ) | := = , . $ $x .Values .Values.a .Files .Chart .Release .Capabilities if else end range with "
    'define block template include tpl break continue nil true 1 -1 1.5 1e99 0x1F \'a\' "a" `b` "{{ . }}" "x" /* */ '
    "printf print len index slice dict list set unset merge toYaml fromYaml toJson fromJson fromToml toToml quote until "
    "untilStep seq repeat indent nindent trunc substr regexMatch regexReplaceAll semverCompare date toDate duration "
    "dateModify genCA derivePassword lookup required fail default coalesce ternary and or not eq lt add div mod mul round "
    "chunk splitList join sortAlpha keys values pick omit dig deepCopy b64dec b32dec urlParse urlJoin wrap abbrev cat html js "
    '1000000 9223372036854775807 99999999999 "%d %s %v %999999999d %*d" "(a*)*b" "\\x00" é 😀 \\ # ~ \n \t'
).split(" ")
YAML_WORDS = (
    "a b: : - ? | > |- >+ & * &a *a !!str !!int !!binary !x << <<: { } [ ] , # ' \" --- ... %YAML 1.2 ~ null yes 0x1F 1e400 "
    ".inf .nan 2024-01-02 \n \t \r \x00 \x7f \ufeff \u2028 é 😀 \\ @ ` global: tags: sub: name: version: dependencies: "
    "annotations: maintainers: keywords: apiVersion: v1 v2 condition: alias: import-values: kubeVersion: type: library"
).split(" ")
SCHEMA_WORDS = (
    '{ } [ ] , : "type" "object" "string" "properties" "a" "$ref" "#" "#/$defs/a" "$defs" "required" "enum" "pattern" "(" '
    '"allOf" "anyOf" "oneOf" "not" "if" "then" "items" "minimum" 1 1e400 null true false "format" "$schema" "$id" "urn:x" '
    '"additionalProperties" "patternProperties" "http://json-schema.org/draft-07/schema#" "file:///etc/passwd"'
).split(" ")
IGNORE_WORDS = "* ** ? [ ] [a-z] ! / # a .md templates/ \\ \n \t é \x00 values.yaml".split(" ")


def _glued(words: list[str]) -> st.SearchStrategy[str]:
    """Words of a language in any order, with or without blanks, and arbitrary text among them."""
    piece = st.sampled_from(words) | st.sampled_from([" ", "\n", "  "]) | st.text(max_size=3)
    return st.lists(piece, max_size=25).map("".join)


def _render(files: dict[str, bytes]) -> dict[str, str]:
    chart = loader.load_files([File(name, data) for name, data in {"Chart.yaml": CHART_YAML, **files}.items()])
    dependencies.process(chart, {})
    values = render.render_values(chart, {}, ReleaseOptions("rel", "ns"), capabilities.default())
    rendered = render.render(chart, values)
    manifest.sort({path: text for path, text in rendered.items() if not path.endswith("NOTES.txt")})
    return rendered


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def render_template(text: str) -> None:
    """As a template, once as an action and once as it is."""
    values = b"a: {b: [1, x, null], c: text}\n"
    _render({"templates/t.yaml": _bytes(text), "values.yaml": values})
    _render({"templates/t.yaml": b"{{ " + _bytes(text) + b" }}", "values.yaml": values})


def render_values(text: str) -> None:
    """As values, of a chart with a subchart."""
    sub = {
        "charts/sub/Chart.yaml": b"apiVersion: v2\nname: sub\nversion: 0.1.0\n",
        "charts/sub/values.yaml": b"a: {b: 1}",
    }
    template = b"{{ toYaml .Values }}{{ toJson .Values }}{{ .Values.a }}"
    _render({"values.yaml": _bytes(text), "templates/t.yaml": template, **sub})


def load_chart(text: str) -> None:
    """As Chart.yaml, Chart.lock and requirements.yaml."""
    _render({"Chart.yaml": _bytes(text)})
    _render({"Chart.yaml": CHART_YAML + _bytes(text)})
    _render({"Chart.lock": _bytes(text)})
    _render({"Chart.yaml": CHART_YAML.replace(b"v2", b"v1"), "requirements.yaml": _bytes(text)})


def check_schema(text: str) -> None:
    """As values.schema.json."""
    _render({"values.schema.json": _bytes(text), "values.yaml": b"a: {b: [1, x, null]}\n"})


def ignore(text: str) -> None:
    """As .helmignore."""
    from helmpy.chart.ignore import Rules

    rules = Rules.parse(text)
    for path in ("a", "templates/a.yaml", "é/\x00", "a/b/c.md"):
        rules.ignores(path, False)
        rules.ignores(path, True)


def load_archive(text: str) -> None:
    """As bytes in the middle of a packed chart."""
    packed = _packed()
    at = len(text) * 7 % len(packed)
    loader.load_archive(packed[:at] + _bytes(text) + packed[at + len(text) :])


def _packed() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in (("c/Chart.yaml", CHART_YAML), ("c/values.yaml", b"a: 1\n"), ("c/../x", b"x")):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


TARGETS: tuple[tuple[Callable[[str], None], list[str]], ...] = (
    (render_template, TEMPLATE_WORDS),
    (render_values, YAML_WORDS),
    (load_chart, YAML_WORDS),
    (check_schema, SCHEMA_WORDS),
    (ignore, IGNORE_WORDS),
    (load_archive, YAML_WORDS),
)


def survives(use: Callable[[str], None], text: str) -> float:
    """The seconds that a text took; whatever is raised is one of helmpy's own errors."""
    start = time.perf_counter()
    with suppress(*OWN_ERRORS):
        use(text)
    return time.perf_counter() - start


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELMPY_NO_CACHE", "1")


@pytest.mark.parametrize(("use", "words"), TARGETS)
def test_any_text_is_survived(use: Callable[[str], None], words: list[str]) -> None:
    """Nothing but helmpy's own errors, and never for long."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_glued(words))
    def check(text: str) -> None:
        assert survives(use, text) < SLOW

    check()


# Helm itself refuses or loses control characters on their way through JSON and YAML.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\ufffe\uffff")
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_what_is_dumped_is_loaded_again(value: Any) -> None:
    """YAML and JSON keep every JSON value, but for the sign of a zero in YAML."""
    assert go_json.loads(go_json.dumps(value)) == value
    for text in (emitter.dump(value), emitter.dump_pretty(value)):
        assert yaml_loader.load(text) == value


def _spoilt(texts: list[str], words: list[str], choose: random.Random) -> str:
    """Words in any order, or a recorded text with some of them put into it or cut out of it."""
    if choose.random() < 0.4 or not texts:
        return "".join(choose.choice(words) + choose.choice(("", " ", "\n")) for _ in range(choose.randint(0, 30)))
    text = choose.choice(texts)
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(text) + 1)
        text = (
            text[:at]
            + choose.choice(words) * choose.choice((1, 1, 1, 1, 2, 500))
            + text[at + choose.choice((0, 0, 1, 9)) :]
        )
    return text


def _recorded(use: Callable[[str], None]) -> list[str]:
    tables = {
        render_template: ("functions", "expr"),
        render_values: ("yaml_load", "yaml"),
        load_chart: ("yaml_load", "yaml"),
    }
    if use not in tables:
        return []
    table, key = tables[use]
    rows = map(json.loads, (GOLDEN / f"{table}.jsonl").read_text("utf-8").splitlines())
    return [row[key] for row in rows if key in row]


def main(count: int, seed: int) -> None:
    """Many cases, drawn with a seed; prints those that break a rule, with what they broke."""
    import resource
    import traceback

    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    choose = random.Random(seed)
    recorded = {use: _recorded(use) for use, _ in TARGETS}
    highest = max(peak(), 150)
    for _ in range(count):
        use, words = choose.choice(TARGETS)
        text = _spoilt(recorded[use], words, choose)
        try:
            seconds = survives(use, text)
        except Exception:
            print(use.__name__, repr(text)[:2000], traceback.format_exc()[-700:], flush=True)
            continue
        if seconds > SLOW:
            print(f"{use.__name__} took {seconds:.1f} s:", repr(text)[:2000], flush=True)
        if peak() > highest + 50:
            print(f"{use.__name__} took memory from {highest} to {peak()} MB:", repr(text)[:2000], flush=True)
        highest = max(highest, peak())
    print(f"{count} cases, at most {highest} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
