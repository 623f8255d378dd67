"""Files of enforcement levels and settings: names that exist."""

from pathlib import Path

import pytest

from guardrails import RULES
from guardrails.engine import levels


def test_the_project_has_a_file_for_each_platform_stack() -> None:
    assert {path.name for path in levels.FOLDER.glob("*.json")} == {"cpu-example.json", "dev.json", "prod.json"}
    assert levels.check(RULES) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"iam-star-actoin": "mandatory"}', "unknown rule 'iam-star-actoin'"),
        ('{"iam-star-action": "mandatroy"}', "'mandatroy' is not a level"),
        ('{"iam-star-action": null}', "None is not a level"),
        ('{"gpu-budget": {"gpu": 4}}', "unknown setting 'gpu'"),
        ('{"node-ssh": {"enforcementLevel": "off"}}', "'off' is not a level"),
        (
            '{"node-public-subnet": {"undecided": "refuse", "on_unknown": "deny"}}',
            "has undecided and on_unknown, which is its name today: remove undecided",
        ),
        ("[]", "is not an object"),
        ("{", "not JSON"),
    ],
)
def test_a_misspelt_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "dev.json").write_text(text)
    (found,) = levels.check(RULES, tmp_path)
    assert complaint in found
    assert found.startswith("dev.json: ")


def test_every_setting_has_a_type_a_default_and_a_description() -> None:
    for rule in RULES:
        for schema in rule.settings.values():
            assert schema.keys() >= {"type", "default", "description"}


OLD = '{"node-public-subnet": {"enforcementLevel": "mandatory", "undecided": "refuse"}}'


def test_a_former_name_is_accepted_and_reported(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(OLD)
    assert levels.check(RULES, tmp_path) == []
    (line,) = levels.deprecations("dev.json", OLD, RULES)
    assert line == (
        'dev.json: node-public-subnet: undecided is deprecated, the next release removes it: write on_unknown: "deny"'
    )
    assert list(levels.deprecations("dev.json", OLD.replace("undecided", "on_unknown"), RULES)) == []
