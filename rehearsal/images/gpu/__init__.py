"""GPUs of an emulated node: which containers use them and how much, and the faults that a rehearsal sets."""
