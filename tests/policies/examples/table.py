"""All examples by rule: those of every module beside this one, each in its ``EXAMPLES``; modules may share a rule."""

from importlib import import_module
from pathlib import Path

from tests.policies.examples import Examples

EXAMPLES: dict[str, Examples] = {}
for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    if path != Path(__file__):
        for rule, examples in import_module(f"tests.policies.examples.{path.stem}").EXAMPLES.items():
            EXAMPLES[rule] = EXAMPLES[rule].with_more(examples) if rule in EXAMPLES else examples
