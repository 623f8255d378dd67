"""A policy pack that reads the stack it judges."""

import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def no_greeters(args, report_violation):
    if args.resource_type == "toy:index:Greeter":
        mode = "preview" if pulumi.runtime.is_dry_run() else "update"
        report_violation(f"{pulumi.get_project()}/{pulumi.get_stack()} {mode}: act={pulumi.Config().get('act')}", None)


PolicyPack(
    "toy-pack",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy("no-greeters", "Greeters are refused.", no_greeters)],
)
