"""``pulumi-resource-eks``: started by the engine, which passes its own address."""

from rehearsal.components.eks import addon, cluster, node_group
from rehearsal.components.eks.references import accept
from rehearsal.components.server import ComponentProvider, serve

if __name__ == "__main__":
    accept()
    serve(
        ComponentProvider(
            "eks",
            "4.4.0",
            {
                "eks:index:Cluster": cluster.construct,
                "eks:index:ManagedNodeGroup": node_group.construct,
                "eks:index:Addon": addon.construct,
            },
        )
    )
