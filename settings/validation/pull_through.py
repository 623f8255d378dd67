"""Issues of pull-through caches beside the rest of a stack: account, prefix, secrets."""

import re

from settings.derived.pull_through import LONGEST_PREFIX, cache_rules
from settings.models.account import SET_ACCOUNT
from settings.models.mirrors import ImageSettings
from settings.validation.arns import check_arn
from settings.validation.partial import PartialSettings

_PREFIX = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*", re.ASCII)
"""Repository prefixes that Amazon ECR takes (API Reference, CreatePullThroughCacheRule)."""


def check_pull_through(partial: PartialSettings) -> None:
    """Add every issue of ``images.pull_through``."""
    images: ImageSettings = partial.values.get("images", ImageSettings())
    if images.pull_through is None:
        return
    if "account" not in partial.raw:
        partial.add_issue(f"is missing: images.pull_through names images by it; {SET_ACCOUNT}", "account")
    for rule in cache_rules(images.pull_through, partial.stack):
        keys = ("images", "pull_through", rule.key, "secret_arn")
        check_arn(partial, rule.secret_arn, *keys, user="the cache rule")
    prefixes = [rule.prefix for rule in cache_rules(images.pull_through, partial.stack)]
    wrong = next((one for one in prefixes if len(one) > LONGEST_PREFIX or not _PREFIX.fullmatch(one)), None)
    if wrong:
        partial.add_issue(
            f"makes the prefix {wrong}, and Amazon ECR takes {LONGEST_PREFIX} characters at most, lower-case letters and digits "
            f"with . _ - or / between them: set one of {LONGEST_PREFIX - len(wrong.rpartition('/')[2]) - 1} characters at most",
            *("images", "pull_through", "prefix"),
        )
