"""The original of a personal file, sealed to the privacy officer's public key for a short while; nobody here can open it.

Without a public key among the secrets no original is kept. Sealed with X25519 and AES-256-GCM: a key of its own per file,
made of a pair that is thrown away and the officer's public key. Sealed files are in no backup.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.settings import Settings

KEEP_DAYS = 30
PUBLIC_KEY = "privacy_officer.pem"
ENDING = ".sealed"
_MAGIC = b"finsam sealed 1\n"
_RAW, _NONCE, _TAG = 32, 12, 16
_BLOCK = 1 << 20


class NotOpened(Exception):
    """The file or the key is not what it should be; the message says which, in Swedish."""


def is_on(settings: Settings) -> bool:
    """True where originals of personal files are kept, sealed."""
    return (settings.secrets / PUBLIC_KEY).exists()


def seal(
    settings: Settings, source: Path, association_id: str, feed_id: str, delivery_id: str
) -> Path | None:
    """Keep the original, sealed; None where nobody could open it. Written whole or not at all."""
    if not is_on(settings):
        return None
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    recipient = _public(settings.secrets / PUBLIC_KEY)
    once = X25519PrivateKey.generate()
    ours, nonce = once.public_key().public_bytes_raw(), os.urandom(_NONCE)
    cipher = _cipher(once.exchange(recipient), ours + recipient.public_bytes_raw(), nonce).encryptor()
    kept = settings.home / "sealed" / association_id / feed_id / f"{delivery_id}{ENDING}"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = kept.with_suffix(".new")
    try:
        with source.open("rb") as original, fresh.open("wb") as out:
            out.write(_MAGIC + ours + nonce)
            while block := original.read(_BLOCK):
                out.write(cipher.update(block))
            cipher.finalize()
            out.write(cipher.tag)
            out.flush()
            os.fsync(out.fileno())
        fresh.chmod(0o400)
        fresh.replace(kept)
    finally:
        fresh.unlink(missing_ok=True)
    return kept


def unseal(sealed: Path, private_key: Path, to: Path) -> None:
    """Open a sealed original with the officer's private key; nothing is left where it is not whole. Raises NotOpened."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    head = len(_MAGIC) + _RAW + _NONCE
    try:
        key = load_pem_private_key(private_key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise NotOpened(f"{private_key.name} är ingen privat X25519-nyckel i PEM utan lösenord.")
    size = sealed.stat().st_size if sealed.exists() else 0
    fresh = to.with_name(f".{to.name}.new")
    try:
        with sealed.open("rb") as opened, os.fdopen(_private_file(fresh), "wb") as out:
            if size < head + _TAG or opened.read(len(_MAGIC)) != _MAGIC:
                raise NotOpened(f"{sealed.name} är ingen förseglad fil.")
            theirs, nonce = opened.read(_RAW), opened.read(_NONCE)
            shared = key.exchange(X25519PublicKey.from_public_bytes(theirs))
            cipher = _cipher(shared, theirs + key.public_key().public_bytes_raw(), nonce).decryptor()
            left = size - head - _TAG
            while left:
                block = opened.read(min(_BLOCK, left))
                left -= len(block)
                out.write(cipher.update(block))
            cipher.finalize_with_tag(opened.read(_TAG))
        fresh.replace(to)
    except InvalidTag:
        raise NotOpened(f"{sealed.name} är förseglad till en annan nyckel, eller har ändrats.") from None
    except OSError as problem:
        raise NotOpened(f"{sealed.name} går inte att läsa: {problem.strerror}.") from None
    finally:
        fresh.unlink(missing_ok=True)


def forget(settings: Settings, association_id: str, feed_id: str, delivery_id: str) -> bool:
    """Take away one original: somebody in it is erased."""
    kept = settings.home / "sealed" / association_id / feed_id / f"{delivery_id}{ENDING}"
    is_there = kept.exists()
    kept.unlink(missing_ok=True)
    return is_there


def forget_old(settings: Settings, now: float | None = None) -> int:
    """Take away the originals whose time is out; returns how many."""
    before = (time.time() if now is None else now) - KEEP_DAYS * 86400
    old = [
        file for file in (settings.home / "sealed").glob(f"*/*/*{ENDING}") if file.stat().st_mtime < before
    ]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _public(file: Path) -> Any:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    from ingestion.settings import SettingsProblem

    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError):
        key = None
    if not isinstance(key, X25519PublicKey):
        raise SettingsProblem(
            f"{file} är ingen publik X25519-nyckel i PEM. Gör en med `openssl genpkey -algorithm X25519` och "
            "`openssl pkey -pubout`, eller ta bort filen: då sparas inga original."
        )
    return key


def _cipher(shared: bytes, about: bytes, nonce: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(SHA256(), 32, salt=None, info=_MAGIC + about).derive(shared)
    return Cipher(algorithms.AES(key), modes.GCM(nonce))


def _private_file(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
