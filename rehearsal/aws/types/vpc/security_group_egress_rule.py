"""Egress rules of security groups."""

from rehearsal.aws.types.vpc.shared import rule_type

TYPE = rule_type("Egress")
