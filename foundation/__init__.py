"""What the components stand on: settings, names, providers and pure arithmetic. No resource is created here."""
