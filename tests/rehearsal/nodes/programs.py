"""Python programs that test pods run."""

import urllib.request

WHO = """
import http.server, os

NAME = os.environ["HOSTNAME"]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = NAME.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


server = http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler)
print("listening", flush=True)
server.serve_forever()
"""

ASK = """
import sys, urllib.request
print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=5).read().decode())
"""

NAMES = """
import json, socket, time, urllib.request


def addresses(name):
    try:
        return sorted({entry[4][0] for entry in socket.getaddrinfo(name, 80, socket.AF_INET, socket.SOCK_STREAM)})
    except OSError:
        return []


began = time.monotonic()
said = {name: addresses(name) for name in (
    "web", "web.llm", "web.llm.svc.cluster.local", "peers", "web-1.peers", "missing.llm.svc.cluster.local",
    "example.org",
)}
said["seconds"] = time.monotonic() - began
said["http://web/"] = urllib.request.urlopen("http://web/", timeout=5).read().decode()
print(json.dumps(said))
"""

IN_CLUSTER = """
import json, os, ssl, urllib.error, urllib.request

folder = "/var/run/secrets/kubernetes.io/serviceaccount"
host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
token = open(f"{folder}/token").read()
request = urllib.request.Request(f"https://{host}:{port}/api/v1/nodes", headers={"Authorization": f"Bearer {token}"})
context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
said = {"host": host, "namespace": open(f"{folder}/namespace").read()}
try:
    said["status"] = urllib.request.urlopen(request, context=context, timeout=5).status
except urllib.error.HTTPError as error:
    said["status"], said["message"] = error.code, json.load(error)["message"]
print(json.dumps(said))
"""

OUTSIDE = """
import json, os, socket, urllib.request

said = {"aws": urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/moto-api/", timeout=10).status}
for address in ("8.8.8.8", "169.254.169.254"):
    try:
        socket.create_connection((address, 80), timeout=5).close()
    except OSError as error:
        said[address] = error.strerror or str(error)
print(json.dumps(said))
"""

AGGREGATED = """
import http.server, json, ssl

GROUP = {"groupVersion": "rehearsal.test/v1", "kind": "APIResourceList", "apiVersion": "v1", "resources": [
    {"name": "whoami", "singularName": "", "namespaced": False, "kind": "Who", "verbs": ["get", "list"]}]}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        names = dict(pair[0] for pair in (self.connection.getpeercert() or {}).get("subject", ()))
        said = GROUP
        if self.path.startswith("/apis/rehearsal.test/v1/whoami"):
            said = {
                "proxy": names.get("commonName"),
                "user": self.headers.get("X-Remote-User"),
                "groups": self.headers.get_all("X-Remote-Group"),
            }
        text = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/serving/tls.crt", "/etc/serving/tls.key")
context.load_verify_locations("/etc/serving/ca.crt")
context.verify_mode = ssl.CERT_OPTIONAL
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def ask(url: str) -> str:
    """Ask a URL from outside."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as answer:
        return str(answer.read().decode())


UNPACK = """
import os, pathlib
assert not os.path.exists("/opt/gateway/policy"), "an emptyDir is new"
pathlib.Path("/opt/gateway/policy").mkdir()
pathlib.Path("/opt/gateway/policy/__main__.py").write_text(pathlib.Path("/etc/gateway/program.py").read_text())
pathlib.Path("/run/gateway/said").write_text("unpacked")
"""

POLICY = """
import http.server, json, os, pathlib, socket, sys, threading, time

class Drain(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(1)
        log.write("drained\\n")
        self.send_response(200)
        self.end_headers()

log = open("/logs/order", "a", buffering=1)
server = socket.socket(socket.AF_UNIX)
server.bind("/run/gateway/policy-0.sock")
server.listen()
threading.Thread(target=http.server.HTTPServer(("0.0.0.0", 9903), Drain).serve_forever, daemon=True).start()
import signal
signal.signal(signal.SIGTERM, lambda *_: (log.write("SIGTERM\\n"), sys.exit(0)))
while True:
    connection, _ = server.accept()
    said = {"path": [part for part in sys.path if "rehearsal" in part], "said": pathlib.Path("/run/gateway/said").read_text(),
            "project": __import__("importlib.util").util.find_spec("rehearsal") is not None}
    connection.sendall(json.dumps(said).encode())
    connection.close()
"""

THROUGH_A_SOCKET = """
import http.server, socket

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect("/run/gateway/policy-0.sock")
        body = upstream.recv(9999)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.HTTPServer(("0.0.0.0", 8080), Answer).serve_forever()
"""
