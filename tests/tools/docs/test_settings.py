"""The page that lists every setting."""

from collections.abc import Iterator
from typing import get_args

from settings.models.base import SettingsModel
from settings.models.services.base import ServiceSettings
from settings.models.stack import PlatformSettings, TeamSettings
from settings.validation.kinds import KINDS
from tools.docs.settings import PAGE, page, sections


def models_in(annotation: object) -> Iterator[type[SettingsModel]]:
    """Every settings model of a type and below it; a service's is that of each kind."""
    if annotation is ServiceSettings:
        for kind in KINDS.values():
            yield from models_in(kind.settings)
    elif isinstance(annotation, type) and issubclass(annotation, SettingsModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for one in get_args(annotation):
        yield from models_in(one)


def test_every_model_has_one_table() -> None:
    tables = [model for _, model in sections()]
    assert len(set(tables)) == len(tables) == len({title for title, _ in sections()})
    assert set(tables) == {*models_in(PlatformSettings), TeamSettings}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_every_setting_is_described() -> None:
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `") and line.count(" | ") >= 3]
    assert len(rows) > 80
    assert [row[0] for row in rows if len(row[-1].removesuffix("|").strip()) < 5] == []


def test_a_row_of_a_table_is_one_line() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert [line for line in rows if not line.endswith(" |")] == []
