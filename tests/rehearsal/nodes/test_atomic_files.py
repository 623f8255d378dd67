"""Folders of files that change as a whole."""

import itertools
import threading
from pathlib import Path

from rehearsal.nodes.atomic_files import write


def listed(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if not path.name.startswith("..")}


def test_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    assert write(folder, {"a": b"1", "b": b"1"})
    assert write(folder, {"a": b"2"})
    assert listed(folder) == {"a": "2"}
    assert len(list(folder.iterdir())) == 3, "the file, ..data and the folder of this moment"
    assert (folder / "a").readlink() == Path("..data/a")


def test_the_same_content_is_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    write(folder, {"d/e": b"1"})
    moment = (folder / "..data").readlink()
    assert not write(folder, {"d/e": b"1"})
    assert (folder / "..data").readlink() == moment
    assert (folder / "d" / "e").read_text() == "1"


def test_a_reader_of_one_moment_never_sees_half_a_pair(tmp_path: Path) -> None:
    folder = tmp_path / "v"
    write(folder, {"tls.crt": b"0", "tls.key": b"0"})
    seen, done = threading.Event(), threading.Event()

    def rotate() -> None:
        for number in itertools.count(1):
            if number >= 150 and seen.is_set():
                break
            write(folder, {"tls.crt": str(number).encode(), "tls.key": str(number).encode()})
        done.set()

    thread = threading.Thread(target=rotate)
    thread.start()
    pairs: set[tuple[str, str]] = set()
    while not done.is_set():
        moment = folder / (folder / "..data").readlink()
        try:
            certificate, key = (moment / "tls.crt").read_text(), (moment / "tls.key").read_text()
        except FileNotFoundError:
            continue  # replaced meanwhile; a watcher reads again
        pairs.add((certificate, key))
        seen.set()
    thread.join()
    assert all(certificate == key for certificate, key in pairs)
