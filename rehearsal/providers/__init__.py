"""Stand-in Pulumi providers: ordinary plugins that the engine loads by path."""
