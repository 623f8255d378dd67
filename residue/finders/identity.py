"""IAM: instance profiles, roles and OIDC providers by tag. IAM is not in the tagging API, and has no price."""

from collections.abc import Iterator

from preflight.cloud import GoneError
from residue.context import Context
from residue.resource import Resource

_OF_AWS = ("/aws-service-role/", "/aws-reserved/")


def find(context: Context) -> Iterator[Resource]:
    """Instance profiles, roles that are not AWS's own, and OIDC providers; each one's tags are a call of its own."""
    yield from _profiles(context)
    for role in context.cloud.pages("iam", "list_roles", "Roles"):
        if str(role.get("Path", "/")).startswith(_OF_AWS):
            continue
        name = role["RoleName"]
        found = _tag(context, "list_role_tags", RoleName=name)
        if found is not None:
            yield Resource(
                kind="IAM role",
                id=name,
                found_by=found,
                usd_per_month=0.0,
                command=f"aws iam delete-role --role-name {name}",
                detail="detach and delete its policies first",
            )
    for provider in context.cloud.ask("iam", "list_open_id_connect_providers").get("OpenIDConnectProviderList", ()):
        arn = provider["Arn"]
        found = _tag(context, "list_open_id_connect_provider_tags", OpenIDConnectProviderArn=arn)
        if found is not None:
            yield Resource(
                kind="IAM OIDC provider",
                id=arn,
                found_by=found,
                usd_per_month=0.0,
                command=f"aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {arn}",
            )


def _profiles(context: Context) -> Iterator[Resource]:
    """Those of node groups and of Karpenter, which makes one a node class that names a role; a role in one cannot be deleted."""
    for listed in context.cloud.pages("iam", "list_instance_profiles", "InstanceProfiles"):
        name = listed["InstanceProfileName"]
        try:
            profile = context.cloud.ask("iam", "get_instance_profile", InstanceProfileName=name)["InstanceProfile"]
        except GoneError:
            continue  # deleted since it was listed
        found = context.found_by(profile)
        if found is None:
            continue
        removals = [
            f"aws iam remove-role-from-instance-profile --instance-profile-name {name} --role-name {role['RoleName']}"
            for role in profile.get("Roles", ())
        ]
        yield Resource(
            kind="IAM instance profile",
            id=name,
            found_by=found,
            usd_per_month=0.0,
            command=" && ".join([*removals, f"aws iam delete-instance-profile --instance-profile-name {name}"]),
        )


def _tag(context: Context, operation: str, **which: str) -> str | None:
    try:
        return context.found_by(context.cloud.ask("iam", operation, **which))
    except GoneError:
        return None  # deleted since it was listed
