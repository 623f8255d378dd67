"""Certificates that a client can check with the sandbox's CA."""

import socket
import ssl
import threading
from pathlib import Path

import pytest

from rehearsal.nodes.alb.certificates import CA_FILE, issue


def test_a_client_trusts_them_by_the_ca_and_for_their_domains_only(tmp_path: Path) -> None:
    file, key = issue(tmp_path, "one", ["llm.example.com"])
    second, _ = issue(tmp_path, "two", ["other.example.com"])
    assert key.stat().st_mode & 0o777 == 0o600
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=tmp_path / CA_FILE)
    server.load_cert_chain(file, key)

    def handshake(name: str) -> None:
        ends = socket.socketpair()

        def serve() -> None:
            try:
                server.wrap_socket(ends[0], server_side=True).close()
            except OSError:
                ends[0].close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            client.wrap_socket(ends[1], server_hostname=name).close()
        finally:
            ends[1].close()
            thread.join()

    handshake("llm.example.com")
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        handshake("other.example.com")
    assert second.read_text().endswith((tmp_path / CA_FILE).read_text())
