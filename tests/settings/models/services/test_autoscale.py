from typing import Any

import pytest
from pydantic import ValidationError

from settings.models.services.autoscale import AutoscaleSettings
from tests.components.builders import service_settings

OFFICE = {"start": "0 8 * * 1-5", "end": "0 19 * * mon-fri", "timezone": "Europe/Berlin", "replicas": 3}


def message(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        AutoscaleSettings.model_validate(values)
    (error,) = caught.value.errors()
    return str(error["msg"])


def test_a_service_has_as_many_pods_as_its_settings_say():
    fixed, scaled = service_settings(replicas=4), service_settings(autoscale={"min": 0, "max": 8})
    assert (fixed.least_replicas, fixed.most_replicas, fixed.pods) == (4, 4, "4")
    assert (scaled.least_replicas, scaled.most_replicas, scaled.pods) == (0, 8, "0 to 8")


def test_a_fixed_number_beside_it_is_refused():
    with pytest.raises(ValidationError, match="replicas is 4 beside autoscale, which has 1 to 8: omit one of both"):
        service_settings(replicas=4, autoscale={"max": 8})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"min": 4, "max": 2}, "min 4 is more than max 2"),
        ({"min": 2, "max": 2}, "set replicas: 2 instead"),
        ({"max": 2, "to_zero_after": 900}, "to_zero_after counts with min 0 only"),
        ({"max": 2, "schedule": [OFFICE]}, "name more than min and at most max"),
        ({"min": 3, "max": 4, "schedule": [OFFICE]}, "name more than min and at most max"),
        ({"max": 4, "schedule": [{**OFFICE, "end": OFFICE["start"]}]}, "KEDA takes no window that ends when it begins"),
        ({"max": 4, "schedule": [{**OFFICE, "start": "8:00"}]}, "is not a cron expression of five fields"),
        ({"max": 4, "schedule": [{**OFFICE, "start": "0 24 * * *"}]}, "has the hour '24', which is none of 0 to 23:"),
        ({"max": 4, "schedule": [{**OFFICE, "start": "0 8 * * 7"}]}, "which is none of 0 to 6, Sunday being 0:"),
        # From November on KEDA counts the start of February, and has no end in between.
        (
            {"max": 4, "schedule": [{**OFFICE, "start": "0 0 1 2,11 *", "end": "0 0 1 6 *"}]},
            "start '0 0 1 2,11 *' comes again, such as on",
        ),
        ({"max": 4, "schedule": [{**OFFICE, "start": "0 8 * * 7"}]}, "has the day of the week '7'"),
        ({"max": 4, "schedule": [{**OFFICE, "start": "*/0 8 * * *"}]}, "has the minute"),
        ({"max": 4, "schedule": [{**OFFICE, "start": "0 8 * * 5-1"}]}, "has the day of the week"),
        ({"max": 4, "schedule": [{**OFFICE, "end": "00 8 * * 1-5"}]}, "comes again, such as on Monday at 08:00"),
        (
            {"max": 4, "schedule": [{**OFFICE, "start": "0 8-18 * * 1-5"}]},
            "start '0 8-18 * * 1-5' comes again, such as on Monday at 09:00",
        ),
        (
            {"max": 4, "schedule": [{**OFFICE, "end": "0 19 * * *"}]},
            "end '0 19 * * *' comes again, such as on Saturday at 19:00",
        ),
        (
            {"max": 4, "schedule": [{**OFFICE, "end": "0 0 31 4 *"}]},
            "end '0 0 31 4 *' never comes: name a day that its months have",
        ),
        ({"max": 4, "schedule": [{**OFFICE, "timezone": "localtime"}]}, "write its name like UTC or Europe/Berlin"),
        ({"max": 4, "queue_per_replica": 0.0004}, "greater than or equal to 0.001"),
        ({"max": 4, "schedule": [{**OFFICE, "timezone": "Berlin"}]}, "write its name like UTC or Europe/Berlin"),
    ],
)
def test_what_does_not_go_together_is_one_line(values, words):
    assert words in message(**values)
