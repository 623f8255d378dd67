"""Pods on a bridge, in a namespace that the test makes and leaves."""

import json
import os
import subprocess
import sys

import pytest

from rehearsal.network import probe
from rehearsal.network.namespaces import Namespaces

PROGRAM = """
import json, os, socket, subprocess, sys, threading, time
from pyroute2 import IPRoute
from rehearsal.network import addresses, enter, links
from rehearsal.network.bridged import BridgedPods
from rehearsal.network.namespaces import NEWNET, setns


def mac():
    with IPRoute() as ip:
        return ip.link("get", ifname=links.BRIDGE)[0].get("address")


network = BridgedPods(addresses.bridge(), addresses.with_namespaces())
macs = {mac()}
network.claim("10.0.2.4")
pods = {address: network.attach(address, node="10.0.2.4") for address in ("10.0.2.7", "10.0.4.8")}
macs.add(mac())
serve = '''
import socket, sys
sock = socket.create_server(("0.0.0.0", 8080))
print("up", flush=True)
while True:
    connection, peer = sock.accept()
    connection.sendall(f"{sys.argv[1]} {peer[0]}".encode())
    connection.close()
'''
servers = []
for address, pod in pods.items():
    command = enter.command([sys.executable, "-c", serve, address], namespace=pod.namespace, keep=[sys.prefix])
    servers.append(subprocess.Popen(command, stdout=subprocess.PIPE))
    servers[-1].stdout.readline()


def ask(address, port=8080):
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            return connection.recv(100).decode()
    except OSError as error:
        return error.strerror


def from_pod(work):
    found = []

    def run():
        setns(os.open(pods["10.0.2.7"].namespace, os.O_RDONLY), NEWNET)
        found.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


own = socket.create_server(("172.20.7.7", 443))
said = {
    "outside": [ask("10.0.2.7"), ask("10.0.4.8")],
    "pod to pod": from_pod(lambda: ask("10.0.4.8")),
    "node": from_pod(lambda: ask("10.0.2.4", 1)),
    "internet": from_pod(lambda: ask("1.1.1.1", 443)),
    "of the node": network.attach("10.0.2.4", node="10.0.2.4").listen,
}
network.detach(pods["10.0.4.8"])
network.release("10.0.2.4")
macs.add(mac())
said["addresses of the bridge"] = len(macs)
said["detached"] = ask("10.0.4.8")
said["released"] = ask("10.0.2.4", 1)
again = BridgedPods(addresses.bridge(), addresses.with_namespaces())
said["made again"] = ask("10.0.2.7")
for server in servers:
    server.kill()
    server.wait()
print(json.dumps(said))
"""


def test_pods_dial_each_other_and_nothing_outside() -> None:
    if problem := probe.attempt():
        pytest.skip(f"no namespaces here: {problem}")
    namespaces = Namespaces.make()
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=namespaces.enter,
        timeout=60,
    )
    for descriptor in namespaces.descriptors:
        os.close(descriptor)
    assert json.loads(ended.stdout) == {
        "outside": ["10.0.2.7 192.0.2.1", "10.0.4.8 192.0.2.1"],
        "pod to pod": "10.0.4.8 10.0.2.7",
        "node": "Connection refused",
        "internet": "Network is unreachable",
        "of the node": "10.0.2.4",
        "addresses of the bridge": 1,
        "detached": "Network is unreachable",
        "released": "Network is unreachable",
        "made again": "Network is unreachable",
    }
