"""`python -m gateway.envoy --config FILE`: write what Envoy starts with into the configuration's folder."""

import argparse
import sys
from pathlib import Path

from gateway.config import Config, ConfigError, read
from gateway.envoy.bootstrap import CLUSTERS_FILE, bootstrap
from gateway.envoy.dynamic import put

BOOTSTRAP_FILE = "envoy.json"


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


def main(arguments: list[str] | None = None) -> int:
    """Write the files; the exit code is 1 when the configuration has mistakes or nothing can be written."""
    parser = argparse.ArgumentParser(prog="python -m gateway.envoy", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True, help="gateway.json")
    path = parser.parse_args(arguments).config
    try:
        write(read(path))
    except ConfigError as error:
        sys.stderr.write("".join(f"error: {line}\n" for line in error.lines))
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or path}: cannot be written: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
