"""The platform's program with one thing changed: its pools stand in the public subnets."""

import runpy
from pathlib import Path

import components


class CarelessVpc(components.LlmVpc):
    """Gives out public subnets as those of the nodes."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.node_subnet_ids = {
            zone: self.public_subnet_ids.apply(lambda ids, index=index: ids[index])
            for index, zone in enumerate(self.node_subnet_ids)
        }


components.LlmVpc = CarelessVpc
runpy.run_path(str(Path(components.__file__).parents[1] / "__main__.py"), run_name="__main__")
