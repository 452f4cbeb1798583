"""helm lint: recorded output of the real Helm, and rules with good and bad cases side by side."""

import base64
import json
from pathlib import Path

import pytest

from helmpy import lint
from helmpy.lint import linter, manifests, names, urls
from helmpy.lint.manifests import KubeObject, ParseError
from helmpy.schemas import lifecycle

GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "lint.jsonl"
ROWS = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A function that writes files below a folder of the current directory."""
    monkeypatch.chdir(tmp_path)

    def write(files, folder):
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


def printed(arguments):
    """(stdout, last line of stderr) of `lint c` with those flags."""
    version = arguments[arguments.index("--kube-version") + 1] if "--kube-version" in arguments else None
    paths = ["c", *(linter.subcharts(["c"]) if "--with-subcharts" in arguments else [])]
    flags = {"strict": "--strict" in arguments, "skip_schema": "--skip-schema-validation" in arguments}
    results = [lint.run(path, {}, kube_version=version, **flags) for path in paths]
    quiet = "--quiet" in arguments
    text = "".join(result.text(quiet=quiet) for result in results)
    if any(result.failed for result in results):
        return text, f"Error: {linter.summary(results)}\n"
    if not quiet or not all(result.is_clean for result in results):
        text += linter.summary(results) + "\n"
    return text, ""


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_prints_what_helm_prints(row, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, content in row["chart"].items():
        path = tmp_path / "c" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content["b64"]) if isinstance(content, dict) else content.encode())
    out, error = printed(row["args"])
    assert out.replace(str(tmp_path), "DIR") == row["stdout"]
    assert capsys.readouterr().err + error == (row.get("stderr") or "")


def test_what_is_no_chart_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = lint.run("nope", {})
    assert result.failed
    assert result.text().startswith("==> Linting nope\nError unable to check Chart.yaml file in chart: ")
    assert lint.run("nope.tgz", {}).error.startswith("unable to open tarball: ")


@pytest.mark.parametrize(
    ("kind", "name", "fault"),
    [
        ("Pod", "a.b-c.1", ""),
        ("Pod", "A", "a lowercase RFC 1123 subdomain"),
        ("Pod", "a..b", "a lowercase RFC 1123 subdomain"),
        ("Pod", "a" * 254, "must be no more than 253 characters"),
        ("Service", "1a", "a DNS-1035 label"),
        ("Namespace", "a.b", "a lowercase RFC 1123 label"),
        ("Role", "system:x", ""),
        ("Role", "a/b", "may not contain '/'"),
        ("CertificateSigningRequest", "A B", ""),
        ("Pod", "-" * 100_000 + "!", "must be no more than 253 characters"),
    ],
)
def test_names(kind, name, fault):
    found = names.fault(KubeObject("v1", kind, name))
    assert fault in found
    assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("api_version", "kind", "kube", "text"),
    [
        ("apps/v1", "Deployment", (1, 37), ""),
        ("extensions/v1beta1", "Ingress", (1, 13), ""),
        (
            "extensions/v1beta1",
            "Ingress",
            (1, 14),
            "extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress",
        ),
        ("v1", "Endpoints", (1, 32), ""),
        (
            "v1",
            "Endpoints",
            (1, 33),
            "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        ),
        ("v1", "ComponentStatusList", (1, 33), "v1 ComponentStatusList is deprecated in v1.19+"),
        (
            "policy/v1beta1",
            "Eviction",
            (1, 30),
            "policy/v1beta1 Eviction is deprecated in v1.22+, unavailable in v1.25+",
        ),
        (
            "networking.k8s.io/v1beta1",
            "IngressClass",
            (1, 30),
            (
                "networking.k8s.io/v1beta1 IngressClass is deprecated in v1.19+, unavailable in v1.22+; "
                "use networking.k8s.io/v1 IngressClassList"
            ),
        ),
    ],
)
def test_deprecations(api_version, kind, kube, text):
    assert lifecycle.warning(api_version, kind, kube) == text


@pytest.mark.parametrize(
    ("check", "text", "good"),
    [
        (urls.is_email, "a.b@example.com", True),
        (urls.is_email, "a@localhost", False),
        (urls.is_email, "bad", False),
        (urls.is_url, "example.com/x", True),
        (urls.is_url, "https://example.com:8080/x?y#z", True),
        (urls.is_url, "http://a b", False),
        (urls.is_url, "x", False),
        (urls.is_request_url, "https://example.com", True),
        (urls.is_request_url, "mailto:x@y", True),
        (urls.is_request_url, "example.com", False),
        (urls.is_request_url, "/path", False),
        (urls.is_request_url, "http://a b/", False),
        (urls.is_request_url, "http://a/%zz", False),
    ],
)
def test_addresses(check, text, good):
    assert check(text) is good


@pytest.mark.parametrize(
    ("given", "logged"),
    [
        ({}, []),
        ({"u": 5}, ["cannot overwrite table with non table for u (map[b:1])"]),
        ({"s": {"k": 5}}, ["cannot overwrite table with non table for c.s.k (map[z:1])"] * 2),
    ],
)
def test_logs_what_merging_values_says(given, logged, tree, capsys):
    tree(
        {
            "Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\nicon: https://x.y/z.png\n"
            "dependencies:\n- {name: s, version: 0.1.0, condition: t.up}\n",
            "values.yaml": "t: {a: 1, up: }\nu: {b: 1}\n",
            "templates/a.yaml": "",
            "charts/s/Chart.yaml": "apiVersion: v2\nname: s\nversion: 0.1.0\n",
            "charts/s/values.yaml": "k: {z: 1}\n",
        },
        "c",
    )
    assert lint.run("c", given).messages == ()
    assert capsys.readouterr().err == "".join(f'level=INFO msg="warning: {text}"\n' for text in logged)


def test_tables_that_were_given_take_up_the_charts_values(tree):
    """As in Helm: values.yaml is merged into the tables that the user gave, whose nulls then are the user's."""
    tree(
        {
            "Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\nicon: https://x.y/z.png\n",
            "values.yaml": "t: {a: 1, up: }\n",
            "templates/a.yaml": "",
        },
        "c",
    )
    given = {"t": {"x": 1}}
    lint.run("c", given)
    assert given == {"t": {"x": 1, "a": 1, "up": None}}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{ {- x", "json: offset 3: invalid character '{' looking for beginning of object key string"),
        ('{"a": [1, 2}', "json: offset 12: invalid character '}' after array element"),
        ('{"a"', "unexpected EOF"),
        ('{"é": é: x: [}', "json: offset 8: invalid character 'Ã' looking for beginning of value"),
        (
            '{"metadata": {"name": [1]}}',
            "json: cannot unmarshal array into Go struct field k8sYamlMetadata.Metadata.Name of type string",
        ),
        ('[{"a"', "error converting YAML to JSON: yaml: line 1: did not find expected ',' or '}'"),
    ],
)
def test_what_starts_with_a_brace_is_json_first(text, fault):
    with pytest.raises(ParseError) as caught:
        list(manifests.objects(text))
    assert str(caught.value) == f"unable to parse YAML: {fault}"
