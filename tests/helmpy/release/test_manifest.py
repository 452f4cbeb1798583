"""Splitting and sorting rendered files."""

import pytest

from helmpy.errors import ManifestError
from helmpy.release import manifest


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        ("\n \n", []),
        ("a: 1\n", ["a: 1\n"]),
        ("\n\n---\na: 1\n---\nb: 2\n", ["a: 1\n", "b: 2\n"]),
        ("--- # note\na: 1\n", ["# note\na: 1\n"]),
        ("---a: 1\n", ["a: 1\n"]),
        ("----\n", ["-\n"]),
        ("a: 1\n---\n\n---\nb: 2", ["a: 1\n", "b: 2"]),
        ("a: |\n---\nb\n", ["a: |\n", "b\n"]),
        ("# only a comment\n", ["# only a comment\n"]),
    ],
)
def test_split(text: str, documents: list[str]) -> None:
    assert manifest.split(text) == documents


def _object(kind: str, name: str, **annotations: str) -> str:
    lines = "".join(
        f"    {key.replace('__', '/').replace('_', '-')}: {value!r}\n" for key, value in annotations.items()
    )
    notes = f"  annotations:\n{lines}" if lines else ""
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n{notes}"


def test_kinds_in_install_and_uninstall_order() -> None:
    kinds = ["Widget", "Deployment", "Namespace", "Service", "Apple", "Ingress", "ConfigMap"]
    files = {f"c/templates/{i}.yaml": _object(kind, "n") for i, kind in enumerate(kinds)}
    _, installed = manifest.sort(files)
    assert [m.kind for m in installed] == [
        "Namespace",
        "ConfigMap",
        "Service",
        "Deployment",
        "Ingress",
        "Apple",
        "Widget",
    ]
    _, removed = manifest.sort(files, manifest.UNINSTALL_ORDER)
    assert [m.kind for m in removed] == [
        "Ingress",
        "Service",
        "Deployment",
        "ConfigMap",
        "Namespace",
        "Apple",
        "Widget",
    ]


def test_partials_and_blank_files_are_left_out() -> None:
    hooks, manifests = manifest.sort(
        {"c/templates/_p.tpl": "x", "c/templates/b.yaml": " \n", "c/templates/a.yaml": "a: 1"}
    )
    assert not hooks
    assert [m.path for m in manifests] == ["c/templates/a.yaml"]


@pytest.mark.parametrize(
    ("hook", "events"),
    [
        ("pre-install", ["pre-install"]),
        ("Pre-Install, post-UPGRADE", ["pre-install", "post-upgrade"]),
        ("test-success", ["test"]),
        ("test", ["test"]),
    ],
)
def test_hook_events(hook: str, events: list[str]) -> None:
    found, manifests = manifest.sort({"a.yaml": _object("Job", "j", helm_sh__hook=hook).replace("helm-sh", "helm.sh")})
    assert not manifests
    assert [h.events for h in found] == [events]


@pytest.mark.parametrize("hook", ["test-failure", "crd-install", "bogus", "", ",", "pre-install,bogus"])
def test_unknown_hooks_are_dropped_and_logged(hook: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, manifests = manifest.sort({"a.yaml": _object("Job", "j", helm_sh__hook=hook).replace("helm-sh", "helm.sh")})
    assert not found
    assert not manifests
    assert 'level=INFO msg="skipping unknown hooks" hookTypes=' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "weight"), [("5", 5), ("-3", -3), ("+2", 2), ("x", 0), ("", 0), ("1.5", 0), (" 1", 0)]
)
def test_hook_weight(text: str, weight: int) -> None:
    document = _object("Job", "j", helm_sh__hook="test", helm_sh__hook_weight=text).replace("helm-sh", "helm.sh")
    found, _ = manifest.sort({"a.yaml": document})
    assert found[0].weight == weight


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("- 1\n", "json: cannot unmarshal array into Go value of type util.SimpleHead"),
        ("text\n", "json: cannot unmarshal string into Go value of type util.SimpleHead"),
        ("kind: [x]\n", "json: cannot unmarshal array into Go struct field SimpleHead.kind of type string"),
        ("a: b: c\n", "error converting YAML to JSON: yaml: mapping values are not allowed in this context"),
    ],
)
def test_what_is_no_object_is_named_with_its_file(document: str, message: str) -> None:
    with pytest.raises(ManifestError, match=r"YAML parse error on c/templates/a\.yaml: ") as caught:
        manifest.sort({"c/templates/a.yaml": document})
    assert str(caught.value).endswith(message)


def test_numbers_and_booleans_become_text() -> None:
    _, found = manifest.sort({"a.yaml": "apiVersion: 1\nkind: true\nmetadata: {name: 1.5, annotations: {a: 1, b: no}}"})
    assert (found[0].api_version, found[0].kind, found[0].name) == ("1", "true", "1.5")
    assert found[0].annotations == {"a": "1", "b": "false"}


def test_hidden_secrets() -> None:
    _, found = manifest.sort(
        {"s.yaml": _object("Secret", "s") + "data: {p: eA==}\n", "m.yaml": _object("ConfigMap", "m")}
    )
    text = manifest.text_of(found, hide_secrets=True)
    assert "eA==" not in text
    assert "# HIDDEN: The Secret output has been suppressed" in text
    assert "kind: ConfigMap" in text
