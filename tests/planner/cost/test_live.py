"""Prices from the AWS Price List API, against botocore's own stub of it."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, HTTPClientError, NoCredentialsError
from botocore.stub import ANY, Stubber

from planner.cost import Rate, list_prices
from planner.cost.live import SOURCE, LivePricesError, live_prices

BASE = list_prices()


def product(usage: str, usd: str, begin: str = "0") -> str:
    dimension = {"beginRange": begin, "pricePerUnit": {"USD": usd}}
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage}},
            "terms": {"OnDemand": {"X.Y": {"priceDimensions": {"X.Y.Z": dimension}}}},
        }
    )


@pytest.fixture
def api() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client(
        "pricing", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    with Stubber(client) as stubber:
        yield client, stubber


def answer(stubber: Stubber, *prices: str, token: str | None = None, **expected: Any) -> None:
    response: dict[str, Any] = {"PriceList": list(prices)} | ({"NextToken": token} if token else {})
    params = {"ServiceCode": ANY, "Filters": ANY, **expected}
    stubber.add_response("get_products", response, params)


def nothing_more(stubber: Stubber, questions: int) -> None:
    for _ in range(questions):
        answer(stubber)


def test_what_the_api_has_replaces_the_shipped_prices(api: tuple[Any, Stubber]) -> None:
    client, stubber = api
    wanted = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value}
        for field, value in (
            ("regionCode", "eu-west-1"),
            ("operatingSystem", "Linux"),
            ("tenancy", "Shared"),
            ("preInstalledSw", "NA"),
            ("capacitystatus", "Used"),
            ("instanceType", "g5.xlarge"),
        )
    ]
    answer(stubber, product("EUW1-BoxUsage:g5.xlarge", "1.123"), ServiceCode="AmazonEC2", Filters=wanted)
    answer(
        stubber,
        product("EUW1-AmazonEKS-Hours:extendedSupport", "0.5"),
        product("EUW1-AmazonEKS-Hours:perCluster", "0.11"),
        ServiceCode="AmazonEKS",
    )
    answer(stubber, product("EUW1-NatGateway-Bytes", "0.048"), product("EUW1-NatGateway-Hours", "0.048"))
    answer(stubber, product("EUW1-LoadBalancerUsage", "0.0252"), ServiceCode="AWSELB")
    answer(stubber, product("EUW1-VpcEndpoint-Hours", "0.011"), ServiceCode="AmazonVPC")
    answer(stubber, product("EUW1-EBS:VolumeUsage.gp3", "0.088"))
    table, missing = live_prices(BASE, "eu-west-1", ["g5.xlarge", "g5.xlarge"], client)
    stubber.assert_no_pending_responses()
    price = table.nodes["g5.xlarge"]
    assert (price.usd, price.source, price.region) == (1.123, SOURCE, "eu-west-1")
    assert [table.rates[rate].usd for rate in (Rate.EKS_CLUSTER, Rate.NAT_GATEWAY, Rate.GP3)] == [0.11, 0.048, 0.088]
    assert table.rates[Rate.KMS_KEY] == BASE.rates[Rate.KMS_KEY]
    assert table.nodes["m5.xlarge"] == BASE.nodes["m5.xlarge"]
    assert set(missing) == {
        *("eks_cluster_extended_support", "public_ipv4_address", "gp3_iops", "gp3_throughput_mib_s", "s3_standard"),
        *("fsx_lustre_persistent2_125", "kms_key", "nat_gateway_data", "cloudwatch_logs", "cloudwatch_alarm"),
        *("cloudwatch_dashboard", "cloudwatch_observations_million", "prometheus_samples_10_million"),
    }


def test_what_the_api_does_not_have_is_named_and_stays(api: tuple[Any, Stubber]) -> None:
    client, stubber = api
    answer(stubber, product("BoxUsage:g5.xlarge", "0"), product("BoxUsage:g5.xlarge", "2", begin="100"))
    nothing_more(stubber, 5)
    table, missing = live_prices(BASE, "us-east-1", ["g5.xlarge"], client)
    assert table.nodes["g5.xlarge"] == BASE.nodes["g5.xlarge"]
    assert "g5.xlarge" in missing
    assert "nat_gateway" in missing


def test_an_answer_of_several_pages_is_read_to_its_end(api: tuple[Any, Stubber]) -> None:
    client, stubber = api
    answer(stubber, token="more")
    answer(stubber, product("BoxUsage:g5.xlarge", "1.5"), NextToken="more")
    nothing_more(stubber, 5)
    table, _ = live_prices(BASE, "us-east-1", ["g5.xlarge"], client)
    assert table.nodes["g5.xlarge"].usd == 1.5


def test_missing_rights_are_told_with_the_cure(api: tuple[Any, Stubber]) -> None:
    client, stubber = api
    stubber.add_client_error("get_products", "AccessDeniedException", "no")
    with pytest.raises(LivePricesError, match=r"refuses \(AccessDeniedException\).*pricing:GetProducts"):
        live_prices(BASE, "us-east-1", ["g5.xlarge"], client)


class Failing:
    """A client that cannot ask."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_products(self, **_: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (NoCredentialsError(), "need AWS credentials: sign in"),
        (EndpointConnectionError(endpoint_url="https://x"), "cannot be called"),
    ],
)
def test_missing_credentials_and_network_are_told(error: Exception, line: str) -> None:
    with pytest.raises(LivePricesError, match=line):
        live_prices(BASE, "us-east-1", ["g5.xlarge"], Failing(error))


def test_an_answer_that_makes_no_sense_is_told(api: tuple[Any, Stubber]) -> None:
    client, stubber = api
    answer(stubber, "not json")
    with pytest.raises(LivePricesError, match="cannot be read"):
        live_prices(BASE, "us-east-1", ["g5.xlarge"], client)


def test_a_profile_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(LivePricesError, match=r"cannot be called \(.*no-such-profile"):
        live_prices(BASE, "us-east-1", [])


def test_without_boto3_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(LivePricesError, match="need boto3"):
        live_prices(BASE, "us-east-1", [])


def test_a_header_that_cannot_be_sent_is_not_shown() -> None:
    error = HTTPClientError(error=ValueError("Invalid header value b'AWS4-HMAC-SHA256 Credential=AKIAHUNTER2\\n'"))
    with pytest.raises(LivePricesError, match=r"cannot be called \(HTTPClientError: look at the region") as raised:
        live_prices(BASE, "us-east-1", ["g5.xlarge"], Failing(error))
    assert "AKIA" not in str(raised.value)
