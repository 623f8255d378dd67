import json
import subprocess

import pytest

from gateway.config import parse
from gateway.envoy import clusters
from gateway.envoy.bootstrap import bootstrap
from rehearsal.images.envoy.fetch import binary
from tests.gateway.test_config import DOCUMENT, OIDC


def validate(tmp_path, document):
    path = tmp_path / "envoy.json"
    path.write_text(json.dumps(document))
    command = [str(binary()), "--mode", "validate", "-c", str(path), "--reject-unknown-dynamic-fields"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # It prints the whole configuration before the mistake.
    return done.returncode, (done.stdout + done.stderr)[-800:]


def whole(folder, **changes):
    """The bootstrap with a service's cluster in it: Envoy does not read the files that CDS names when it validates."""
    config = parse({**DOCUMENT, "folder": str(folder), **changes})
    document = bootstrap(config)
    for name in ("dev/qwen", "team-a/embed"):
        cluster = clusters.service(name, config.folder)
        del cluster["@type"]
        assignment = clusters.endpoints(name, ["10.0.0.1:8000", "[fd00::1]:8000"])
        del assignment["@type"], cluster["eds_cluster_config"]
        document["static_resources"]["clusters"].append({**cluster, "type": "STATIC", "load_assignment": assignment})
    del document["dynamic_resources"]
    return document


@pytest.mark.parametrize(
    "oidc", [None, OIDC, {**OIDC, "issuer": "http://127.0.0.1:1/a", "jwks_uri": "http://127.0.0.1:1/k?a=b"}]
)
def test_envoy_accepts_the_whole_configuration(tmp_path, oidc):
    code, said = validate(tmp_path, whole(tmp_path, oidc=oidc))
    assert code == 0, said


def test_envoy_refuses_a_misspelt_field(tmp_path):
    document = whole(tmp_path)
    document["static_resources"]["clusters"][1]["outlier_detektion"] = {}
    code, said = validate(tmp_path, document)
    assert code == 1
    assert "outlier_detektion" in said
