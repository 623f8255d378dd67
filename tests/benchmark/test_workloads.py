"""Prompts that no prefix cache finds."""

from benchmark.workloads import QUESTION, chat, fitting_words, synthetic


def test_no_two_prompts_begin_alike() -> None:
    """A block of 16 tokens holds at least the number, which is in the first 16 characters."""
    prompts = [*chat().prompts(500, "0123abcd"), *chat().prompts(500, "4567abcd")]
    assert len({prompt[:14] for prompt in prompts}) == 1000
    assert all(prompt.endswith(QUESTION) for prompt in prompts)


def test_random_words_differ_too() -> None:
    one, other = synthetic().prompts(2, "0123abcd")
    assert one.split()[1:9] != other.split()[1:9]
    assert len(one.split()) == 257
    assert synthetic().body == {"ignore_eos": True}


def test_words_follow_the_count_of_the_server() -> None:
    assert fitting_words(256, 276.0) == 236
    assert fitting_words(256, 200.4) == 312
    assert fitting_words(256, 0) == 256
    assert fitting_words(10, 9000.0) == 1
