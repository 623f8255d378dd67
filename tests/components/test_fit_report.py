"""The preview tells what each service's memory holds."""

import re

from components.fit_report import fit_lines
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.loading.test_parse import platform
from tests.settings.test_bad_settings import changed, run


def test_one_line_for_each_service_with_tokens_and_their_range() -> None:
    told = list(fit_lines(platform().plan.fits))
    assert len(told) == 1
    assert told[0].startswith("fit of small: fits; a GPU of 22.1 GiB holds weights 7.5, activations ")
    found = re.search(r": ([\d,]+) tokens \(([\d,]+) to ([\d,]+)\), ([\d.]+) requests of 8,192 at once", told[0])
    assert found
    tokens, low, high = (int(number.replace(",", "")) for number in found.groups()[:3])
    assert low < tokens < high
    assert abs(tokens / 8192 - float(found[4])) < 0.1


def test_a_model_outside_the_catalogue_has_none() -> None:
    assert list(fit_lines(platform("services.small.model", "example/unheard-of").plan.fits)) == []


def test_platform_and_team_tell_it_in_the_preview() -> None:
    for settings, team in ((PLATFORM, False), (TEAM, True)):
        deployment = run(settings, team=team)
        assert sum("fit of small: fits" in line for line in deployment.infos) == 1
    two = {**PLATFORM["services"], "other": PLATFORM["services"]["small"]}
    told = run(changed(PLATFORM, "services", two)).infos
    assert sum("fit of other: fits" in line for line in told) == 1
