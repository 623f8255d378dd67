"""Lists of metrics that exporters have, read from their sources and written to ``monitoring/metrics``."""
