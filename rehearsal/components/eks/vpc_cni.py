"""``eks:index:VpcCniAddon``: the add-on that gives pods addresses of the VPC, with its settings as environment."""

from collections.abc import Mapping
from typing import Any

import pulumi

from rehearsal.components.child import Component, aws
from rehearsal.components.eks.addons import configuration, latest
from rehearsal.components.inputs import input_error, plain, reject_unknown

# Input, environment variable of the `aws-node` container, default (None: the variable is left out).
_ENVIRONMENT: tuple[tuple[str, str, str | None], ...] = (
    ("nodePortSupport", "AWS_VPC_CNI_NODE_PORT_SUPPORT", None),
    ("customNetworkConfig", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", None),
    ("warmEniTarget", "WARM_ENI_TARGET", "1"),
    ("warmIpTarget", "WARM_IP_TARGET", None),
    ("warmPrefixTarget", "WARM_PREFIX_TARGET", None),
    ("enablePrefixDelegation", "ENABLE_PREFIX_DELEGATION", None),
    ("logLevel", "AWS_VPC_K8S_CNI_LOGLEVEL", "DEBUG"),
    ("logFile", "AWS_VPC_K8S_CNI_LOG_FILE", "/host/var/log/aws-routed-eni/ipamd.log"),
    ("vethPrefix", "AWS_VPC_K8S_CNI_VETHPREFIX", "eni"),
    ("eniMtu", "AWS_VPC_ENI_MTU", "9001"),
    ("eniConfigLabelDef", "ENI_CONFIG_LABEL_DEF", None),
    ("pluginLogLevel", "AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "DEBUG"),
    ("pluginLogFile", "AWS_VPC_K8S_PLUGIN_LOG_FILE", "/var/log/aws-routed-eni/plugin.log"),
    ("enablePodEni", "ENABLE_POD_ENI", "false"),
    ("cniConfigureRpfilter", "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER", None),
    ("cniCustomNetworkCfg", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "false"),
    ("externalSnat", "AWS_VPC_K8S_CNI_EXTERNALSNAT", "false"),
    ("cniExternalSnat", "AWS_VPC_K8S_CNI_EXTERNALSNAT", None),
)
_INIT_ENVIRONMENT = (("disableTcpEarlyDemux", "DISABLE_TCP_EARLY_DEMUX", "false"),)
_OTHER = (
    *("addonVersion", "clusterName", "clusterVersion", "configurationValues", "enableNetworkPolicy"),
    *("resolveConflictsOnCreate", "resolveConflictsOnUpdate", "serviceAccountRoleArn", "tags"),
)
_KNOWN = (*(row[0] for row in (*_ENVIRONMENT, *_INIT_ENVIRONMENT)), *_OTHER)
_FIXES = {"securityContextPrivileged": "it patches the aws-node DaemonSet, which the rehearsal does not run"}


class VpcCniAddon(Component):
    """The component and its one child."""

    def __init__(self, name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions) -> None:
        reject_unknown("eks", inputs, _KNOWN, fixes=_FIXES, at="vpcCniOptions.")
        if inputs.get("cniExternalSnat") and inputs.get("externalSnat"):
            raise input_error(
                "vpcCniOptions.cniExternalSnat", "give one of `cniExternalSnat` and `externalSnat`, not both"
            )
        super().__init__("eks:index:VpcCniAddon", name, dict(inputs), options)
        version = inputs.get("addonVersion") or latest("vpc-cni", inputs["clusterVersion"], parent=self)
        addon = aws(
            "aws:eks/addon:Addon",
            name,
            {
                "clusterName": inputs["clusterName"],
                "addonName": "vpc-cni",
                "addonVersion": version,
                "resolveConflictsOnCreate": plain(inputs, "resolveConflictsOnCreate", "OVERWRITE"),
                "resolveConflictsOnUpdate": plain(inputs, "resolveConflictsOnUpdate", "OVERWRITE"),
                "preserve": True,
                "configurationValues": configuration(_settings(inputs)),
                "serviceAccountRoleArn": inputs.get("serviceAccountRoleArn"),
                "tags": inputs.get("tags"),
            },
            parent=self,
        )
        self.register_outputs({"addon": addon})


def _settings(inputs: Mapping[str, Any]) -> pulumi.Output[dict[str, Any]]:
    wanted = {key: inputs.get(key) for key in _KNOWN if key not in {"clusterName", "clusterVersion", "tags"}}
    return pulumi.Output.from_input(wanted).apply(settings)


def settings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The add-on's configuration values: the caller's own, completed from the component's inputs and defaults."""
    values = dict(inputs.get("configurationValues") or {})
    if "enableNetworkPolicy" not in values and inputs.get("enableNetworkPolicy") is not None:
        values["enableNetworkPolicy"] = _text(inputs["enableNetworkPolicy"])
    own, init = values.get("env"), values.get("init")
    values["env"] = {**_environment(inputs, _ENVIRONMENT), **(own if isinstance(own, dict) else {})}
    init = dict(init) if isinstance(init, dict) else {}
    own = init.get("env")
    init["env"] = {**_environment(inputs, _INIT_ENVIRONMENT), **(own if isinstance(own, dict) else {})}
    values["init"] = init
    return values


def _environment(inputs: Mapping[str, Any], table: tuple[tuple[str, str, str | None], ...]) -> dict[str, str]:
    environment: dict[str, str] = {}
    for key, variable, default in table:
        if inputs.get(key):
            environment[variable] = _text(inputs[key])
        elif key == "warmEniTarget" and inputs.get(key) is not None:
            # Zero is a setting here; everywhere else it means "not set".
            environment[variable] = _text(inputs[key])
        elif default is not None:
            environment[variable] = default
    return environment


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
