"""``pulumi-resource-eks``: started by the engine, which passes its own address."""

from rehearsal.providers.component.serve import ComponentProvider, serve
from rehearsal.providers.eks import addon, cluster, node_group
from rehearsal.providers.eks.references import accept

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
