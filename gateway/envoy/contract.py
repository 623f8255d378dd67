"""Names that Envoy's configuration and the policy service share: headers, paths, metadata namespaces and their keys.

The policy answers a `Check` with the headers below; Envoy acts on them and sends none of them to an engine. A caller's own
headers with the same prefix are removed before anything looks at a request.
"""

PREFIX = "x-llm-"
"""Every header between the policy and Envoy begins with it."""
CLUSTER_HEADER = "x-llm-cluster"
"""Name of the cluster that gets the request: the service's public name, `STACK/SERVICE`."""
AUTHORIZATION_HEADER = "x-llm-authorization"
"""What the engine gets as `Authorization`, such as `Bearer KEY`. Without it the engine gets none: never the caller's."""
RESPONSE_LOG_HEADER = "x-llm-response-log"
"""Only of a request whose response is logged: a JSON list of tenant, team and the service's public name."""

MODELS_PATH = "/v1/models"
"""The policy answers it itself."""
COMPLETIONS_PATH = "/v1/completions"
"""Its body may have many prompts; the policy gets the first `PROMPTS_BYTES` of it, as no field of it tells how many, and of a longer
one `TEXTS_AND_LISTS`."""
PROMPTS_BYTES = 256 * 1024
"""Well below the longest message of the policy, `rpc.connection.MOST_MESSAGE_BYTES`."""
RESPONSES_PATH = "/v1/responses"
EMBEDDINGS_PATH = "/v1/embeddings"
"""An answer of it has no completion tokens."""

SMALL_BYTES = 4096
"""A body of a stated length up to this is read before the policy decides, which is one call then.

Parsing the worst of that length takes Envoy about as long as the call that it saves, 1 to 2 ms, and less than 1 MiB."""
CALLER_EXTENSION = "caller"
"""Key of a `CheckRequest`'s context extensions: which of the two calls of a longer body it is, `CALLER_FIRST` or `CALLER_KNOWN`."""
CALLER_FIRST, CALLER_KNOWN = "first", "known"
"""Only headers are there, and who sends them is decided; the body's fields are there, of a caller that was let pass before."""

REQUEST_NAMESPACE = "llm"
"""Dynamic metadata with the fields of the request's body and the usage of the answer, of the kinds that JSON has.

A field that the body lacks is absent. Nothing is checked: `model` may be a number, `n` a list. Absent altogether when the
body is not a JSON object, or its content type is not `application/json`.
"""
REQUEST_FIELDS = {
    "model": "model",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_completion_tokens",
    "max_output_tokens": "max_output_tokens",
    "n": "n",
    "best_of": "best_of",
}
"""Keys of `REQUEST_NAMESPACE` before the request, and the path of each in the body."""
NUMBER_FIELDS = tuple(name for name in REQUEST_FIELDS if name != "model")
"""Those that engines read as whole numbers."""
LONG_TEXT = "a text that is too long to be read"
"""Value of one of `NUMBER_FIELDS` whose text is longer than what Envoy puts into metadata."""
TEXTS_AND_LISTS = "texts_and_lists"
"""Key of `REQUEST_NAMESPACE`, only of a completion's body that is longer than `PROMPTS_BYTES`: how many texts and lists the whole of it
has, keys included. Each prompt is one of them."""
USAGE_FIELDS = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
"""Keys of `REQUEST_NAMESPACE` after the answer, numbers: the last `usage` that the engine sent, of an aborted stream too.

The first two come from chat, completions and embeddings, the others from responses. Absent when none was sent."""
EVENT_NUMBER = "sequence_number"
"""Key of `REQUEST_NAMESPACE`: the number of the last event of a stream of responses, whose usage is in its last event alone."""

ANSWER_REFUSED = "answer_refused"
"""Key of `REQUEST_NAMESPACE`: true where the engine's answer has too many values, so that the client got an error in its place."""
TOO_LARGE_DETAILS = "response_payload_too_large"
"""What Envoy says of an answer that was longer than its buffer, which is an error for the client too."""

DECISION_NAMESPACE = "envoy.filters.http.ext_authz"
"""Dynamic metadata of the `CheckResponse`, which the access log brings back to the policy."""
CLAIMS_NAMESPACE = "envoy.filters.http.jwt_authn"
"""Dynamic metadata of the check of a JSON Web Token; absent without an issuer."""
CLAIMS_KEY = "claims"
"""The token's payload; there only when signature, issuer, audience and times are right."""
CLAIMS_FAILURE_KEY = "failure"
"""What was wrong with a token or what looked like one: `code` and `message`. A key of the gateway has this too."""
