"""``pulumi-resource-aws`` of a rehearsal."""

from rehearsal.providers.aws.provider import AwsProvider
from rehearsal.providers.plugin import main
from rehearsal.world import World

if __name__ == "__main__":
    main(AwsProvider(World.current()))
