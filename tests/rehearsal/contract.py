"""What Pulumi's own providers do, what the rehearsal's do, and the test that holds each row.

The rows that differ are the table in docs/rehearsal.md, written by ``make docs``. Sources are
files of pulumi/pulumi-kubernetes (4.29 to 4.32 and main of 2026-07), pulumi/pulumi-eks, pulumi/pulumi-awsx; "run" means
that the same program was run with both.
"""

from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "rehearsal.md"
BEGIN, END = "<!-- differences: generated -->\n", "<!-- end of differences -->\n"
SAME = "the same"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One situation; ``ours`` is `SAME` or says what the rehearsal does instead, and why. ``tests``: FILE::NAME."""

    situation: str
    real: str
    ours: str = SAME
    source: str
    tests: tuple[str, ...] = ()


_K8S = "tests/rehearsal/kubernetes"
_HELM = f"{_K8S}/helm"

KUBERNETES = (
    Row(
        situation="create of a Kubernetes object that is there already, also one that is being deleted",
        real="the preview passes, the up fails with `already exists` and the ways out",
        source="provider/pkg/await/await.go Creation, provider.go Create; CHANGELOG 4.29.0",
        tests=(
            f"{_K8S}/test_provider.py::test_a_create_fails_where_the_object_is_there_and_its_preview_passes",
            f"{_K8S}/test_provider.py::test_what_is_being_deleted_is_there",
            f"{_K8S}/test_api_errors.py::test_an_object_that_is_there_is_told_with_every_way_out",
        ),
    ),
    Row(
        situation="the same with `upsertExistingObjects`, set on the provider or by its environment variable",
        real="server-side apply takes it over",
        source="provider.go Configure, await.go Creation",
        tests=(
            f"{_K8S}/test_provider.py::test_what_a_killed_create_made_is_taken_over_and_owned_whole",
            f"{_K8S}/test_settings.py::test_upserting_is_set_by_the_provider_and_else_by_the_environment",
        ),
    ),
    Row(
        situation="an object that was created and is then updated",
        real="created by field manager `pulumi-kubernetes`, whose fields the first update takes over",
        source="await.go fixCSAFieldManagers",
        tests=(
            f"{_K8S}/test_provider.py::test_an_update_changes_and_removes_what_the_create_set",
            f"{_K8S}/test_field_managers.py::test_what_a_create_set_goes_to_the_manager_of_the_resource",
        ),
    ),
    Row(
        situation="update of an object that something else deleted",
        real="fails until a refresh",
        source="await.go Update",
        tests=(f"{_K8S}/test_provider.py::test_what_something_deleted_fails_its_update_until_a_refresh",),
    ),
    Row(
        situation="which changes replace an object",
        real="the table `forceNew`: a Service's type and a claim's size are updated in place",
        source="provider.go addPatchValueToDiff, diff.go forceNew",
        tests=(
            f"{_K8S}/test_differences.py::test_only_what_no_update_can_change_replaces",
            f"{_K8S}/test_differences.py::test_a_container_may_come_and_it_replaces_by_what_is_in_it",
        ),
    ),
    Row(
        situation="what a diff starts from",
        real="the object as it was last seen, so the way back after a failed update shows its path; ignored paths are omitted",
        source="provider.go Diff; run",
        tests=(
            f"{_K8S}/test_differences.py::test_the_object_as_it_was_last_seen_counts",
            f"{_K8S}/test_differences.py::test_ignored_paths_count_for_nothing_with_what_is_below_them",
        ),
    ),
    Row(
        situation="a Secret's `stringData`",
        real="becomes `data` before it is compared and stored",
        source="clients/unstructured.go normalizeSecret; run",
        tests=(
            f"{_K8S}/test_differences.py::test_texts_of_a_secret_differ_as_data",
            f"{_K8S}/test_inputs.py::test_the_content_of_a_secret_is_secret",
        ),
    ),
    Row(
        situation="automatic names",
        real="from the engine's seed: another one for each creation, so a killed creation leaves its object behind",
        source="metadata/naming.go",
        tests=(f"{_K8S}/test_inputs.py::test_an_automatic_name_follows_from_the_engines_seed",),
    ),
    Row(
        situation="outputs in the preview of a create",
        real="those of a dry run without `status`; the inputs where something is unknown, or namespace or kind is not there",
        source="provider.go Create; run",
        tests=(f"{_K8S}/test_provider.py::test_a_preview_makes_nothing_and_knows_the_name",),
    ),
    Row(
        situation="Service whose selector matches no pod",
        real="ready once its endpoints have not changed for 10 s",
        ours="the same after 1 s; 10 s with `--real-waits`",
        source="await/service.go; run",
        tests=(f"{_K8S}/test_waiting.py::test_a_service_that_selects_no_pod_is_ready_after_a_while",),
    ),
    Row(
        situation="Service with ready endpoints",
        real="ready once they have not changed for 10 s: each up that makes one takes 10 s longer",
        ours="ready at once; 10 s with `--real-waits`",
        source="await/service.go; run",
        tests=(f"{_K8S}/test_waiting.py::test_with_real_waits_endpoints_must_have_settled",),
    ),
    Row(
        situation="create in a namespace, or of a kind, that is missing",
        real="six tries in a minute; what arrives meanwhile is fine",
        ours="six tries in six seconds; a minute with `--real-waits`",
        source="provider/pkg/retry, await.go Creation; run",
        tests=(f"{_K8S}/test_provider.py::test_a_namespace_that_comes_a_moment_later_is_waited_for",),
    ),
    Row(
        situation="a rollout that cannot succeed (image, crash loop, no room)",
        real="waits until its limit (10 minutes, or `customTimeouts`), then several lines",
        ours="fails within half a minute with one line and how long Pulumi would go on; the limit with `--real-waits`",
        source="await/deployment.go; run",
        tests=(
            f"{_K8S}/test_waiting.py::test_what_cannot_succeed_fails_at_once_or_with_real_waits_at_the_limit",
            f"{_K8S}/waiting/test_waiter.py::test_an_unschedulable_pod_fails_with_the_schedulers_reason",
        ),
    ),
    Row(
        situation="unknown field in a built-in kind (`imagePullPolice`)",
        real="dropped in silence, the up succeeds",
        ours="refused in preview and up with its path, because a misspelt field never does what was meant",
        source="run; field validation Warn",
        tests=(f"{_K8S}/test_provider.py::test_a_typo_is_an_error_with_its_path_in_preview",),
    ),
    Row(
        situation="wrong type or value",
        real="the API server's text behind `resource URN was not successfully created by the Kubernetes API server`",
        ours="the same text behind kind and name, with list indices for keys",
        source="provider.go Create; run",
        tests=(f"{_K8S}/test_api_errors.py::test_what_a_create_does_not_know_is_told_with_its_path",),
    ),
    Row(
        situation="provider settings for clusters that are away, Helm, rendering to files, client limits",
        real="`deleteUnreachable`, `skipUpdateUnreachable`, `helmReleaseSettings`, `renderYamlToDirectory`, "
        "`kubeClientSettings`, `cluster`, `alwaysRender`",
        ours="refused by name",
        source="provider/pkg/gen/schema.go",
        tests=(f"{_K8S}/test_settings.py::test_settings_that_would_not_be_heeded_are_refused",),
    ),
    Row(
        situation="`clusterIdentifier`",
        real="decides alone whether another kubeconfig is another cluster",
        source="provider.go DiffConfig",
        tests=(f"{_K8S}/test_settings.py::test_a_cluster_identifier_decides_alone",),
    ),
    Row(
        situation="warnings while waiting (`ProvisioningFailed`, `MinimumReplicasUnavailable`)",
        real="shown as they come",
        ours="not shown; the reason is in the error when the wait fails",
        source="run",
        tests=(f"{_K8S}/test_waiting.py::test_a_failing_probe_is_told_while_waiting",),
    ),
    Row(
        situation="what the state keeps of an object",
        real="also `__inputs`, `__initialApiVersion` and `metadata.managedFields`; quantities in canonical form in inputs",
        ours="omitted; quantities stay as written",
        source="provider.go checkpointObject; run",
        tests=(f"{_K8S}/waiting/test_waiter.py::test_a_deployment_is_awaited_and_does_not_drift",),
    ),
    Row(
        situation="a custom resource whose kind comes in the same update",
        real="the preview passes with the inputs as outputs; the create is tried six times in a minute",
        ours="the same, six times in six seconds; a minute with `--real-waits`",
        source="provider.go Create; await.go Creation",
        tests=(f"{_K8S}/test_objects.py::test_a_kind_that_is_not_there_yet_previews_and_its_create_waits_for_it",),
    ),
    Row(
        situation="when a custom resource counts as ready",
        real="at once; with the annotation `pulumi.com/waitFor` as that says, for every kind",
        source="metadata/overrides.go ReadyCondition; CHANGELOG 4.18.0, 4.23.0",
        tests=(
            f"{_K8S}/test_objects.py::test_it_is_ready_at_once_or_as_its_annotation_says",
            f"{_K8S}/waiting/test_wait_for.py::test_paths",
        ),
    ),
    Row(
        situation="`PULUMI_K8S_AWAIT_ALL`, and a wrong `pulumi.com/waitFor`",
        real="every object waits for the generic readiness of kstatus; the annotation fails the update once the object is there",
        ours="the variable has no effect; the annotation fails the preview",
        source="metadata/overrides.go ReadyCondition",
        tests=(f"{_K8S}/test_objects.py::test_a_wrong_annotation_fails_the_preview",),
    ),
    Row(
        situation="destroy of an object with a finalizer",
        real="waits until it no longer exists, at most `customTimeouts` or `pulumi.com/timeoutSeconds` or 10 minutes; "
        "`pulumi.com/skipAwait` counts for Namespaces, Pods and workloads only",
        source="await.go Deletion; metadata/overrides.go DeletedCondition",
        tests=(
            f"{_K8S}/test_objects.py::test_destroy_waits_for_its_finalizer_whatever_skip_await_says",
            f"{_K8S}/test_objects.py::test_skip_await_ends_the_destroy_of_a_deployment_at_once",
            f"{_K8S}/test_objects.py::test_the_limit_of_a_destroy_comes_from_its_annotation",
        ),
    ),
    Row(
        situation="create of a Helm release whose name is in use, as after a kill",
        real="`cannot re-use a name that is still in use`, until `helm uninstall`",
        source="helm_release.go helmCreate",
        tests=(f"{_HELM}/test_installed.py::test_a_name_in_use_is_refused_as_helm_does",),
    ),
    Row(
        situation="a Helm release that does not get ready",
        real="kept as failed in Helm and in Pulumi's state, the next up upgrades it; with `atomic` nothing is left of an install",
        source="helm_release.go helmCreate, Create; Helm's action/install.go",
        tests=(
            f"{_HELM}/test_installed.py::test_a_failed_release_is_kept_with_its_reason_and_upgraded_next",
            f"{_HELM}/test_installed.py::test_atomic_leaves_nothing_of_a_failed_install_and_rolls_an_upgrade_back",
        ),
    ),
    Row(
        situation="the reason why a Helm release does not get ready, and its limit",
        real="`context deadline exceeded` after `timeout`",
        ours="the object and its reason; what cannot succeed ends within half a minute, the limit with `--real-waits`; the time in "
        "which an image is built does not count",
        source="helm_release.go releaseFailedError",
        tests=(
            f"{_HELM}/test_release_wait.py::test_what_cannot_succeed_ends_it_at_once_unless_waits_are_real",
            f"{_HELM}/test_release_wait.py::test_the_build_of_an_image_does_not_count_for_the_limit",
        ),
    ),
    Row(
        situation="values of a Helm release that its chart refuses",
        real="the preview fails, once every input is known",
        ours="the same, also for the known values while others are unknown, one line a finding",
        source="helm_release.go Check, setComputedInputs",
        tests=(
            f"{_HELM}/test_releases.py::test_values_that_the_chart_refuses_fail_the_preview",
            f"{_HELM}/test_rendered.py::test_an_unknown_value_breaks_no_rule_and_leaves_the_others_checked",
        ),
    ),
    Row(
        situation="a chart whose content changes under the same version",
        real="`checksum` of its manifest is an input, so the release is upgraded",
        source="helm_release.go setComputedInputs, Diff",
        tests=(f"{_HELM}/test_releases.py::test_what_the_chart_makes_is_an_input",),
    ),
    Row(
        situation="a Helm release that something else upgraded or uninstalled",
        real="an upgrade shows in the outputs after a refresh and is not taken back; after an uninstall update and destroy fail "
        "until a refresh",
        source="helm_release.go Read, Delete",
        tests=(f"{_HELM}/test_installed.py::test_life_of_a_release",),
    ),
    Row(
        situation="uninstall of a Helm release of which something stays, held by a finalizer",
        real="fails after `timeout`, though Helm has forgotten the release",
        ours="the same, with the objects and their finalizers",
        source="helm_release.go Delete; Helm's action/uninstall.go",
        tests=(f"{_HELM}/test_installed.py::test_an_uninstall_that_a_finalizer_holds_names_it",),
    ),
    Row(
        situation="version of Helm, and inputs of a Helm release",
        real="Helm 3, all of them",
        ours="Helm 4 that applies on the client's side as Helm 3 does; `keyring`, `lint`, `postrender`, `recreatePods`, `verify` and "
        "credentials of repositories are refused by name",
        source="provider/go.mod",
        tests=(f"{_HELM}/test_release_inputs.py::test_credentials_and_what_is_not_done_are_refused_unless_off",),
    ),
    Row(
        situation="charts that a Helm release can have",
        real="those of any repository",
        ours="those under [charts](#charts), charts from folders and from repositories on loopback; others are refused by name",
        source="a rehearsal needs no network",
        tests=(
            f"{_HELM}/test_chart_source.py::test_the_name_that_production_uses_finds_it_as_well",
            f"{_HELM}/test_releases.py::test_any_other_chart_is_refused_by_name",
        ),
    ),
)

_AWS = "tests/rehearsal/aws"

AWS = (
    Row(
        situation="outputs that AWS has no value for (a VPC's `ipv6CidrBlock`)",
        real="an empty text, list or number in the state, so nothing that depends on them is unknown in later previews",
        source="types of pulumi_aws; a published state",
        tests=(f"{_AWS}/test_registry.py::test_life",),
    ),
    Row(
        situation="`region` and `tagsAll` of resources that have none (IAM, access policy associations)",
        real="absent",
        source="types of pulumi_aws",
        tests=(f"{_AWS}/test_registry.py::test_life",),
    ),
    Row(
        situation="release of a managed node group, number of an add-on's ARN",
        real="AWS's own",
        ours="a text that ends in `recorded`",
        source="moto lacks them",
        tests=(f"{_AWS}/test_registry.py::test_life",),
    ),
)

COMPONENTS = (
    Row(
        situation="kubeconfig of an EKS cluster",
        real="runs `aws eks get-token`, needs AWS CLI 2.7 on PATH (else the cluster fails) and the right to call it; no secret",
        ours="the client certificate of the sandbox, secret, not in `core`: no rehearsal tries the AWS CLI",
        source="nodejs/eks/cluster/cluster.ts; run",
        tests=("tests/rehearsal/components/eks/test_kubeconfig.py::test_shape_is_that_of_eks",),
    ),
    Row(
        situation="what a first preview knows of a cluster's `core`, its `encryptionConfig`, the cluster's name in add-ons and "
        "node groups, the subnets of node groups, the subnets' `ipv6CidrBlock`",
        real="nothing: each is unknown as a whole",
        source="nodejs/eks/cluster/cluster.ts, addons/addon.ts, nodes/nodegroup.ts; awsx/ec2/vpc.ts; run",
        tests=("tests/integration/test_first_preview.py::test_what_the_components_cannot_know_yet_is_unknown",),
    ),
    Row(
        situation="what waits for what",
        real="`cluster` of add-ons and node groups is not a dependency on the cluster component",
        ours="it is one; the order of steps differs, no step does",
        source="run",
        tests=("tests/integration/test_first_preview.py::test_what_the_components_cannot_know_yet_is_unknown",),
    ),
)

SANDBOX = (
    Row(
        situation="Service of a load balancer class that nothing serves, or whose controller's chart is not installed",
        real="no address; the up fails at its limit",
        ours="no address; the up fails after 20 s with the reason",
        source="AWS Load Balancer Controller, guide/service/nlb",
        tests=(
            "tests/rehearsal/nodes/test_balancer.py::test_a_class_that_nothing_serves_gets_none",
            f"{_K8S}/test_waiting.py::test_a_load_balancer_that_nothing_makes_fails_with_the_warning",
        ),
    ),
)

ROWS = KUBERNETES + AWS + COMPONENTS + SANDBOX


def table() -> str:
    """The rows that differ, as Markdown."""
    lines = ["| situation | Pulumi's own provider | the rehearsal |", "|---|---|---|"]
    lines += [f"| {row.situation} | {row.real} | {row.ours} |" for row in ROWS if row.ours != SAME]
    return "\n".join(lines) + "\n"


def page() -> str:
    """docs/rehearsal.md with the table as it should be."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}{table()}{END}{after}"
