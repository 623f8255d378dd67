from rehearsal.images.gpu import faults
from rehearsal.images.gpu.faults import GpuFault


def test_faults_of_a_node(tmp_path):
    node = tmp_path / "node"
    assert faults.read(node) == {}
    found = {0: GpuFault(xid=79), 3: GpuFault(temperature=96)}
    faults.write(node, found)
    assert faults.read(node) == found
    faults.write(node, {})
    assert faults.read(node) == {}
