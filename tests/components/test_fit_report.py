"""The preview tells what each service's memory holds."""

import re
from collections.abc import Iterator

from components.fit_report import fit_lines, start_lines
from settings.loading.parse import Parsed
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.loading.test_parse import platform
from tests.settings.reading import changed, run


def lines(parsed: Parsed) -> Iterator[str]:
    return fit_lines(parsed.settings.services, parsed.plan)


def test_one_line_for_each_service_with_tokens_and_their_range() -> None:
    logged = list(lines(platform()))
    assert len(logged) == 1
    assert logged[0].startswith("fit of small: fits; a GPU of 22.1 GiB holds weights 7.5, activations ")
    found = re.search(r": ([\d,]+) tokens \(([\d,]+) to ([\d,]+)\), ([\d.]+) requests of 8,192 at once", logged[0])
    assert found
    tokens, low, high = (int(number.replace(",", "")) for number in found.groups()[:3])
    assert low < tokens < high
    assert abs(tokens / 8192 - float(found[4])) < 0.1


def test_a_model_outside_the_catalogue_has_none() -> None:
    assert list(lines(platform("services.small.model", "example/unheard-of"))) == []


def test_platform_and_team_tell_it_in_the_preview() -> None:
    for settings, team in ((PLATFORM, False), (TEAM, True)):
        deployment = run(settings, team=team)
        assert sum("fit of small: fits" in line for line in deployment.infos) == 1
    two = {**PLATFORM["services"], "other": PLATFORM["services"]["small"]}
    logged = run(changed(PLATFORM, "services", two)).infos
    assert sum("fit of other: fits" in line for line in logged) == 1


def test_one_line_for_the_cold_start_of_each_service() -> None:
    parsed = platform()
    (line,) = start_lines(parsed.settings.services, parsed.plan)
    assert re.fullmatch(r"cold start of small: about \d+ s \(\d+ to \d+\), \d+ s once compiled; `llm-platform .*", line)


def test_the_cold_start_of_a_service_with_a_compile_cache() -> None:
    small = {
        **PLATFORM["services"]["small"],
        "image": f"vllm/vllm-openai:v0.32.0@sha256:{'0a' * 32}",
        "compile_cache": True,
    }
    parsed = platform("services.small", small)
    (line,) = start_lines(parsed.settings.services, parsed.plan)
    words = r"about (\d+) s \(\d+ to \d+\) with its compile cache, (\d+) s until it is filled; `llm-platform .*"
    found = re.fullmatch(f"cold start of small: {words}", line)
    assert found
    assert int(found[1]) < int(found[2])
