"""What is a secret in plain text: by the name it has, or by the form of its value.

Names are taken apart into words, so that ``HF_TOKEN`` and ``hf-token`` are one, and ``EOS_TOKEN`` or ``MAX_TOKENS``, which
are a tokenizer's, are none. Values are known by what their issuers publish (prefixes of tokens, PEM, JWT); how random a text
looks counts for nothing, since digests and ids look so too.
"""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.engine.values import UNKNOWN, Value

_NAME: Final = re.compile(
    r"(^|_)(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|"
    r"(API|ACCESS|PRIVATE|SECRET|ENCRYPTION|SIGNING|MASTER|AUTH|LICENSE|SSH|HMAC|JWT|SERVICE|ACCOUNT|WEBHOOK|APP|"
    r"SALT|ADMIN|ROOT|SESSION|COOKIE|STORAGE|SHARED|SUBSCRIPTION|CLIENT)_?KEYS?|(?<=_)(PASS|PWD))"
    r"(_|$)",
    re.IGNORECASE,
)
# What is named like a secret and is none: its name, its file, how many of it.
_ABOUT_ONE: Final = re.compile(
    r"(NAME|FILE|PATH|DIR|URL|URI|ENDPOINT|ARN|TYPE|VERSION|LIMIT|COUNT|SIZE|TTL|EXPIR\w*|TIMEOUT|ENABLED|REQUIRED|HEADER|"
    r"PREFIX|ENV|REF|MOUNT|SOURCE|PROVIDER|ALGORITHM|TOKEN_IDS?|TOKEN_?ID)$",
    re.IGNORECASE,
)
_OF_A_TOKENIZER: Final = re.compile(
    r"(^|_)(EOS|BOS|PAD|UNK|CLS|SEP|MASK|EOT|EOM|EOD|BOT|SOS|STOP|START|END|BEGIN|SPECIAL|IMAGE|AUDIO|VIDEO|VISION|THINK|"
    r"THINKING|REASONING|TOOL|SPEECH|PROMPT|COMPLETION|DECODER|FORCED|ADDITIONAL|DRAFT|NUM|PER|MAX|MIN|FIRST|LAST|NEXT|NEW|"
    r"INPUT|OUTPUT|EACH|SINGLE)_TOKEN(_|$)",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = re.compile(
    r"empty|none|null|nil|undefined|n/?a|-|dummy([-_].*)?|fake([-_].*)?|placeholder|unused|ignored?|not[-_ ]?(needed|used|required|set)|"
    r"(sk-)?no[-_]?(api[-_]?)?(key|token|auth|password|secret)([-_](required|needed))?|false|true|yes|no|on|off|"
    r"(sk-)?x{3,}|\*+|\.{3,}|<[^<>]*>|\[[A-Z_ ]*\]|redacted|todo|(your|insert|replace)[-_ ].*",
    re.IGNORECASE,
)
"""Values that say that there is no secret. ``changeme`` is not among them: it is deployed, and then it is the password."""
_ELSEWHERE: Final = re.compile(
    r"[/$`~]|arn:|vault:|ref\+|op://|secrets?://|os\.environ|env[:/.]|file:|ssm:|aws-?secrets|\{\{|ENC\[|!(Ref|Sub|GetAtt|vault)\b|@[/.]|%\(|projects/",
    re.IGNORECASE,
)
"""How a value begins that says where the secret is: a file, a variable, a template, a store."""
_PARTLY: Final = re.compile(r"\$[({A-Za-z_]|\{\{|`")
_FORMS: Final = {
    "a Hugging Face token": r"\b(hf|api_org)_[A-Za-z0-9]{30,}",
    "an OpenAI or Anthropic key": r"\bsk-((proj|ant|or|svcacct|admin|lf)-[\w-]{20,}|[A-Za-z0-9]{20,})",
    "an AWS access key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})",
    "a GitLab token": r"\bgl(pat|ptt|dt|rt|cbt|soat|agent|oas|ffct|ft|imt)-[\w-]{20,}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[\w-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w+",
    "a private key": r"-----BEGIN ([A-Z0-9]{1,12} ){0,4}PRIVATE KEY( BLOCK)?-----",
    "a JSON Web Token": r"(?<![\w-])eyJ[\w-]{10,500}\.eyJ[\w-]{10,4000}\.[\w-]{10}",
    "an NVIDIA key": r"\bnvapi-[\w-]{20,}",
    "a package registry's token": r"\b(npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{20,}|dckr_(pat|oat)_[\w-]{20,})",
    "a Google key": r"\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}",
    "a Stripe key": r"\b[rs]k_(live|test)_[A-Za-z0-9]{16,}",
    "a Pulumi token": r"\bpul-[0-9a-f]{40}\b",
    "a Vault token": r"\bhv[sbr]\.[\w-]{20,}",
    "a model provider's key": r"\b(gsk_|r8_|xai-|pplx-|fw_|csk-|tgp_v1_)[A-Za-z0-9_-]{20,}",
    "a token of LangSmith, Sentry, Linear or DigitalOcean": r"\b(lsv2_(pt|sk)_|sntrys_|lin_api_|dop_v1_)\w{20,}",
    "a password in an address": r"(?<![\w+.-])[a-z][a-z0-9+.-]{0,20}://[^\s/:@$<{]{0,80}:(?![$<{]|x{3,}@|\*)[^\s/:@$<{]{3,200}@[\w.-]",
    "a bearer token": r"\b[Bb]earer (?![$<{])(?=[\w.~+/-]{0,80}\d)[\w.~+/-]{16,}",
}
_FORM: Final = re.compile("|".join(f"(?P<f{index}>{form})" for index, form in enumerate(_FORMS.values())))
_BEGINNINGS: Final = (
    "hf_", "api_org_", "sk-", "AKIA", "ASIA", "gh", "gl", "xox", "xapp-", "hooks.slack", "PRIVATE KEY", "eyJ", "nvapi-", "npm_",
    "pypi-", "dckr_", "AIza", "ya29.", "GOCSPX-", "sk_", "rk_", "pul-", "hvs.", "hvb.", "hvr.", "gsk_", "r8_", "xai-", "pplx-",
    "fw_", "csk-", "tgp_", "lsv2_", "sntrys_", "lin_api_", "dop_v1_", "://", "earer ",
)  # fmt: skip
"""One of these is in each of the forms: looked for first, since most texts have none."""
_LINE: Final = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?(?:export[ \t]+|set[ \t]+|ENV[ \t]+)?["']?([A-Za-z_][\w.-]*)["']?[ \t]*([:=])[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'#,;]+))[ \t]*(.?)""",
    re.MULTILINE,
)


def is_named_secret(name: str) -> bool:
    """Whether a variable, a key or an option is named like a secret: ``HF_TOKEN``, ``dbPassword``, ``--api-key``."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.lstrip("-")).replace("-", "_").replace(".", "_")
    return bool(_NAME.search(snake)) and not _ABOUT_ONE.search(snake) and not _OF_A_TOKENIZER.search(snake)


def is_literal(value: Value) -> bool:
    """Whether the value of such a name is there itself: not a file, a number, a variable or a placeholder."""
    if value is UNKNOWN:
        return True
    if not isinstance(value, str) or not value.strip():
        return False
    text = value.strip()
    return not (
        text.isdecimal() or _PLACEHOLDER.fullmatch(text) or _ELSEWHERE.match(text) or _PARTLY.search(text) is not None
    )


def form_of(text: str) -> str | None:
    """Return what the text has in it by its form, such as ``a GitHub token``; None for nothing that is known."""
    found = _FORM.search(text) if any(beginning in text for beginning in _BEGINNINGS) else None
    return list(_FORMS)[int((found.lastgroup or "f0")[1:])] if found else None


def assigned(text: str) -> Iterator[str]:
    """The names in lines of a file (``NAME=value``, ``name: value``) that are secrets with the value beside them."""
    # A line may hold several JSON objects.
    for found in _LINE.finditer(re.sub(r"""[{,]\s*(?=["'])""", "\n", text)):
        name, separator, *values, after = found.groups()
        value = next((group for group in values if group is not None), "")
        sentence = separator == ":" and after not in {"", *",;}]#"}
        if is_named_secret(name) and is_literal(value) and _is_a_value(value) and not sentence:
            yield name


def _is_a_value(text: str) -> bool:
    """Whether the rest of a line may be a secret, and not code, a sentence or an opening bracket."""
    return not re.search(r"[(){}\[\]\s]", text) and not text.startswith(("|", ">", "&", "*"))
