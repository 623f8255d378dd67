import pytest

from portal.errors import InvalidError
from portal.proposals import Cost, Placement, Proposal
from portal.web import service_form

GIVEN = {"name": "qwen", "team": "search", "platform": "dev", "model": "Qwen/Qwen3-4B", "max_model_len": "8192"}


def placement(**changes):
    fields = {
        "pool": "g5",
        "machine": "g5.2xlarge",
        "gpu": "A10G",
        "gpus_per_node": 1,
        "spot": False,
        "tensor_parallel": 1,
        "replicas": 3,
        "quantization": None,
        "fit": "fits",
        "reasons": (),
        "notes": (),
        "requests_at_once": 9,
        "longest_request": 8192,
        "memory": None,
        "cost": Cost(usd_hour=1.0, usd_day=24.0, usd_month=730.0),
    }
    return Placement(**(fields | changes))


def proposal(*choices, known=True, **more):
    return Proposal(model="Qwen/Qwen3-4B", known=known, choices=choices, **more)


def test_what_is_left_open_is_the_planners():
    found = service_form.new(service_form.completed(GIVEN, proposal(placement())))
    assert (found.pool, found.replicas, found.tensor_parallel, found.quantization) == ("g5", 3, 1, None)


def test_what_is_said_stays_said():
    found = service_form.new(service_form.completed(GIVEN | {"replicas": "2"}, proposal(placement())))
    assert (found.pool, found.replicas) == ("g5", 2)
    own = GIVEN | {"pool": "other"}
    assert service_form.completed(own, proposal(placement())) == own


def test_on_a_chosen_pool_the_rest_is_still_the_planners():
    found = proposal(
        placement(pool="g6", replicas=9),
        placement(quantization="fp8", replicas=2),
        placement(tensor_parallel=2, replicas=3),
    )
    chosen = service_form.new(service_form.completed(GIVEN | {"pool": "g5"}, found))
    assert (chosen.pool, chosen.replicas, chosen.tensor_parallel, chosen.quantization) == ("g5", 3, 2, None)
    quantized = service_form.new(service_form.completed(GIVEN | {"pool": "g5", "quantization": "fp8"}, found))
    assert (quantized.replicas, quantized.tensor_parallel) == (2, 1)
    other = service_form.new(service_form.completed(GIVEN | {"pool": "g5", "tensor_parallel": "4"}, found))
    assert (other.settings(80)["replicas"], other.tensor_parallel) == (1, 4), "it proposes nothing for four GPUs"


def test_the_gpus_a_service_has_are_not_left_to_the_planner():
    settings = service_form.changed(GIVEN | {"pool": "g5", "tensor_parallel": "1", "size_gib": "7.5"}).settings(80)
    assert service_form.of_settings(settings)["tensor_parallel"] == "1"


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (None, "model, max_model_len: are missing"),
        (proposal(known=False), "does not know Qwen/Qwen3-4B: choose pool, GPUs and replicas yourself"),
        (proposal(ruled_out=("g5 (g5.2xlarge): too small",)), "pool: g5 .g5.2xlarge.: too small"),
        (proposal(), "the platform has no GPUs"),
    ],
)
def test_with_nothing_to_propose_the_pool_must_be_said(found, problem):
    with pytest.raises(InvalidError, match=problem):
        service_form.completed(GIVEN, found)


def test_options_are_read_a_line_each():
    options = '--trust-remote-code\n\nmax-num-seqs=64\nchat-template = /x.jinja\nseed={"a": 1}\nempty='
    found = service_form.changed(GIVEN | {"pool": "g5", "args": options})
    assert found.args == {
        "trust-remote-code": True,
        "max-num-seqs": 64,
        "chat-template": "/x.jinja",
        "seed": {"a": 1},
        "empty": "",
    }


@pytest.mark.parametrize(("options", "problem"), [("=1", "has no name"), ("a\n" * 51, "51 lines, 50 at most")])
def test_lines_that_are_not_options_are_refused(options, problem):
    with pytest.raises(InvalidError, match=problem):
        service_form.changed(GIVEN | {"pool": "g5", "args": options})


def test_settings_come_back_as_the_fields_they_were():
    given = GIVEN | {
        "pool": "g5",
        "replicas": "2",
        "source": "bucket",
        "prefix": "weights/qwen",
        "mirror": "on",
        "size_gib": "7.5",
        "gated": "no",
        "scheme": "internet-facing",
        "source_ranges": "203.0.113.0/24, 198.51.100.0/24",
        "args": "trust-remote-code=true",
    }
    settings = service_form.changed(given).settings(80)
    again = service_form.changed(service_form.of_settings(settings)).settings(80)
    assert again == settings


def test_a_number_is_a_number_within_reason():
    assert service_form.number({"x": "12"}, "x", 100) == 12
    assert [service_form.number({"x": text}, "x", 100) for text in ("", "0", "-1", "1e3", "101", "²")] == [None] * 6


def test_bounds_of_autoscaling_count_in_place_of_the_number():
    found = service_form.new({**GIVEN, "pool": "g5", "replicas": "3", "min": "0", "max": "4"})
    settings = found.settings(80, gateway=True)
    assert settings["autoscale"] == {"min": 0, "max": 4}
    assert "replicas" not in settings
    fixed = service_form.new({**GIVEN, "pool": "g5", "replicas": "3", "min": "1", "max": ""}).settings(80)
    assert (fixed["replicas"], "autoscale" in fixed) == (3, False)
