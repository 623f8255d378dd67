"""Accounts of the gateway: what each answer used, learnt from Envoy's access log."""
