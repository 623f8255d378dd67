"""What the subcommands of ``rehearse`` do."""
