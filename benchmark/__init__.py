"""Benchmark of a served model: the same two loads for every service, as a record that is compared with the last.

Runs and figures are here, without a terminal and without AWS's SDK; ``cli/bench`` is the command.
"""
