"""`/etc/resolv.conf` and `/etc/hosts` of a pod, as kubelet writes them."""

from pathlib import Path

from rehearsal.nodes.api import Object
from rehearsal.nodes.names import DOMAIN

_CLUSTER_OPTIONS = ("ndots:5",)


def resolv_conf(pod: Object, dns: str) -> str:
    """The pod's resolver settings.

    Args:
        pod: The pod: its ``dnsPolicy``, ``dnsConfig`` and ``hostNetwork`` count.
        dns: Address of the cluster's DNS; it refuses names outside the cluster, as the machine's own would find no way.
    """
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    policy, config = spec.get("dnsPolicy", "ClusterFirst"), spec.get("dnsConfig") or {}
    of_node = policy == "Default" or (policy == "ClusterFirst" and spec.get("hostNetwork"))
    servers = [] if policy == "None" else [dns]
    searches = [] if of_node or policy == "None" else [f"{namespace}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN]
    options = [] if of_node or policy == "None" else list(_CLUSTER_OPTIONS)
    for option in config.get("options", []):
        options = [known for known in options if known.partition(":")[0] != option["name"]]
        options.append(f"{option['name']}:{option['value']}" if option.get("value") else option["name"])
    lines = [f"nameserver {server}" for server in dict.fromkeys([*servers, *config.get("nameservers", [])])]
    if found := list(dict.fromkeys([*searches, *config.get("searches", [])])):
        lines.append(f"search {' '.join(found)}")
    if options:
        lines.append(f"options {' '.join(options)}")
    return "".join(f"{line}\n" for line in lines)


def hosts(pod: Object, address: str) -> str:
    """The pod's own names."""
    spec, name = pod["spec"], pod["spec"].get("hostname") or pod["metadata"]["name"]
    domain = f"{spec['subdomain']}.{pod['metadata']['namespace']}.svc.{DOMAIN}" if spec.get("subdomain") else ""
    lines = ["127.0.0.1\tlocalhost", f"{address}\t{f'{name}.{domain}' if domain else ''}\t{name}".replace("\t\t", "\t")]
    lines += [f"{entry['ip']}\t{' '.join(entry['hostnames'])}" for entry in spec.get("hostAliases", [])]
    return "".join(f"{line}\n" for line in lines)


def write(pod: Object, folder: Path, *, address: str, dns: str) -> list[tuple[str, str, bool]]:
    """Write both into ``folder``; returns them as `rehearsal.network.enter` mounts them."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for path, text in (("/etc/resolv.conf", resolv_conf(pod, dns)), ("/etc/hosts", hosts(pod, address))):
        file = folder / Path(path).name
        file.write_text(text)
        found.append((path, str(file), False))
    return found
