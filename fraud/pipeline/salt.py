"""The installation's own salt, with which ids of listeners are hashed."""

import os
import re
import secrets
from pathlib import Path

from fraud.errors import FraudError


def salt(home: Path) -> str:
    """Return the installation's own salt in hex: 32 bytes, made at first need, mode 0600."""
    path = home / "salt"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text(encoding="ascii").strip()
        if not re.fullmatch("([0-9a-f]{2}){16,64}", text):
            raise FraudError(f"{path} holds no salt in hex; put it back from a backup") from None
        return text
    text = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    return text
