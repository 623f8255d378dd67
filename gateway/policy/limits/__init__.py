"""Limits of tenants: requests a second, tokens a minute, concurrent requests and dollars, over several gateway pods."""
