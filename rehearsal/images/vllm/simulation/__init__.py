"""An engine that takes the time of public figures: what a step takes, which requests are in it, how long a start is."""
