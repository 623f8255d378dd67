"""Text edits of a release: version, changelog and upgrade notes. Each function takes a text and returns the new one."""

import re
from datetime import date

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_UNRELEASED = "## [Unreleased]"
_ASSIGNED = re.compile(r'^VERSION = "(?P<version>[^"]+)"$', re.MULTILINE)
_FROM = re.compile(r"^## From (?P<version>\S+)$", re.MULTILINE)


class ReleaseError(Exception):
    """The release cannot be made; the message has the fix."""


def parse(version: str) -> tuple[int, int, int]:
    """Read ``MAJOR.MINOR.PATCH``.

    Raises:
        ReleaseError: it is not of that form.
    """
    found = _VERSION.fullmatch(version)
    if not found:
        raise ReleaseError(f"{version!r} is not a version: write MAJOR.MINOR.PATCH, such as 0.2.0")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def current(module: str) -> str:
    """The version that the text of settings/version.py assigns."""
    found = _ASSIGNED.search(module)
    if not found:
        raise ReleaseError("settings/version.py has no line VERSION = ...: restore it")
    return found["version"]


def with_version(module: str, version: str) -> str:
    """The text of settings/version.py with another version.

    Raises:
        ReleaseError: the version is not newer than the present one.
    """
    before = current(module)
    if parse(version) <= parse(before):
        raise ReleaseError(f"{version} is not newer than {before}: choose a later one")
    return _ASSIGNED.sub(f'VERSION = "{version}"', module)


def with_release(changelog: str, version: str, day: date) -> str:
    """The changelog with what was unreleased under the new version, and an empty section for what comes.

    Raises:
        ReleaseError: nothing is unreleased.
    """
    head, found, rest = changelog.partition(f"{_UNRELEASED}\n")
    if not found:
        raise ReleaseError(f"CHANGELOG.md has no section {_UNRELEASED}: add it above the newest release")
    if not notes_of(changelog, "Unreleased"):
        raise ReleaseError(f"CHANGELOG.md has nothing under {_UNRELEASED}: there is nothing to release")
    return f"{head}{_UNRELEASED}\n\n## [{version}] - {day.isoformat()}\n{rest}"


def notes_of(changelog: str, section: str) -> str:
    """What the changelog says under ``## [section]``, without the heading; empty when there is no such section."""
    found = re.search(rf"^## \[{re.escape(section)}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def checked_upgrade(upgrade: str, before: str) -> str:
    """The upgrade notes, if their newest section is about the release before.

    Raises:
        ReleaseError: it is about another one.
    """
    found = _FROM.search(upgrade)
    if not found or found["version"] != before:
        newest = f"starts with {found['version']}" if found else "has no section"
        raise ReleaseError(f"UPGRADE.md {newest}: write `## From {before}` at its top, with what changes for its users")
    return upgrade


def with_next(upgrade: str, version: str) -> str:
    """The upgrade notes with an empty section for users of the new release on top."""
    head, found, rest = upgrade.partition("## From ")
    return f"{head}## From {version}\n\nNothing yet.\n\n{found}{rest}"
