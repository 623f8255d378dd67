"""A server with the face of vLLM 0.32: its API, error bodies, metrics, options and start-up failures, without a model."""

VERSION = "0.32.0"
NOTICE = "This is the rehearsal's emulator of vLLM"
