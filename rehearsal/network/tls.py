"""TLS to servers of a sandbox whose certificates there is nothing to verify against."""

import ssl


def unverified() -> ssl.SSLContext:
    """A client's context that takes every certificate.

    `ssl.create_default_context` would load the machine's authorities too, which takes 20 ms and 2 MB.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
