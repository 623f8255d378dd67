"""Load of chat requests on an OpenAI-compatible endpoint: a `Plan` goes in, a `Report` comes out."""

from load.answer import Answer, Outcome
from load.plan import Plan, PlanError, Target
from load.report import Report
from load.running import Running, allow_files, run

__all__ = ["Answer", "Outcome", "Plan", "PlanError", "Report", "Running", "Target", "allow_files", "run"]
