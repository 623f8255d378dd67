from gateway.policy.exposition import text
from gateway.policy.services import Service
from tests.gateway.policy.test_exposition import in_process

QWEN = """
from gateway.policy.shown import ShownServices
from gateway.policy.services import Service
qwen = Service(name="dev/qwen", endpoints=("10.0.0.1:8000",), settings={"replicas": 2.0, "idle_hours": 6.0})
shown = ShownServices()
shown.update([qwen, Service(name="dev/embed")])
"""


def series(folder):
    return {line for line in text(folder).splitlines() if "dev/" in line}


def test_services_show_their_replicas_and_settings(tmp_path):
    in_process(tmp_path, 0, QWEN)
    assert series(tmp_path) == {
        'llm_gateway_ready_replicas{model="dev/qwen"} 1.0',
        'llm_gateway_ready_replicas{model="dev/embed"} 0.0',
        'llm_gateway_service_setting{model="dev/qwen",setting="replicas"} 2.0',
        'llm_gateway_service_setting{model="dev/qwen",setting="idle_hours"} 6.0',
    }


def test_what_is_removed_has_no_series_though_the_other_process_showed_it(tmp_path):
    in_process(tmp_path, 1, QWEN)
    in_process(tmp_path, 0, QWEN + 'shown.update([Service(name="dev/qwen", settings={"replicas": 0.0})])')
    assert series(tmp_path) == {
        'llm_gateway_ready_replicas{model="dev/qwen"} 0.0',
        'llm_gateway_service_setting{model="dev/qwen",setting="replicas"} 0.0',
    }


def test_a_service_has_no_settings_by_default():
    assert Service(name="dev/qwen").settings == {}
