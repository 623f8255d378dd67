"""Component providers of the rehearsal: awsx and eks, which expand into the children of the real ones."""
