"""The two workloads: a fixed question, and 256 tokens in with 128 out; no two requests have the same prompt.

A prefix cache finds a prompt by its first tokens (vLLM: by blocks of 16, https://docs.vllm.ai/en/stable/design/prefix_caching/),
so each prompt starts with a number that no other request has, in this run or in another. Only the chat template, which every real
request has too, is the same.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

QUESTION = "Explain quantum computing in one sentence."
CHAT, SYNTHETIC = "chat", "synthetic"
CHAT_MAX_TOKENS = 128
SYNTHETIC_TOKENS_IN, SYNTHETIC_TOKENS_OUT = 256, 128
_WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "not",
    "he",
    "his",
    "but",
    "at",
    "are",
    "this",
    "have",
    "from",
    "or",
    "had",
    "an",
    "they",
    "which",
    "one",
    "you",
    "were",
    "all",
    "her",
    "she",
    "there",
    "would",
    "their",
    "we",
    "him",
    "been",
    "has",
    "when",
    "who",
    "will",
    "no",
    "more",
    "if",
    "out",
    "so",
    "up",
    "said",
    "what",
    "its",
    "about",
    "than",
    "into",
    "them",
    "can",
    "only",
    "other",
    "time",
    "new",
    "some",
    "could",
    "these",
    "two",
    "may",
    "first",
    "then",
    "do",
    "any",
    "like",
    "my",
    "now",
    "over",
    "such",
    "our",
    "man",
    "me",
    "even",
    "most",
    "made",
    "after",
    "also",
    "did",
    "many",
    "off",
    "before",
    "must",
    "well",
    "back",
    "through",
    "years",
    "much",
    "where",
    "your",
    "way",
    "down",
    "should",
    "because",
    "long",
    "each",
    "just",
    "state",
    "those",
    "people",
    "too",
    "house",
]
"""Frequent English words: one token each for the tokenizers of common models, with the space before it."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What requests contain."""

    name: str
    """``chat`` or ``synthetic``."""
    max_tokens: int
    """Longest answer."""
    words: int = 0
    """Random words of a prompt; 0 for the question."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of each request."""

    def prompts(self, count: int, nonce: str) -> list[str]:
        """``count`` prompts, each other from its first tokens on.

        Args:
            count: How many.
            nonce: Text that no other run has.
        """
        chance = random.Random(nonce)
        return [f"{nonce}-{number:05d} {self._text(chance)}" for number in range(count)]

    def _text(self, chance: random.Random) -> str:
        return " ".join(chance.choices(_WORDS, k=self.words)) if self.words else QUESTION


def chat() -> Workload:
    """The question."""
    return Workload(name=CHAT, max_tokens=CHAT_MAX_TOKENS)


def synthetic(words: int = SYNTHETIC_TOKENS_IN) -> Workload:
    """Random words in, 128 tokens out: ``ignore_eos``, a field of vLLM, lets a model not end earlier."""
    return Workload(name=SYNTHETIC, max_tokens=SYNTHETIC_TOKENS_OUT, words=max(1, words), body={"ignore_eos": True})


def fitting_words(words: int, prompt_tokens: float) -> int:
    """How many words give `SYNTHETIC_TOKENS_IN` tokens with the server's own tokenizer and chat template.

    Args:
        words: Words of the prompts that were sent.
        prompt_tokens: Tokens of one of them, as the server counted; 0 if it did not.
    """
    if prompt_tokens <= 0:
        return words
    # Each word is about one token; what is beyond them is the template and the number in front.
    return max(1, round(words + SYNTHETIC_TOKENS_IN - prompt_tokens))
