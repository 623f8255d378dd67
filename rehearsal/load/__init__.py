"""Load of chat requests on an OpenAI-compatible endpoint: a `Plan` goes in, a `Report` comes out."""

from rehearsal.load.answer import Answer, Outcome
from rehearsal.load.plan import Plan, PlanError, Target
from rehearsal.load.report import Report
from rehearsal.load.running import Running, run

__all__ = ["Answer", "Outcome", "Plan", "PlanError", "Report", "Running", "Target", "run"]
