"""Access log of Envoy: a file of JSON lines, from which the policy learns what each answer used.

A file, not a call to the policy: what Envoy has written is there whichever process of the policy is killed meanwhile.
"""

from typing import Any

from gateway.config import Config
from gateway.envoy import contract
from gateway.envoy.typed import typed

LOG_FILE = "usage.log"
"""Name of the file in the folder."""
COMMAND_LINE = ("--file-flush-interval-msec", "100", "--file-flush-min-size-kb", "0")
"""Options of Envoy that make it write each line at once."""


def access_log(config: Config) -> dict[str, Any]:
    """Every request but readiness checks."""
    fields = {
        "at": "%START_TIME(%s.%3f)%",
        "id": "%REQ(X-REQUEST-ID)%",
        "decision": f"%DYNAMIC_METADATA({contract.DECISION_NAMESPACE})%",
        "llm": f"%DYNAMIC_METADATA({contract.REQUEST_NAMESPACE})%",
        "code": "%RESPONSE_CODE%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "flags": "%RESPONSE_FLAGS%",
        "sent": "%BYTES_SENT%",
        "to_engine": "%UPSTREAM_WIRE_BYTES_SENT%",
        "ms": "%DURATION%",
        "first_ms": "%COMMON_DURATION(DS_RX_BEG:US_RX_BEG:ms)%",
    }
    return {
        "filter": {"not_health_check_filter": {}},
        **typed(
            "usage",
            "extensions.access_loggers.file.v3.FileAccessLog",
            path=str(config.folder / LOG_FILE),
            log_format={"json_format": fields},
        ),
    }
