"""``pulumi-resource-aws`` of a rehearsal."""

from rehearsal.providers.aws.provider import AwsProvider
from rehearsal.providers.plugin import main
from rehearsal.sandbox import Sandbox

if __name__ == "__main__":
    main(AwsProvider(Sandbox.current()))
