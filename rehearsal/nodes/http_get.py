"""HTTP requests of a kubelet to a container: those of probes and of hooks."""

import asyncio
from collections.abc import Mapping

from rehearsal.network.tls import unverified
from rehearsal.nodes.api import Object

# Kubelet verifies no certificate of a probe's server either.
_UNVERIFIED = unverified()


async def status_of(get: Object, address: str, ports: Mapping[str, int], *, agent: str) -> int:
    """Send an ``httpGet`` and return the status code of its answer.

    Args:
        get: HTTPGetAction.
        address: The pod's address, unless the action names a host.
        ports: Ports of the container that have a name.
        agent: User-Agent.

    Raises:
        OSError: no connection, an unknown port, or no HTTP.
    """
    host, port = get.get("host") or address, number_of(get["port"], ports)
    headers = {"Host": f"{host}:{port}", "User-Agent": agent, "Connection": "close"}
    headers |= {header["name"]: header["value"] for header in get.get("httpHeaders", [])}
    lines = [f"GET {get.get('path', '/')} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    secure = _UNVERIFIED if get.get("scheme", "HTTP") == "HTTPS" else None
    reader, writer = await asyncio.open_connection(host, port, ssl=secure)
    try:
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int((await reader.readline()).split()[1])
    except (IndexError, ValueError) as error:
        raise OSError("malformed HTTP response") from error
    finally:
        writer.close()


def number_of(port: int | str, ports: Mapping[str, int]) -> int:
    """The number of a port that a probe or hook refers to.

    Raises:
        OSError: the container has no port of that name.
    """
    if isinstance(port, int) or port.isdigit():
        return int(port)
    if port not in ports:
        raise OSError(f"unable to find named port {port!r}")
    return ports[port]
