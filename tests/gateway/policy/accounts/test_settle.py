import pytest
from prometheus_client import REGISTRY

from gateway.config import Limits as Defaults
from gateway.policy.accounts.entries import SEQUENCE_TOKENS_A_SECOND, Decision, mark, parse
from gateway.policy.accounts.settle import Reservations
from gateway.policy.limits.tenants import Tenants
from gateway.policy.services import Price
from gateway.store.limits import Limits
from gateway.store.tenants import Tenant
from tests.gateway.policy.accounts.test_entries import line

LIMITS = Defaults(requests_per_second=100, tokens_per_minute=6000, concurrent_requests=10)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "usage.log"
    path.write_bytes(line() + b"\n")
    return path


@pytest.fixture
def tenant():
    return Tenants(LIMITS, lambda: 0.0).of(Tenant(name="acme", limits=Limits(), version=1), 1)


@pytest.fixture
def reservations(log):
    return Reservations(log)


def append(log, *lines):
    with log.open("ab") as file:
        file.write(b"".join(each + b"\n" for each in lines))


def in_flight(model):
    return REGISTRY.get_sample_value("llm_gateway_in_flight", {"model": model}) or 0


def decision(reservations, number):
    return Decision(reservations.process, number, "acme", "", "dev/qwen", 50, None)


def test_what_was_not_used_is_given_back_once(log, tenant, reservations):
    number = reservations.add(tenant.reserve(1000, 5.0), "r", "dev/qwen")
    assert (tenant.in_flight, tenant.tokens.remaining(), tenant.budgets.held) == (1, 5000, 5)
    ended = line(decision(reservations, number), llm={"prompt_tokens": 60, "completion_tokens": 40})
    append(log, ended, ended)
    reservations.poll()
    assert (tenant.in_flight, tenant.tokens.remaining(), tenant.budgets.held) == (0, 5900, 0)
    assert len(reservations) == 0


def test_more_than_was_reserved_is_taken_afterwards(log, tenant, reservations):
    number = reservations.add(tenant.reserve(100, 0), "r", "dev/qwen")
    append(log, line(decision(reservations, number), llm={"completion_tokens": 700}))
    reservations.poll()
    assert tenant.tokens.remaining() == 5300


def test_a_client_that_leaves_a_whole_answer_has_used_what_the_engine_may_have_made(log, tenant, reservations):
    """At most what was reserved; usage has the prompt alone."""
    price = Price(input_usd=1, output_usd=1)
    for seconds, used in ((1, 50 + SEQUENCE_TOKENS_A_SECOND), (59, 1000)):
        before = tenant.tokens.remaining()
        spent = tenant.budgets.unseen_day + tenant.budgets.spent_day
        number = reservations.add(tenant.reserve(1000, 1000.0), "r", "dev/qwen")
        left = Decision(reservations.process, number, "acme", "", "dev/qwen", 50, price, 950)
        entry = {"ext_authz_duration": 0, "entry": left.dump()}
        append(log, line(entry, code=0, to_engine=600, ms=seconds * 1000))
        reservations.poll()
        assert tenant.tokens.remaining() == before - used
        assert tenant.budgets.unseen_day + tenant.budgets.spent_day == spent + used
    assert tenant.budgets.spent_day == 100
    assert tenant.budgets.held == 0


@pytest.mark.parametrize("said", [{"details": "response_payload_too_large"}, {"llm": {"answer_refused": True}}])
def test_an_answer_too_large_to_be_passed_on_has_used_what_it_reserved(log, tenant, reservations, said):
    """An engine has worked on all of it, whatever the client got; usage has nothing of it."""
    price = Price(input_usd=2, output_usd=10)
    before = tenant.tokens.remaining()
    number = reservations.add(tenant.reserve(1000, 9600.0), "r", "dev/qwen")
    refused = Decision(reservations.process, number, "acme", "", "dev/qwen", 50, price, 950)
    append(log, line(refused, code=500, **said))
    reservations.poll()
    assert tenant.tokens.remaining() == before - 1000
    assert (tenant.budgets.unseen_day, tenant.budgets.spent_day, tenant.budgets.held) == (9600, 0, 0)
    assert not parse(log.read_bytes().splitlines()[-1]).charged


def test_lines_of_other_processes_change_nothing(log, tenant, reservations):
    reservations.add(tenant.reserve(100, 0), "r", "dev/qwen")
    append(log, line(Decision("other", 1, "acme", "", "dev/qwen", 50, None), id="another"), b"what is this")
    reservations.poll()
    assert len(reservations) == 1


def test_a_model_that_looks_like_the_beginning_of_a_decision_settles_nothing(log, tenant, reservations):
    number = reservations.add(tenant.reserve(100, 0), "r", "dev/qwen")
    other = Decision("other", number, "acme", "", "dev/qwen", 50, None)
    append(log, line(other, id="another", llm={"model": f'"{mark(reservations.process)}'}))
    reservations.poll()
    assert len(reservations) == 1


def test_a_request_that_the_other_process_decided_too_is_over_with_its_line(log, tenant, reservations):
    reservations.add(tenant.reserve(100, 0), "mine", "dev/qwen")
    append(log, line(Decision("other", 1, "acme", "", "dev/qwen", 50, None), id="mine", llm={"prompt_tokens": 70}))
    reservations.poll()
    assert (tenant.in_flight, tenant.tokens.remaining(), len(reservations)) == (0, 6000, 0)


def test_a_request_that_is_decided_again_has_one_reservation(log, tenant, reservations):
    """The connection to Envoy broke after the first decision, and Envoy called again."""
    first = reservations.add(tenant.reserve(1000, 5.0), "r", "dev/qwen")
    reservations.sent(first)
    second = reservations.add(tenant.reserve(1000, 5.0), "r", "dev/qwen")
    assert (tenant.in_flight, tenant.tokens.remaining(), tenant.budgets.held) == (1, 5000, 5)
    assert in_flight("dev/qwen") == 0
    append(log, line(decision(reservations, second), llm={"prompt_tokens": 60}))
    reservations.poll()
    assert (tenant.in_flight, len(reservations)) == (0, 0)


def test_requests_without_an_id_are_not_one(tenant, reservations):
    for _ in range(2):
        reservations.add(tenant.reserve(10, 0), "", "dev/qwen")
    assert tenant.in_flight == 2


def test_a_client_that_left_while_its_decision_was_on_the_way_is_found_by_its_request(log, tenant, reservations):
    reservations.add(tenant.reserve(100, 0), "mine", "dev/qwen")
    append(log, line(None, id="another", code=0), line(None, id="mine", code=0))
    reservations.poll()
    assert (tenant.in_flight, tenant.tokens.remaining()) == (0, 6000)


def test_requests_of_an_envoy_that_was_killed_are_forgotten(tenant, reservations):
    reservations.add(tenant.reserve(100, 0), "r", "dev/qwen")
    reservations.forget(60)
    assert tenant.in_flight == 1
    reservations.forget(-1)
    assert tenant.in_flight == 0


def test_a_request_is_in_flight_once_it_is_sent_and_until_it_is_settled(tenant, reservations):
    held = reservations.add(tenant.reserve(100, 0), "held", "dev/held")
    assert in_flight("dev/held") == 0
    reservations.sent(held)
    reservations.sent(held)
    assert in_flight("dev/held") == 1
    reservations.remove(held)
    assert in_flight("dev/held") == 0


def test_what_was_never_sent_or_is_settled_does_not_count_as_in_flight(tenant, reservations):
    number = reservations.add(tenant.reserve(100, 0), "refused", "dev/refused")
    reservations.remove(number)
    reservations.sent(number)
    assert in_flight("dev/refused") == 0


def test_it_is_known_whether_there_are_any(tenant, reservations):
    assert not reservations.some.is_set()
    numbers = [reservations.add(tenant.reserve(10, 0), request, "dev/qwen") for request in ("", "r")]
    assert reservations.some.is_set()
    for number in numbers:
        assert reservations.some.is_set()
        reservations.remove(number)
    assert not reservations.some.is_set()


def test_the_end_of_an_earlier_reservation_leaves_the_later_one_of_its_request(log, tenant, reservations):
    reservations.remove(reservations.add(tenant.reserve(10, 0), "r", "dev/qwen"))
    later = reservations.add(tenant.reserve(10, 0), "r", "dev/qwen")
    reservations.remove(later - 1)
    append(log, line(None, id="r", code=0))
    reservations.poll()
    assert len(reservations) == 0
