"""Code that calls a model through a gateway: curl, Python and JavaScript, with address and model filled in."""

from dataclasses import dataclass
from typing import Final

KEY_VARIABLE: Final = "LLM_API_KEY"
"""Environment variable that the samples read the key from."""


@dataclass(frozen=True)
class Sample:
    """A piece of code in one language."""

    language: str
    needs: str
    """What must be installed; empty for nothing."""
    code: str


def samples(url: str, model: str) -> tuple[Sample, ...]:
    """Return code for a model.

    Args:
        url: Base URL of the gateway, with ``/v1``.
        model: ``STACK/SERVICE``.
    """
    return (
        Sample("curl", "", _CURL.format(url=url, model=model, key=KEY_VARIABLE)),
        Sample("Python", "pip install openai", _PYTHON.format(url=url, model=model, key=KEY_VARIABLE)),
        Sample("JavaScript", "npm install openai", _JAVASCRIPT.format(url=url, model=model, key=KEY_VARIABLE)),
    )


_CURL = """\
curl {url}/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello"}}]}}'"""

_PYTHON = """\
import os

from openai import OpenAI

client = OpenAI(base_url="{url}", api_key=os.environ["{key}"])
answer = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.choices[0].message.content)"""

_JAVASCRIPT = """\
import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{url}", apiKey: process.env.{key} }});
const answer = await client.chat.completions.create({{
  model: "{model}",
  messages: [{{ role: "user", content: "Hello" }}],
}});
console.log(answer.choices[0].message.content);"""
