"""Helm itself, as the library of ``helm-python-sdk``: its Go code behind plain functions.

The library is loaded at the first call: 85 MB of program text that a stack without a release never needs. A call blocks
its thread only. The options that `_native` takes are those of helm-c 0.2.2, of which the package's own functions pass
on fewer; one that the library does not know is an error, so none is lost in silence.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.kubernetes.helm.library_errors import ReleaseNotFoundError, translated

if TYPE_CHECKING:
    from helm_python import Chart, Config

Values = dict[str, Any]
NO_WAIT = "hookOnly"
WAIT = "legacy"
"""Ways to wait: for hooks only, or until what the release made is ready, as Helm 3 does it."""


@dataclass(frozen=True, kw_only=True)
class StoredRelease:
    """A release as Helm's Secret has it.

    Attributes:
        name: Its name.
        namespace: The namespace that its Secret is in.
        revision: Counts installs, upgrades and rollbacks from 1.
        status: ``deployed``, ``failed``, ``pending-install``, ``pending-upgrade``, ...
        chart: Name of its chart.
        version: Version of its chart.
        app_version: ``appVersion`` of its chart.
        manifest: What it applied, as YAML documents.
    """

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    version: str
    app_version: str
    manifest: str

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> "StoredRelease":
        """Read the library's summary."""
        return cls(
            name=str(summary["name"]),
            namespace=str(summary["namespace"]),
            revision=int(summary["revision"]),
            status=str(summary["status"]),
            chart=str(summary.get("chart_name") or ""),
            version=str(summary.get("chart_version") or ""),
            app_version=str(summary.get("app_version") or ""),
            manifest=str(summary.get("manifest") or ""),
        )


class Cancellation:
    """Ends one install or upgrade from another thread; what it made so far stays, as a failed release."""

    def __init__(self) -> None:
        from helm_python import HelmContext  # noqa: PLC0415 - loads the library

        self.context = HelmContext()

    def cancel(self) -> None:
        """End it."""
        self.context.cancel()


class HelmLibrary:
    """Helm for one namespace of one cluster."""

    def __init__(self, kubeconfig: str, context: str | None, namespace: str) -> None:
        """Contact nothing yet.

        Args:
            kubeconfig: Its text.
            context: The context to use, None for the kubeconfig's own.
            namespace: The namespace of the releases, and of what their charts put into none.
        """
        self._kubeconfig = kubeconfig
        self._context = context
        self._namespace = namespace

    def install(
        self, chart: "Chart | str", name: str, values: Values, options: Mapping[str, Any], cancellation: Cancellation
    ) -> StoredRelease:
        """``helm install``; ``options`` as the library calls them.

        Raises:
            HelmError: it failed; whether a release is left, `find` knows.
        """
        return self._write("helm_install", chart, name, values, options, cancellation)

    def upgrade(
        self, chart: "Chart | str", name: str, values: Values, options: Mapping[str, Any], cancellation: Cancellation
    ) -> StoredRelease:
        """``helm upgrade``.

        Raises:
            ReleaseNotFoundError: there is no such release.
            HelmError: it failed.
        """
        return self._write("helm_upgrade", chart, name, values, options, cancellation)

    def uninstall(self, name: str, *, timeout: int, wait: bool) -> None:
        """``helm uninstall``; with ``wait`` until all that it made is gone, for ``timeout`` seconds at most.

        Raises:
            ReleaseNotFoundError: there is no such release.
            HelmError: something is still there; the release itself is gone.
        """
        with self._config() as config, translated():
            config.uninstall(name, timeout=timeout, wait=WAIT if wait else NO_WAIT)

    def rollback(self, name: str) -> None:
        """``helm rollback`` to the revision before, which also frees a release whose upgrade was cut off.

        Raises:
            HelmError: there is none.
        """
        with self._config() as config, translated():
            config.rollback(name, wait=NO_WAIT)

    def find(self, name: str) -> StoredRelease | None:
        """The newest revision of a release, None if there is none.

        Raises:
            ClusterAwayError: the API server does not answer.
        """
        try:
            with self._config() as config, translated():
                return StoredRelease.of(config.status(name))
        except ReleaseNotFoundError:
            return None

    def values_of(self, name: str) -> Values:
        """The values that the newest revision was given.

        Raises:
            HelmError: there is no such release, or the API server does not answer.
        """
        with self._config() as config, translated():
            return dict(config.get_values(name) or {})

    def _config(self) -> "Config":
        from helm_python import Config  # noqa: PLC0415 - loads the library

        with translated():
            return Config(kubeconfig_content=self._kubeconfig, kube_context=self._context, namespace=self._namespace)

    def _write(
        self,
        function: str,
        chart: "Chart | str",
        name: str,
        values: Values,
        options: Mapping[str, Any],
        cancellation: Cancellation,
    ) -> StoredRelease:
        from helm_python import _native  # noqa: PLC0415 - loads the library

        with self._config() as config, translated():
            handle, reference = (_native.HANDLE(0), chart) if isinstance(chart, str) else (chart._raw(), None)  # noqa: SLF001 - see above
            answer = _native.call_string(
                function,
                config._raw(),  # noqa: SLF001 - see above
                cancellation.context._raw(),  # noqa: SLF001 - see above
                handle,
                reference,
                name,
                json.dumps(values),
                json.dumps(dict(options)),
            )
            return StoredRelease.of(json.loads(answer))
