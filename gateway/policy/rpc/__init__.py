"""gRPC server for one peer, Envoy, on a Unix socket: unary calls, without a library's threads.

A general gRPC server costs more CPU than the decision that it carries (`make bench`). Of HTTP/2 (RFC 9113) and gRPC
(https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) this is what Envoy's client needs: no header is read, since the
messages say what is called.
"""
