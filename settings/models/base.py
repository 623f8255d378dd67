"""The base of every settings model, and the text types they share."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict

from planner.shown import as_yaml
from settings.models.plain_values import StrictModel

NAMESPACE = "llm-platform"
"""Namespace of the program's own keys in a Pulumi configuration."""
HUB_TOKEN = "hf_api_token"  # noqa: S105  the key's name, not a token
"""Key of the Hugging Face token."""


class SettingsModel(StrictModel):
    """A frozen piece of settings; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    of_others: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Keys of a sibling of this model that it does not have: what is wrong with one here, and what to write instead."""


@dataclass(frozen=True)
class Requestable:
    """Marks a setting of a service that teams can request through the portal; what has no mark is the platform's.

    The portal's form and API take type, bounds, default and help of the setting from its model.
    """

    label: str
    """Name of its field in the form."""


def matching(pattern: str, fix: str, *, flags: int = re.ASCII) -> Callable[[str], str]:
    """A check that a text is of this pattern; else the message is the text and ``fix``."""
    expression = re.compile(pattern, flags)

    def check(value: str) -> str:
        if not expression.fullmatch(value):
            raise ValueError(f"{as_yaml(value)} {fix}")
        return value

    return check


def _dns_label(longest: int) -> Callable[[str], str]:
    shape = matching(
        r"[a-z]([a-z0-9-]*[a-z0-9])?",
        "is not a DNS label: use lower-case letters, digits and '-', beginning with a letter, not ending with '-'",
    )

    def check(value: str) -> str:
        if len(value) > longest:
            raise ValueError(
                f"{as_yaml(value)} has {len(value)} characters: shorten it to {longest}, longer names are built of it"
            )
        return shape(value)

    return check


def _cidr(value: str) -> str:
    try:
        return str(IPv4Network(value))
    except ValueError as problem:
        if "host bits" in str(problem):
            raise ValueError(f"{as_yaml(value)} has host bits set: write {IPv4Network(value, strict=False)}") from None
        raise ValueError(f"{as_yaml(value)} is not an IPv4 network: write it like 203.0.113.7/32") from None


SECURITY_GROUP_RULES = 60
"""Amazon VPC quotas: inbound rules of a security group, unless raised."""

Scheme = Literal["internal", "internet-facing"]
"""From where a load balancer is reached: from inside the network, or from the internet."""


def networks_once(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    """The networks, each named once.

    Raises:
        ValueError: one is named twice.
    """
    if len(set(cidrs)) != len(cidrs):
        raise ValueError("names a network twice: name each once")
    return cidrs


def check_source_ranges(scheme: Scheme, ranges: tuple[str, ...]) -> None:
    """Refuse the source ranges of a load balancer that its security group cannot have, or that would be the whole internet.

    Raises:
        ValueError: it faces the internet without any, or they are too many.
    """
    if scheme == "internet-facing" and not ranges:
        raise ValueError("faces the internet without source_ranges: list the networks that may reach it")
    if len(ranges) > SECURITY_GROUP_RULES:
        raise ValueError(
            f"has {len(ranges)} source_ranges, and a security group takes {SECURITY_GROUP_RULES} rules: "
            "write fewer, larger networks"
        )


def _quoted(value: object) -> object:
    if isinstance(value, bool | int | float):
        raise ValueError(f"{as_yaml(value)} is read as a number or switch: put it in quotes")  # noqa: TRY004  pydantic collects ValueError
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{as_yaml(value)} has half a character, which UTF-8 cannot hold: remove it")
    return value


Text = Annotated[str, BeforeValidator(_quoted)]
TagKey = Annotated[
    Text,
    AfterValidator(
        matching(
            r"(?!(?i:aws:))[\w .:/=+@-]{1,128}",
            "is not an AWS tag: at most 128 letters, digits, spaces and _.:/=+-@, not beginning with aws:",
            flags=0,
        )
    ),
]
TagValue = Annotated[
    Text,
    AfterValidator(
        matching(
            r"[\w .:/=+@-]{1,256}",
            "is not the value of an AWS tag: at most 256 letters, digits, spaces and _.:/=+-@",
            flags=0,
        )
    ),
]
Name = Annotated[Text, AfterValidator(_dns_label(63))]
PoolName = Annotated[Text, AfterValidator(_dns_label(30))]
ServiceName = Annotated[Text, AfterValidator(_dns_label(40))]
Cidr = Annotated[Text, AfterValidator(_cidr)]
Region = Annotated[
    Text, AfterValidator(matching(r"[a-z]{2}(-[a-z]+)+-\d", "is not an AWS region: write it like us-east-1"))
]
Zone = Annotated[
    Text,
    AfterValidator(matching(r"[a-z]", "is not a zone letter: write the last letter of its name, a for us-east-1a")),
]
RoleArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
            "is not the ARN of an IAM role: write it like arn:aws:iam::123456789012:role/platform-admin "
            "(of a role, not of a user or an assumed-role session)",
        )
    ),
]
PolicyArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+",
            "is not the ARN of an IAM policy: write it like arn:aws:iam::123456789012:policy/boundary",
        )
    ),
]

KeyArn = Annotated[
    Text,
    AfterValidator(
        matching(
            r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})",
            "is not the ARN of a KMS key: write it like "
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab; for an alias, "
            "`aws kms describe-key --key-id alias/NAME --query KeyMetadata.Arn` prints it",
        )
    ),
]


def _account(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"{value} is not an AWS account: write its 12 digits in quotes")  # noqa: TRY004  as above
    # YAML reads a number with leading zeros as a shorter one, or as octal: which account was meant is then not known.
    if not _TWELVE_DIGITS.fullmatch(str(value)):
        raise ValueError(
            f"{as_yaml(value)} is not an AWS account: write its 12 digits, in quotes when they begin with 0, such as "
            '"012345678901"'
        )
    return str(value)


_TWELVE_DIGITS = re.compile(r"[0-9]{12}")
AccountId = Annotated[str, BeforeValidator(_account)]
ExternalId = Annotated[
    Text,
    AfterValidator(
        matching(
            # The AWS CLI takes a leading - for an option, and reads a file or address in place of file://, https://.
            r"(?!-)(?!.*://)[\w+=,.@:/-]{2,1224}",
            "is not an external ID: 2 to 1,224 letters, digits and _+=,.@:/-, not beginning with -, without ://",
        )
    ),
]
SessionName = Annotated[
    Text,
    AfterValidator(
        matching(
            r"(?!-)[\w+=,.@-]{2,64}",
            "is not the name of a role session: 2 to 64 letters, digits and _+=,.@-, not beginning with -",
        )
    ),
]
AllocationId = Annotated[
    Text,
    AfterValidator(
        matching(
            r"eipalloc-[0-9a-f]{8,17}", "is not an Elastic IP allocation: write its id, eipalloc-0123456789abcdef0"
        )
    ),
]
Revision = Annotated[
    Text,
    AfterValidator(
        matching(r"\w[\w.+@/-]{0,254}", "is not a revision: write a branch, tag or commit of the model, such as main")
    ),
]
Prefix = Annotated[
    Text,
    AfterValidator(
        matching(
            r"weights(/(?!\.{1,2}(/|$))[A-Za-z0-9._-]+)+/?",
            "is not a prefix of model weights: write it like weights/llama-3-8b, below weights/ in the bucket",
        )
    ),
]


PRIVATE_RANGES = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))


def in_private_range(network: IPv4Network) -> bool:
    """Whether a network lies in one of the ranges a VPC is made from."""
    return any(network.subnet_of(private) for private in PRIVATE_RANGES)
