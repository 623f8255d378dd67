"""The stack's configuration in Pulumi, read into a plain mapping and checked before any resource is registered."""

import pulumi
from pulumi.runtime import config as runtime_config

from components.platform_exports import read_deployed, read_platform_facts
from settings import clock
from settings.issues import SettingsError
from settings.loading.config_values import foreign_value, from_text
from settings.loading.parse import Parsed, parse
from settings.models.base import HUB_TOKEN, NAMESPACE
from settings.models.stack import PlatformSettings, TeamSettings

_IN_PLAIN_TEXT = "in plain text"


def _read_config() -> dict[str, object]:
    """Everything below the namespace: text as it is, other values as the YAML they were."""
    config = pulumi.Config(NAMESPACE)
    raw: dict[str, object] = {}
    for full_key in runtime_config.CONFIG.get():
        namespace, _, key = full_key.partition(":")
        if namespace != NAMESPACE:
            continue
        if key == HUB_TOKEN:
            secret = runtime_config.is_config_secret(full_key)
            if secret or runtime_config.CONFIG.get()[full_key]:
                raw[key] = config.get_secret(key) if secret else _IN_PLAIN_TEXT
            continue
        value = from_text(key, config.get(key) or "")
        if value is not None:
            raw[key] = value
    return raw


def _read_foreign() -> dict[str, object]:
    """What the configuration holds for others, by full key; secrets as None."""
    return {
        key: None if runtime_config.is_config_secret(key) else foreign_value(text)
        for key, text in runtime_config.CONFIG.get().items()
        if key.partition(":")[0] != NAMESPACE
    }


def load_settings() -> Parsed:
    """The settings of the stack that is being deployed and what follows from them; warnings are logged.

    Raises:
        pulumi.RunError: they have issues; one line each.
    """
    try:
        parsed = parse(
            _read_config(),
            stack=pulumi.get_stack(),
            platform=read_platform_facts,
            foreign=_read_foreign(),
            today=clock.today(),
            deployed=read_deployed(pulumi.get_stack()),
        )
    except SettingsError as error:
        count = len(error.issues)
        title = f"{count} mistake{'s' if count > 1 else ''} in the settings of stack {pulumi.get_stack()}:"
        raise pulumi.RunError(f"{title}\n{error}") from None
    for warning in parsed.warnings:
        pulumi.log.warn(str(warning))
    return parsed


def hub_token(settings: PlatformSettings | TeamSettings) -> pulumi.Output[str] | None:
    """The Hugging Face token, if one is set."""
    return settings.hf_api_token if isinstance(settings.hf_api_token, pulumi.Output) else None
