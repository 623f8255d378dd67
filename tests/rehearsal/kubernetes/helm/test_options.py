from rehearsal.kubernetes.helm.options import of_install, of_upgrade, timeout

EVERYTHING = {
    "atomic": True,
    "cleanupOnFail": True,
    "createNamespace": True,
    "description": "why",
    "devel": True,
    "disableCRDHooks": True,
    "disableOpenapiValidation": True,
    "disableWebhooks": False,
    "forceUpdate": True,
    "maxHistory": 3,
    "renderSubchartNotes": True,
    "replace": True,
    "resetValues": True,
    "reuseValues": True,
    "skipCrds": True,
    "waitForJobs": True,
}
SHARED = {
    "description": "why",
    "devel": True,
    "disable_openapi_validation": True,
    "rollback_on_failure": True,
    "sub_notes": True,
    "timeout_seconds": 86400,
    "wait": "legacy",
    "wait_for_jobs": True,
}


def test_each_input_has_its_option() -> None:
    install = {"create_namespace": True, "replace": True, "skip_crds": True, "server_side_apply": False}
    assert of_install(EVERYTHING) == SHARED | install
    assert of_upgrade(EVERYTHING) == SHARED | {
        "cleanup_on_fail": True,
        "disable_hooks": True,
        "force_replace": True,
        "max_history": 3,
        "reset_values": True,
        "reuse_values": True,
        "server_side_apply": "false",
    }


def test_waits_are_skipped_unless_a_failure_is_rolled_back() -> None:
    assert of_install({"skipAwait": True, "waitForJobs": True})["wait"] == "hookOnly"
    assert "wait_for_jobs" not in of_install({"skipAwait": True, "waitForJobs": True})
    assert of_install({"skipAwait": True, "atomic": True})["wait"] == "legacy"


def test_the_limit_is_that_of_the_release_or_five_minutes() -> None:
    assert (timeout({"timeout": 7}), timeout({"timeout": 0}), timeout({})) == (7, 300, 300)
