"""Grafana's configuration, as environment variables (Grafana, "Configure Grafana": GF_SECTION_KEY, and GF_..._KEY__FILE)."""

from components.monitoring.context import MonitoringArgs
from settings.derived.monitoring.names import GRAFANA_ADDRESS, GRAFANA_PORT
from settings.models.monitoring import GrafanaOidcSettings

DATA_FOLDER = "/var/lib/grafana"
SIGN_IN_FOLDER = "/run/sign-in"
PROVISIONING_FOLDER = "/etc/grafana/provisioning"
DASHBOARD_FOLDER = "/etc/grafana/dashboards"
SIGN_IN_FILES = ("auth_url", "token_url", "api_url", "client_secret")
"""Files of the init container in :data:`SIGN_IN_FOLDER`, each named as the key that it is the value of."""
KEY_FILE = "secret_key"
"""The same in :data:`DATA_FOLDER`."""
HOME = "llm-overview.json"
"""File of the dashboard that people see first."""
OFF = (
    # The issuer is the only way in.
    "AUTH_ANONYMOUS_ENABLED",
    "AUTH_BASIC_ENABLED",
    "USERS_ALLOW_SIGN_UP",
    "USERS_ALLOW_ORG_CREATE",
    # Nothing of it leaves the cluster.
    "ANALYTICS_REPORTING_ENABLED",
    "ANALYTICS_CHECK_FOR_UPDATES",
    "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
    "ANALYTICS_FEEDBACK_LINKS_ENABLED",
    "NEWS_NEWS_FEED_ENABLED",
    "SNAPSHOTS_ENABLED",
    "SNAPSHOTS_EXTERNAL_ENABLED",
    "PUBLIC_DASHBOARDS_ENABLED",
    # The plugins of the image are all there are.
    "PLUGINS_PLUGIN_ADMIN_ENABLED",
    "PLUGINS_PREINSTALL_AUTO_UPDATE",
)
ON = (
    "AUTH_DISABLE_LOGIN_FORM",
    "SECURITY_DISABLE_INITIAL_ADMIN_CREATION",
    "SECURITY_DISABLE_GRAVATAR",
    "PLUGINS_PREINSTALL_DISABLED",
    "PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED",
    "AUTH_GENERIC_OAUTH_ENABLED",
    # An account at the issuer is one here, with the least role.
    "AUTH_GENERIC_OAUTH_ALLOW_SIGN_UP",
    "AUTH_GENERIC_OAUTH_USE_PKCE",
)


def variables(args: MonitoringArgs, oidc: GrafanaOidcSettings) -> dict[str, str]:
    """The variables of Grafana's container; none has a secret, which are in files of the init container."""
    plain = {
        **dict.fromkeys(OFF, "false"),
        **dict.fromkeys(ON, "true"),
        "SERVER_HTTP_PORT": str(GRAFANA_PORT),
        "SERVER_ROOT_URL": f"{GRAFANA_ADDRESS}/",
        "PATHS_DATA": DATA_FOLDER,
        "PATHS_PLUGINS": f"{DATA_FOLDER}/plugins",
        "PATHS_LOGS": f"{DATA_FOLDER}/log",
        "PATHS_PROVISIONING": PROVISIONING_FOLDER,
        "LOG_MODE": "console",
        "LOG_LEVEL": "warn",
        "USERS_AUTO_ASSIGN_ORG_ROLE": "Viewer",
        "DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": f"{DASHBOARD_FOLDER}/{HOME}",
        "AUTH_GENERIC_OAUTH_NAME": args.naming.cluster,
        "AUTH_GENERIC_OAUTH_CLIENT_ID": oidc.client_id,
        "AUTH_GENERIC_OAUTH_SCOPES": "openid email profile",
        "SECURITY_SECRET_KEY__FILE": f"{DATA_FOLDER}/{KEY_FILE}",
        **{f"AUTH_GENERIC_OAUTH_{name.upper()}__FILE": f"{SIGN_IN_FOLDER}/{name}" for name in SIGN_IN_FILES},
    }
    return {f"GF_{name}": value for name, value in plain.items()}
