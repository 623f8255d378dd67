from rehearsal.components.eks.vpc_cni import settings


def test_defaults_are_those_of_eks():
    assert settings({}) == {
        "env": {
            "WARM_ENI_TARGET": "1",
            "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
            "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
            "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
            "AWS_VPC_ENI_MTU": "9001",
            "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "DEBUG",
            "AWS_VPC_K8S_PLUGIN_LOG_FILE": "/var/log/aws-routed-eni/plugin.log",
            "ENABLE_POD_ENI": "false",
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
            "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
        },
        "init": {"env": {"DISABLE_TCP_EARLY_DEMUX": "false"}},
    }


def test_inputs_become_text():
    values = settings(
        {"enableNetworkPolicy": True, "enablePrefixDelegation": True, "warmPrefixTarget": 2.0, "cniExternalSnat": True}
    )
    assert values["enableNetworkPolicy"] == "true"
    assert values["env"]["ENABLE_PREFIX_DELEGATION"] == "true"
    assert values["env"]["WARM_PREFIX_TARGET"] == "2"
    assert values["env"]["AWS_VPC_K8S_CNI_EXTERNALSNAT"] == "true"


def test_zero_warm_interfaces_is_a_setting():
    assert settings({"warmEniTarget": 0.0})["env"]["WARM_ENI_TARGET"] == "0"


def test_the_callers_own_configuration_wins():
    own = {
        "enableNetworkPolicy": "false",
        "env": {"WARM_ENI_TARGET": "3"},
        "init": {"resources": {}, "env": {"A": "1"}},
    }
    values = settings({"enableNetworkPolicy": True, "configurationValues": own})
    assert values["enableNetworkPolicy"] == "false"
    assert values["env"]["WARM_ENI_TARGET"] == "3"
    assert values["env"]["AWS_VPC_ENI_MTU"] == "9001"
    assert values["init"] == {"resources": {}, "env": {"DISABLE_TCP_EARLY_DEMUX": "false", "A": "1"}}
