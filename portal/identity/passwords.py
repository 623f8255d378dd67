"""Passwords of local accounts: Argon2id, by argon2-cffi with its own parameters."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Makes and checks hashes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use the library's parameters (RFC 9106, low memory) unless a test brings cheaper ones."""
        self._hasher = hasher or PasswordHasher()
        # Compared with when there is no such account, so that both answers take as long.
        self._decoy = self._hasher.hash("the password of no user")

    def hash(self, password: str) -> str:
        """The hash to keep."""
        return self._hasher.hash(password)

    def right(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; takes its time for accounts without one."""
        try:
            return self._hasher.verify(kept or self._decoy, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False
