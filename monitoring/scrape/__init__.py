"""Configuration of Prometheus: what it scrapes and keeps, how much at most, and where samples and alerts go."""

from monitoring.scrape.arguments import RemoteWrite, ScrapeArgs
from monitoring.scrape.configuration import render, render_jobs

__all__ = ["RemoteWrite", "ScrapeArgs", "render", "render_jobs"]
