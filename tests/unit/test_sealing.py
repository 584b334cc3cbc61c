"""Originals of personal files: sealed to a key that is not here, and gone in time."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ingestion import sealing
from ingestion.settings import Settings, SettingsProblem

ORIGINAL = b"Personnummer;Insats\n195301010350;Torget\n" * 60_000
"""More than one block."""


@pytest.fixture
def settings(tmp_path):
    made = Settings(home=tmp_path / "home")
    made.secrets.mkdir(parents=True)
    return made


@pytest.fixture
def officer(settings, tmp_path):
    """The officer's private key, whose public half lies among the secrets."""
    return pair(settings, tmp_path / "officer.pem")


def pair(settings, file):
    key = X25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (settings.secrets / sealing.PUBLIC_KEY).write_bytes(public)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.fixture
def original(tmp_path):
    file = tmp_path / "deltagare_2017.csv"
    file.write_bytes(ORIGINAL)
    return file


def test_only_the_officer_opens_it(settings, officer, original, tmp_path):
    sealed = sealing.seal(settings, original, "alfa", "participants", "d1")
    assert b"195301010350" not in sealed.read_bytes() and sealed.stat().st_mode & 0o077 == 0
    sealing.unseal(sealed, officer, tmp_path / "opened.csv")
    assert (tmp_path / "opened.csv").read_bytes() == ORIGINAL
    assert (tmp_path / "opened.csv").stat().st_mode & 0o077 == 0
    other = pair(settings, tmp_path / "other.pem")
    with pytest.raises(sealing.NotOpened, match="annan nyckel"):
        sealing.unseal(sealed, other, tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists() and not list(tmp_path.glob(".none*"))


@pytest.mark.parametrize("damage", ["turned", "cut", "other", "empty"])
def test_what_was_changed_is_not_opened(settings, officer, original, tmp_path, damage):
    sealed = sealing.seal(settings, original, "alfa", "participants", "d1")
    content = bytearray(sealed.read_bytes())
    content[1000] ^= 1
    changed = {"turned": bytes(content), "cut": sealed.read_bytes()[:-1], "other": b"x" * 100, "empty": b""}
    sealed.chmod(0o600)
    sealed.write_bytes(changed[damage])
    with pytest.raises(sealing.NotOpened):
        sealing.unseal(sealed, officer, tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()


def test_without_a_public_key_nothing_is_kept(settings, original):
    assert sealing.seal(settings, original, "alfa", "participants", "d1") is None
    assert not (settings.home / "sealed").exists()


def test_a_key_of_another_kind_is_told_and_not_passed_over(settings, original):
    (settings.secrets / sealing.PUBLIC_KEY).write_text("not a key")
    with pytest.raises(SettingsProblem, match="X25519"):
        sealing.seal(settings, original, "alfa", "participants", "d1")


def test_an_original_goes_when_its_time_is_out_or_somebody_in_it_is_erased(settings, officer, original):
    sealed = sealing.seal(settings, original, "alfa", "participants", "d1")
    young = sealing.seal(settings, original, "alfa", "participants", "d2")
    age = sealing.KEEP_DAYS * 86400 + 60
    os.utime(sealed, (sealed.stat().st_mtime - age,) * 2)
    assert sealing.forget_old(settings) == 1
    assert not sealed.exists() and young.exists()
    assert sealing.forget(settings, "alfa", "participants", "d2") and not young.exists()
    assert not sealing.forget(settings, "alfa", "participants", "d2")
