import pytest

from rehearsal.bench.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nodes", "0"], "'0' is not a whole number from 1"),
        (["--services", "10", "many"], "'many' is not a whole number from 1"),
        (["--nodes", "100", "70000"], "--nodes 70000: at most 64000 have an address"),
    ],
)
def test_a_wrong_size_is_refused_before_anything_starts(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
