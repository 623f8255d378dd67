"""The client as one file that needs only Python and boto3: this project's packages and aiohttp, in a zip that Python runs.

aiohttp and what it imports have a pure Python way for everything that is compiled in their wheels, which they take where the compiled
modules are missing: a zip has no room for those. It is the code that ``llm-platform bench`` runs.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

FILE = "benchmark.zip"
_CHECKOUT = Path(__file__).resolve().parents[3]
_OWN = ("benchmark", "load")
_DISTRIBUTIONS = (
    "aiohappyeyeballs",
    "aiohttp",
    "aiosignal",
    "attrs",
    "frozenlist",
    "idna",
    "multidict",
    "propcache",
    "typing_extensions",
    "yarl",
)
"""aiohttp and everything that it requires."""
_MAIN = "import sys\n\nfrom benchmark.job import main\n\nsys.exit(main())\n"
_LEVEL = 9


def client_zip() -> str:
    """The zip, encoded as a ConfigMap's ``binaryData`` has it: some 600 KB of the 1 MiB that it can have."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, content in _files().items():
            archive.writestr(
                zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, _LEVEL
            )
    return base64.b64encode(data.getvalue()).decode()


def client_digest() -> str:
    """Eight hexadecimal digits of the SHA-256 of the files; what zlib makes of them differs between its releases."""
    digest = hashlib.sha256()
    for name, content in _files().items():
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()[:8]


@cache
def _files() -> Mapping[str, bytes]:
    """Content by path in the zip, in order."""
    found = {"__main__.py": _MAIN.encode()}
    for package in _OWN:
        for path in (_CHECKOUT / package).rglob("*.py"):
            found[path.relative_to(_CHECKOUT).as_posix()] = path.read_bytes()
    for name in _DISTRIBUTIONS:
        for file in metadata.files(name) or ():
            if file.suffix == ".py":
                found[file.as_posix()] = Path(str(file.locate())).read_bytes()
    return dict(sorted(found.items()))
