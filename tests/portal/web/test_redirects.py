"""Redirects after a form."""

from portal.web.redirects import see_other


def test_the_browser_goes_on_with_get():
    answer = see_other("/jobs/1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs/1")
