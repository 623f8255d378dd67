"""Settings of the interpreter for a process that imports many modules, registers its resources and ends.

Importing this module makes them; ``components`` imports it first.
"""

import atexit
import gc
from typing import Final

from components import lazy_sdk

# Container objects that are allocated until a garbage collection starts. The SDKs' modules make some 300,000, which all
# live until the end: Python's 700 would mean a thousand collections that find next to nothing.
GC_THRESHOLD: Final = 500_000

lazy_sdk.install()
gc.set_threshold(GC_THRESHOLD)
# The interpreter's last collections would visit every object, to free memory that the system takes back a moment later.
atexit.register(gc.freeze)
