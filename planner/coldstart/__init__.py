"""Cold starts: from a pending pod to an engine that answers, in pieces with ranges and sources."""
