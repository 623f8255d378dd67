from tools.docs.gateway_requirements import page


def test_every_package_has_a_version_and_hashes_and_no_address() -> None:
    blocks = page().replace("\\\n", "").splitlines()[1:]
    assert len(blocks) > 10
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)
    assert "://" not in page()
    assert not any(block.startswith(("boto3", "pulumi", "pydantic")) for block in blocks)
