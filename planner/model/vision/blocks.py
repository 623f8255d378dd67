"""Parts that vision transformers are made of, by their parameters."""


def linear(inputs: int, outputs: int, *, bias: bool) -> int:
    """A projection from one width to another."""
    return inputs * outputs + (outputs if bias else 0)


def layer_norm(width: int) -> int:
    """A norm with weight and bias."""
    return 2 * width


def attention(width: int, *, kv_width: int | None = None, bias: bool) -> int:
    """Projections of queries, keys, values and the output."""
    keys = width if kv_width is None else kv_width
    return 2 * linear(width, width, bias=bias) + 2 * linear(width, keys, bias=bias)


def network(width: int, inner: int, *, gated: bool, bias: bool) -> int:
    """A feed-forward network."""
    up = (2 if gated else 1) * linear(width, inner, bias=bias)
    return up + linear(inner, width, bias=bias)
