"""Replacement of methods, for corrections of moto."""

from collections.abc import Callable
from typing import Any


def replace_methods(holder: type, *methods: Callable[..., Any]) -> None:
    """Set functions as the methods of a class that have their names."""
    for method in methods:
        setattr(holder, method.__name__, method)
