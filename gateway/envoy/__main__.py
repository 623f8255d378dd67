"""`python -m gateway.envoy --config FILE`: write what Envoy and the policy start with into the configuration's folder.

The policy's configuration is a copy: Kubernetes changes a ConfigMap's files in the pods that it is about to replace too, and a process that is
started again there has to read what its version of the program knows.
"""

import argparse
import sys
from pathlib import Path

from gateway.config import Config, ConfigError, read
from gateway.envoy.bootstrap import CLUSTERS_FILE, bootstrap
from gateway.envoy.dynamic import put

BOOTSTRAP_FILE = "envoy.json"
CONFIG_FILE = "gateway.json"
"""Name of the copy."""


def write(config: Config) -> Path:
    """Write the bootstrap, and no clusters where there is no file of them yet; return the bootstrap's path.

    Raises:
        OSError: the folder cannot be written.
    """
    config.dynamic_folder.mkdir(parents=True, exist_ok=True)
    clusters = config.dynamic_folder / CLUSTERS_FILE
    if not clusters.exists():
        put(clusters, {"resources": []})
    put(config.folder / BOOTSTRAP_FILE, bootstrap(config))
    return config.folder / BOOTSTRAP_FILE


def keep(path: Path, config: Config) -> None:
    """Copy the configuration in the file `path`, if it is not there already.

    Raises:
        OSError: it cannot be read, or the folder cannot be written.
    """
    copy = config.folder / CONFIG_FILE
    if copy != path:
        copy.write_bytes(path.read_bytes())


def main(arguments: list[str] | None = None) -> int:
    """Write the files; the exit code is 1 when the configuration has mistakes or nothing can be written."""
    parser = argparse.ArgumentParser(prog="python -m gateway.envoy", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True, help="gateway.json")
    path = parser.parse_args(arguments).config
    try:
        config = read(path)
        write(config)
        keep(path, config)
    except ConfigError as error:
        sys.stderr.write("".join(f"error: {line}\n" for line in error.lines))
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or path}: cannot be written: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
