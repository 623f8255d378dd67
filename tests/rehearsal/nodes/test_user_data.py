"""User data as Karpenter writes it for Amazon Linux 2023."""

import base64

import pytest

from rehearsal.nodes.user_data import UserDataError, node_config

OURS = """apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  featureGates:
    FastImagePull: true
"""
KARPENTERS = """# Karpenter Generated NodeConfig
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    apiServerEndpoint: https://127.0.0.1:6443
    cidr: 172.20.0.0/16
    name: llm
  kubelet:
    config:
      registerWithTaints:
      - effect: NoSchedule
        key: nvidia.com/gpu
      - effect: NoExecute
        key: karpenter.sh/unregistered
    flags:
    - --node-labels="karpenter.sh/nodepool=g5,pool=g5,karpenter.sh/capacity-type=spot"
"""


def archive(*parts):
    entries = "".join(f"--//\nContent-Type: {kind}\n\n{content}\n" for kind, content in parts)
    return encoded(f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n{entries}--//--\n')


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "user_data",
    [
        encoded(KARPENTERS),
        archive(
            ("application/node.eks.aws", OURS),
            ('text/x-shellscript; charset="us-ascii"', "#!/bin/bash\necho: ["),
            ("application/node.eks.aws", KARPENTERS),
        ),
    ],
    ids=["document", "archive"],
)
def test_labels_and_taints(user_data):
    config = node_config(user_data)
    assert config.cluster == "llm"
    assert config.labels == {
        "karpenter.sh/nodepool": "g5",
        "pool": "g5",
        "karpenter.sh/capacity-type": "spot",
    }
    assert config.taints == (
        {"key": "nvidia.com/gpu", "effect": "NoSchedule"},
        {"key": "karpenter.sh/unregistered", "effect": "NoExecute"},
    )


def test_none_of_them():
    assert node_config(encoded(OURS)).labels == {}


@pytest.mark.parametrize("user_data", ["%", encoded("a: ["), base64.b64encode(b"\xff").decode()])
def test_what_no_node_could_read(user_data):
    with pytest.raises(UserDataError, match="user data cannot be read"):
        node_config(user_data)
