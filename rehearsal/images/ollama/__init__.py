"""A server with the API of Ollama 0.32: native and OpenAI routes, scheduler, model store and registry, without a model."""

VERSION = "0.32.15"
NOTICE = "This is the rehearsal's emulator of Ollama"
