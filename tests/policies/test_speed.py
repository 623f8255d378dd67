from tests.policies import speed


def test_the_pack_judges_as_many_resources_as_asked() -> None:
    assert speed.seconds(20) > 0
