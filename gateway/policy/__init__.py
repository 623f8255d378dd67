"""Policy service of the gateway: decides on each request for Envoy, and accounts for each answer."""
