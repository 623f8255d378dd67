"""HTTP/2 with headers that no client library sends."""

import socket

import h2.config
import h2.connection
import h2.events


def http2_status(port: int, headers: list[tuple[str, str]], body: bytes) -> int:
    """Status of a request whose headers are sent unchecked; 0 where stream or connection were reset."""
    connection = h2.connection.H2Connection(
        h2.config.H2Configuration(
            validate_outbound_headers=False, normalize_outbound_headers=False, validate_inbound_headers=False
        )
    )
    connection.initiate_connection()
    connection.send_headers(1, headers)
    connection.send_data(1, body, end_stream=True)
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(60)
        link.sendall(connection.data_to_send())
        while data := link.recv(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    return int(dict(event.headers)[b":status"])
                if isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
                    return 0
    return 0
