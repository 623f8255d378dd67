"""Binary units of memory and of files."""

from typing import Final

MIB: Final = 1024**2
"""Bytes of a mebibyte."""
GIB: Final = 1024**3
"""Bytes of a gibibyte."""
