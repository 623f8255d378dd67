"""Provider plugins of Pulumi as processes: the gRPC protocol, property values on the wire, launchers."""
