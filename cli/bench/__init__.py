"""``llm-platform bench``: measure a served model, keep the record, compare it with the last."""
