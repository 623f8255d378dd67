"""The client runs with nothing but Python."""

import base64
import subprocess
import sys
import zipfile
from pathlib import Path

from components.serving.benchmark.client import FILE, client_digest, client_zip
from tests.load.endpoint import serving

MIB = 1024**2
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from benchmark.measure import Loop, measure
from benchmark.workloads import chat
from load import Target
import aiohttp
run = measure([Target(url=sys.argv[2], model="good")], chat(), Loop(requests=20, concurrency=4))
print(run.figures.succeeded, aiohttp.__file__)
"""


def test_it_fits_into_a_config_map() -> None:
    assert len(base64.b64decode(client_zip())) < 0.9 * MIB


def test_the_same_files_have_the_same_digest() -> None:
    assert client_digest() == client_digest()
    assert len(client_digest()) == 8


def test_it_measures_alone(tmp_path: Path) -> None:
    archive = tmp_path / FILE
    archive.write_bytes(base64.b64decode(client_zip()))
    assert "__main__.py" in zipfile.ZipFile(archive).namelist()
    with serving() as endpoint:
        # -S: no site-packages. -I: neither PYTHONPATH nor the current folder.
        command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(archive), endpoint.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.split() == ["20", f"{archive}/aiohttp/__init__.py"], done.stderr
