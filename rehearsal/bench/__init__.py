"""Figures of the rehearsal: times, memory, growth with services, and what survives kill -9."""
