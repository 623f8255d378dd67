"""What all tests share."""

from hypothesis import settings

# A busy machine is slow, and that is no failure: examples have no deadline.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
