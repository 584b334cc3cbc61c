"""What several unit tests share."""

import pytest


@pytest.fixture
def put(tmp_path):
    """Writes a ledger file: text as bookkeeping programs write it, in code page 437, or bytes as they are."""

    def write(content, name="bok.se"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("cp437"))
        return path

    return write
