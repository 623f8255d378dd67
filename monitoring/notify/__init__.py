"""Configuration of Alertmanager: which alerts are sent together, which silence others, and the message to Amazon SNS."""

from monitoring.notify.arguments import NotifyArgs
from monitoring.notify.configuration import render

__all__ = ["NotifyArgs", "render"]
