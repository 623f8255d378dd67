"""Today's list prices from the AWS Price List API: what its answers hold replaces the shipped table, no more.

The API wants credentials with ``pricing:GetProducts`` and answers in a few regions only, for every region. boto3 is
imported when prices are asked for: nothing else in the planner needs it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from planner.aws_errors import error_code, failure
from planner.cost.prices import Price, PriceTable, Rate

API_REGION = "us-east-1"
SOURCE = "AWS Price List API, on demand"
TIMEOUT_SECONDS = 10
_NODE_FILTERS = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}


class LivePricesError(Exception):
    """The price API cannot be called; the message has the fix."""


@dataclass(frozen=True, kw_only=True)
class _Question:
    """How one price is found: a service, its filters, and how the usage type ends."""

    service: str
    filters: Mapping[str, str]
    usage: str


_QUESTIONS: Mapping[Rate, _Question] = {
    Rate.EKS_CLUSTER: _Question(service="AmazonEKS", filters={}, usage="AmazonEKS-Hours:perCluster"),
    Rate.NAT_GATEWAY: _Question(
        service="AmazonEC2", filters={"productFamily": "NAT Gateway"}, usage="NatGateway-Hours"
    ),
    Rate.LOAD_BALANCER: _Question(
        service="AWSELB", filters={"productFamily": "Load Balancer-Network"}, usage="LoadBalancerUsage"
    ),
    Rate.ENDPOINT: _Question(service="AmazonVPC", filters={"productFamily": "VpcEndpoint"}, usage="VpcEndpoint-Hours"),
    Rate.GP3: _Question(
        service="AmazonEC2",
        filters={"productFamily": "Storage", "volumeApiName": "gp3"},
        usage="EBS:VolumeUsage.gp3",
    ),
}


def live_prices(
    table: PriceTable, region: str, instance_types: Sequence[str], client: Any = None
) -> tuple[PriceTable, tuple[str, ...]]:
    """``table`` with the API's prices in place of its own, and the names of those the API did not have.

    Args:
        table: prices where the API has none.
        region: AWS region to ask for.
        instance_types: EC2 instance types to ask for.
        client: a boto3 client of the service ``pricing``; made from the usual credentials if left out.

    Raises:
        LivePricesError: boto3, credentials, rights or the network are missing.
    """
    api = client or _client()
    today = datetime.now(tz=UTC).date().isoformat()
    rates: dict[Rate, Price] = {}
    nodes: dict[str, Price] = {}
    missing: list[str] = []

    def ask(name: str, service: str, filters: Mapping[str, str], usage: str) -> Price | None:
        products = _products(api, service, {"regionCode": region, **filters})
        usd = next(_prices(products, usage), None)
        if usd is None:
            missing.append(name)
            return None
        return Price(usd=usd, source=SOURCE, date=today, region=region)

    for name in dict.fromkeys(instance_types):
        found = ask(name, "AmazonEC2", {**_NODE_FILTERS, "instanceType": name}, f"BoxUsage:{name}")
        if found:
            nodes[name] = found
    for rate, question in _QUESTIONS.items():
        found = ask(str(rate), question.service, question.filters, question.usage)
        if found:
            rates[rate] = found
    asked = {str(rate) for rate in _QUESTIONS}
    missing += [str(rate) for rate in Rate if str(rate) not in asked]
    return table.overlaid(rates=rates, nodes=nodes), tuple(missing)


def _client() -> Any:
    try:
        import boto3  # noqa: PLC0415  only --live needs it
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    except ImportError:
        raise LivePricesError(
            "live prices need boto3: `uv sync --inexact --group rehearsal`, or leave --live out"
        ) from None
    config = Config(connect_timeout=TIMEOUT_SECONDS, read_timeout=TIMEOUT_SECONDS, retries={"total_max_attempts": 2})
    try:
        return boto3.client("pricing", region_name=API_REGION, config=config)
    except BotoCoreError as error:  # a profile that does not exist, say
        raise LivePricesError(f"the price API cannot be called ({failure(error)}): fix that, or omit --live") from None


def _products(api: Any, service: str, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError  # noqa: PLC0415

    request: dict[str, Any] = {
        "ServiceCode": service,
        "Filters": [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in filters.items()],
    }
    try:
        while True:
            answer = api.get_products(**request)
            for text in answer["PriceList"]:
                yield json.loads(text)
            if not answer.get("NextToken"):
                return
            request["NextToken"] = answer["NextToken"]
    except NoCredentialsError:
        raise LivePricesError(
            "live prices need AWS credentials: sign in, or set AWS_PROFILE, or leave --live out"
        ) from None
    except ClientError as error:
        raise LivePricesError(
            f"the price API refuses ({error_code(error) or 'an error'}): the credentials need pricing:GetProducts, or leave --live out"
        ) from None
    except BotoCoreError as error:
        raise LivePricesError(f"the price API cannot be called ({failure(error)}): fix that, or omit --live") from None
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise LivePricesError(
            f"the price API's answer cannot be read ({type(error).__name__}): leave --live out"
        ) from None


def _prices(products: Iterator[Mapping[str, Any]], usage: str) -> Iterator[float]:
    """Prices of the products of a usage type: on demand, of the first tier, above zero."""
    for product in products:
        attributes = product.get("product", {}).get("attributes", {})
        if not _is_usage(str(attributes.get("usagetype", "")), usage):
            continue
        for term in product.get("terms", {}).get("OnDemand", {}).values():
            for dimension in term.get("priceDimensions", {}).values():
                usd = float(dimension.get("pricePerUnit", {}).get("USD", 0))
                if usd > 0 and float(dimension.get("beginRange", 0)) == 0:
                    yield usd


def _is_usage(found: str, wanted: str) -> bool:
    """Usage types of other regions than us-east-1 begin with the region's short name: ``EUW1-BoxUsage:g5.xlarge``."""
    return found == wanted or found.endswith(f"-{wanted}")
