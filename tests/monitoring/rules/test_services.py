import yaml

from monitoring.rules import RuleArgs, ServiceSettings, Thresholds, render


def settings_of(args):
    (group,) = [one for one in yaml.safe_load(render(args))["groups"] if one["name"] == "llm-services"]
    rules = [rule for rule in group["rules"] if rule["record"] == "llm:service_setting"]
    return {rule["labels"]["setting"]: rule["expr"] for rule in rules}


def test_without_a_gateway_a_service_has_its_own_setting_and_the_others_the_default():
    one = ServiceSettings(name="dev/a", thresholds={"kv_cache_ratio": 0.8}, replicas=2)
    found = settings_of(RuleArgs(services=(one,), thresholds=Thresholds(kv_cache_ratio=0.7)))
    assert found["kv_cache_ratio"] == (
        'label_replace(vector(0.8), "service", "dev/a", "", "") or on (service) llm:service * 0 + 0.7'
    )
    assert found["queue_per_replica"] == "llm:service * 0 + 5"
    assert found["replicas"] == 'label_replace(vector(2), "service", "dev/a", "", "")'
    assert "replica_usd_per_hour" not in found


def test_with_a_gateway_settings_come_from_it():
    found = settings_of(RuleArgs(gateway=True))
    assert found["replica_usd_per_hour"] == (
        'max by (service) (label_replace(llm_gateway_service_setting{setting="replica_usd_per_hour"}, '
        '"service", "$1", "model", "(.+)"))'
    )
    assert found["idle_hours"].endswith(" or on (service) llm:service * 0 + 6")
