"""Inputs of ``eks:index:Cluster``: those that the emulator knows, and what the real component refuses."""

from collections.abc import Mapping
from typing import Any

from rehearsal.components.inputs import input_error, one_of, plain, reject_unknown

# They only describe a default node group; without one the real component keeps them in `core` and makes nothing of them.
NODE_GROUP_OPTIONS = {
    "nodeSubnetIds": "nodeSubnetIds",
    "nodeAssociatePublicIpAddress": "nodeAssociatePublicIpAddress",
    "instanceType": "instanceType",
    "nodePublicKey": "nodePublicKey",
    "nodeRootVolumeEncrypted": "nodeRootVolumeEncrypted",
    "nodeRootVolumeSize": "nodeRootVolumeSize",
    "nodeUserData": "nodeUserData",
    "minSize": "minSize",
    "maxSize": "maxSize",
    "desiredCapacity": "desiredCapacity",
    "nodeAmiId": "amiId",
    "gpu": "gpu",
}

_KNOWN = (
    *NODE_GROUP_OPTIONS,
    *("accessEntries", "authenticationMode", "bootstrapSelfManagedAddons", "clusterSecurityGroup"),
    *("clusterSecurityGroupTags", "clusterTags", "corednsAddonOptions", "createOidcProvider", "deletionProtection"),
    *("enableConfigMapMutable", "enabledClusterLogTypes", "encryptionConfigKeyArn", "endpointPrivateAccess"),
    *("endpointPublicAccess", "instanceRoles", "ipFamily", "kubeProxyAddonOptions", "kubernetesServiceIpAddressRange"),
    *(
        "name",
        "nodeSecurityGroupTags",
        "privateSubnetIds",
        "providerCredentialOpts",
        "publicAccessCidrs",
        "publicSubnetIds",
        "roleMappings",
    ),
    *("serviceRole", "skipDefaultNodeGroup", "skipDefaultSecurityGroups", "subnetIds", "tags", "upgradePolicy"),
    *("useDefaultVpcCni", "userMappings", "version", "vpcCniOptions", "vpcId"),
)

_FIXES = {
    "autoMode": "use node groups (eks.ManagedNodeGroup)",
    "createInstanceRole": "give each eks.ManagedNodeGroup its own `nodeRole`",
    "creationRoleProvider": "hand the provider down in the component's options",
    "fargate": "use node groups (eks.ManagedNodeGroup)",
    "instanceRole": "give each eks.ManagedNodeGroup its own `nodeRole`",
    "nodeGroupOptions": "set `skipDefaultNodeGroup` and use eks.ManagedNodeGroup",
    "storageClasses": "make the StorageClass with the Kubernetes provider",
}

_ADDON_OPTIONS = ("enabled", "version", "resolveConflictsOnCreate", "resolveConflictsOnUpdate", "configurationValues")
ACCESS_ENTRY_INPUTS = ("principalArn", "username", "kubernetesGroups", "accessPolicies", "tags", "type")
ACCESS_POLICY_INPUTS = ("policyArn", "accessScope")


def check(inputs: Mapping[str, Any]) -> None:
    """Reject invalid inputs, before anything is created.

    Raises:
        InputPropertyError: an input is unknown to the emulator, or the real component would refuse it.
    """
    reject_unknown("eks", inputs, _KNOWN, fixes=_FIXES)
    mode = one_of(inputs, "authenticationMode", ("API", "CONFIG_MAP", "API_AND_CONFIG_MAP"), "CONFIG_MAP")
    if mode != "API":
        raise input_error(
            "authenticationMode", f"the rehearsal's eks has no aws-auth ConfigMap, which mode {mode} needs; set API"
        )
    for key in ("roleMappings", "userMappings", "instanceRoles"):
        if plain(inputs, key):
            raise input_error(
                key,
                f"The '{key}' property does not support non-empty values when 'authenticationMode' is set to 'API'.",
            )
    if not plain(inputs, "skipDefaultNodeGroup", default=False):
        raise input_error(
            "skipDefaultNodeGroup",
            "the rehearsal's eks makes no default node group; set `skipDefaultNodeGroup` and use eks.ManagedNodeGroup",
        )
    if plain(inputs, "createOidcProvider", default=False):
        raise input_error(
            "createOidcProvider",
            "it dials the issuer on the internet; make an aws.iam.OpenIdConnectProvider from `oidcIssuer` instead",
        )
    if inputs.get("vpcId") is None:
        raise input_error("vpcId", "the rehearsal has no default VPC; give the VPC to put the cluster in")
    _check_network(inputs)
    _check_tables(inputs)


def _check_network(inputs: Mapping[str, Any]) -> None:
    grouped = [key for key in ("publicSubnetIds", "privateSubnetIds") if inputs.get(key) is not None]
    if inputs.get("subnetIds") is not None and grouped:
        raise input_error(
            "subnetIds",
            "subnetIds, and the use of publicSubnetIds and/or privateSubnetIds are mutually exclusive. "
            "Choose a single approach.",
        )
    if inputs.get("subnetIds") is None and not grouped:
        raise input_error(
            "subnetIds", "no subnets for the cluster; give subnetIds, or publicSubnetIds and privateSubnetIds"
        )
    public = plain(inputs, "endpointPublicAccess", default=True)
    if inputs.get("publicAccessCidrs") is not None and not public:
        raise input_error(
            "publicAccessCidrs", "`publicAccessCidrs` can only be set when `endpointPublicAccess` is true; omit it"
        )
    if inputs.get("vpcCniOptions") is not None and plain(inputs, "useDefaultVpcCni", default=False):
        raise input_error("vpcCniOptions", "it has no effect with `useDefaultVpcCni`; give one of the two")


def _check_tables(inputs: Mapping[str, Any]) -> None:
    # Taken and without effect: the kubeconfig holds a client certificate, no call of `aws eks get-token`.
    credentials = plain(inputs, "providerCredentialOpts", {})
    reject_unknown("eks", credentials, ("roleArn", "profileName"), at="providerCredentialOpts.")
    for key in ("kubeProxyAddonOptions", "corednsAddonOptions"):
        reject_unknown("eks", plain(inputs, key, {}), _ADDON_OPTIONS, at=f"{key}.")
    for name, entry in plain(inputs, "accessEntries", {}).items():
        at = f"accessEntries.{name}."
        reject_unknown("eks", entry, ACCESS_ENTRY_INPUTS, at=at)
        for association, policy in (entry.get("accessPolicies") or {}).items():
            reject_unknown("eks", policy, ACCESS_POLICY_INPUTS, at=f"{at}accessPolicies.{association}.")
