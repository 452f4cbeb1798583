import warnings

import pytest

from helmpy.chart import archive, loader, provenance
from helmpy.errors import ChartError

pysequoia = pytest.importorskip("pysequoia")


@pytest.fixture
def signed(tmp_path, chart_dir):
    """A package, its .prov, and keyrings: the signer's secret key, its public key, and a stranger's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        key, stranger = (pysequoia.Cert.generate(f"{name} <{name}@x.test>") for name in ("signer", "stranger"))
        (tmp_path / "secret.gpg").write_bytes(bytes(key.secrets))
    (tmp_path / "public.gpg").write_bytes(bytes(key))
    (tmp_path / "stranger.gpg").write_text(str(stranger))
    package = archive.save(loader.load(chart_dir({"a": "1"})), tmp_path)
    text = provenance.sign(package, tmp_path / "secret.gpg", "signer", lambda user: "")
    (tmp_path / f"{package.name}.prov").write_text(text)
    return package


def test_signed_and_verified(signed, tmp_path):
    result = provenance.verify_file(signed, tmp_path / "public.gpg")
    assert result.identities == ("signer <signer@x.test>",)
    assert result.file_name == "c-0.1.0.tgz"
    lines = result.report().splitlines()
    assert lines[0] == "Signed by: signer <signer@x.test>"
    assert lines[1].startswith("Using Key With Fingerprint: ")
    assert lines[2] == f"Chart Hash Verified: {result.file_hash}"
    assert provenance.claimed_package((tmp_path / "c-0.1.0.tgz.prov").read_bytes()) == "c-0.1.0.tgz"


def spoil_package(package):
    package.write_bytes(package.read_bytes() + b"x")


def spoil_text(package):
    path = package.with_name(package.name + ".prov")
    path.write_text(path.read_text().replace("name: c", "name: d"))


def spoil_signature(package):
    path = package.with_name(package.name + ".prov")
    path.write_text("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n\n...\nfiles:\n  c-0.1.0.tgz: sha256:00\n")


def drop(package):
    package.with_name(package.name + ".prov").unlink()


def empty(package):
    package.with_name(package.name + ".prov").write_text("")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (spoil_package, "sha256 sum does not match for c-0.1.0.tgz"),
        (spoil_text, "signature not valid"),
        (spoil_signature, "signature not valid"),
        (drop, "could not load provenance file"),
        (empty, "signature block not found"),
    ],
)
def test_anything_odd_fails(signed, tmp_path, spoil, problem):
    spoil(signed)
    with pytest.raises(ChartError, match=problem):
        provenance.verify_file(signed, tmp_path / "public.gpg")


def test_other_keys_and_names_fail(signed, tmp_path):
    with pytest.raises(ChartError, match="openpgp"):
        provenance.verify_file(signed, tmp_path / "stranger.gpg")
    with pytest.raises(ChartError, match="no such file"):
        provenance.verify_file(signed, tmp_path / "missing.gpg")
    renamed = signed.rename(tmp_path / "other-0.1.0.tgz")
    (tmp_path / "c-0.1.0.tgz.prov").rename(tmp_path / "other-0.1.0.tgz.prov")
    with pytest.raises(ChartError, match=r'does not contain a SHA for a file named "other-0\.1\.0\.tgz"'):
        provenance.verify_file(renamed, tmp_path / "public.gpg")


def test_signing_needs_a_private_key(signed, tmp_path):
    with pytest.raises(ChartError, match="not a private key"):
        provenance.sign(signed, tmp_path / "public.gpg", "signer", lambda user: "")
    with pytest.raises(ChartError, match="private key not found"):
        provenance.sign(signed, tmp_path / "secret.gpg", "nobody", lambda user: "")


def test_keyboxes(signed, tmp_path):
    key = (tmp_path / "public.gpg").read_bytes()

    def blob(kind, body):
        head = bytes([kind, 1, 0, 0]) + (16).to_bytes(4, "big") + len(body).to_bytes(4, "big")
        return (16 + len(body)).to_bytes(4, "big") + head + body

    header = (32).to_bytes(4, "big") + b"\x01\x01\x00\x02KBXf" + bytes(20)
    box = tmp_path / "pubring.kbx"
    box.write_bytes(header + blob(3, b"x509") + blob(2, key))
    assert provenance.verify_file(signed, box).identities == ("signer <signer@x.test>",)
    box.write_bytes(header + blob(2, key)[:-5])
    with pytest.raises(ChartError, match="the keybox is damaged"):
        provenance.verify_file(signed, box)
