"""Response logs: a process of its own takes copies of requests and answers from Envoy, and writes them to Firehose."""
