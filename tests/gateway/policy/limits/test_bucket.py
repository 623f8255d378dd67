"""The shared bucket with a clock that tests move, also as several pods that exchange through one table."""

import math
import random

import pytest

from gateway.policy.limits.bucket import EXCHANGE_SECONDS, LOCAL_AFTER_SECONDS, SharedBucket


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_burst_and_then_the_rate():
    clock = Clock()
    bucket = SharedBucket(2, 4, 1, clock)
    for _ in range(4):
        assert bucket.wait(1) == 0
        bucket.take(1)
    assert bucket.wait(1) == pytest.approx(0.5)
    clock.now = 0.5
    assert bucket.wait(1) == 0


def test_more_than_it_holds_waits_for_a_full_bucket():
    clock = Clock()
    bucket = SharedBucket(10, 100, 1, clock)
    bucket.take(50)
    assert bucket.wait(10**9) == pytest.approx(5)
    clock.now = 5.0
    assert bucket.wait(10**9) == 0


def test_what_is_given_back_never_exceeds_the_capacity():
    bucket = SharedBucket(1, 100, 1, Clock())
    bucket.give(10**9)
    assert bucket.remaining() == 100


def test_what_the_own_requests_used_beyond_is_waited_for_whole():
    bucket = SharedBucket(10, 100, 1, Clock())
    bucket.take(100)
    bucket.give(-1000)
    bucket.exchanged(0)
    assert bucket.wait(100) == pytest.approx(110)


def test_of_what_others_used_a_pod_owes_three_buckets_at_most():
    bucket = SharedBucket(10, 100, 2, Clock())
    bucket.exchanged(10**9)
    assert bucket.wait(100) == pytest.approx(40)


class Pods:
    """Pods that count in one table and exchange a little apart from each other."""

    def __init__(self, count, rate, capacity):
        self.clock = Clock()
        self.buckets = [SharedBucket(rate, capacity, count, self.clock) for _ in range(count)]
        self.table, self.seen = 0.0, [0.0] * count
        self.next = [EXCHANGE_SECONDS * (1 + number / count) for number in range(count)]
        self.admitted = []
        self.connected = True

    def step(self, seconds, demand, amount=1, choose=None):
        """Let each pod of `demand` try `amount`, or what `choose` draws, as often as it can, every 10 ms."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            for number in range(len(self.buckets)):
                self.exchange(number)
                while number in demand and self.take(number, choose() if choose else amount):
                    pass
            self.clock.now += 0.01

    def take(self, number, amount):
        """Let a pod try `amount`; whether it took it."""
        bucket = self.buckets[number]
        if bucket.wait(amount):
            return False
        bucket.take(amount)
        self.admitted.append((self.clock.now, amount))
        return True

    def exchange(self, number):
        """Let a pod exchange, if it is time."""
        if self.connected and self.clock.now >= self.next[number]:
            self.next[number] += EXCHANGE_SECONDS
            bucket = self.buckets[number]
            own, bucket.unreported = bucket.unreported, 0.0
            self.table += own
            bucket.exchanged(self.table - self.seen[number] - own)
            self.seen[number] = self.table

    def most(self, seconds):
        """The most that was admitted in any window of so many seconds."""
        times = [at for at, _ in self.admitted]
        return max(
            (sum(amount for at, amount in self.admitted if start <= at < start + seconds) for start in times), default=0
        )


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize(("rate", "capacity", "amount"), [(10, 10, 1), (50, 3000, 500), (50, 3000, 40)])
def test_all_pods_together_stay_within_the_stated_bound(count, rate, capacity, amount):
    pods = Pods(count, rate, capacity)
    random_ = random.Random(f"{count}{rate}{amount}")
    for _ in range(30):
        pods.step(random_.uniform(0.5, 4), random_.sample(range(count), random_.randint(1, count)), amount)
    for seconds in (1, 5, 20):
        assert pods.most(seconds) <= rate * seconds + (4 - 4 / count) * capacity + count * amount
    total = sum(each for _, each in pods.admitted)
    assert total <= rate * pods.clock.now + (4 - 4 / count) * capacity + count * amount


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("amounts", [(1800, 36), (2900, 100, 36), (400, 20), (2900,)])
def test_large_requests_beside_small_ones_stay_within_the_stated_bound(count, amounts):
    pods, random_ = Pods(count, 50, 3000), random.Random(f"{count}{amounts}")
    for pause in 4 * (0, 10, 70):
        demand = random_.sample(range(count), random_.randint(1, count))
        pods.step(random_.uniform(0.5, 5), demand, choose=lambda: random_.choice(amounts))
        pods.step(pause, ())
    for seconds in (1, 2, 5, 20):
        assert pods.most(seconds) <= 50 * seconds + (4 - 4 / count) * 3000 + count * max(amounts)


@pytest.mark.parametrize("large", [40_000, 60_000, 90_000])
def test_a_large_request_finds_room_beside_small_ones_that_use_little(large):
    """Two pods, small requests of 600 five times a second that use 60, and a client that tries a large one three times."""
    pods, random_ = Pods(2, 100_000 / 60, 100_000), random.Random(large)
    bucket, waits, lost, late = pods.buckets[0], [], 0, []
    for tick in range(100 * 400):
        pods.exchange(0)
        pods.exchange(1)
        if tick % 20 == 0 and pods.take(0, 600):
            bucket.give(540)
        if tick % 2000 == 1000:
            waits = [(tick + random_.randrange(500), 1)]
        if waits and tick == waits[0][0]:
            [(_, tries)] = waits
            waits = []
            if pods.take(0, large):
                bucket.give(0.99 * large)
                late.append(tries)
            elif tries == 3:
                lost += 1
            else:
                waits = [(tick + 100 * math.ceil(bucket.wait(large)), tries + 1)]
        pods.clock.now += 0.01
    assert lost == 0
    assert len(late) == 20


def test_one_pod_gets_the_whole_rate_while_the_others_are_idle():
    pods = Pods(4, 20, 20)
    pods.step(8, {0})
    pods.admitted.clear()
    pods.step(20, {0})
    assert len(pods.admitted) >= 0.9 * 20 * 20


def test_busy_pods_use_the_whole_rate_together():
    pods = Pods(3, 30, 30)
    pods.step(20, {0, 1, 2})
    assert 0.8 * 600 <= len(pods.admitted) <= 660


def test_without_the_table_each_pod_has_its_share():
    pods = Pods(4, 40, 40)
    pods.connected = False
    pods.step(LOCAL_AFTER_SECONDS, {0, 1, 2, 3})
    pods.admitted.clear()
    pods.step(20, {0, 1, 2, 3})
    assert len(pods.admitted) <= 40 * 20 * 1.05 + 40
    pods.admitted.clear()
    pods.step(20, {0})
    assert len(pods.admitted) <= 10 * 20 * 1.05 + 40


def test_a_changed_limit_counts_at_once():
    bucket = SharedBucket(10, 100, 1, Clock())
    bucket.configure(1, 10, 2)
    assert bucket.remaining() == 10


def test_a_changed_rate_counts_from_now_on_also_where_the_capacity_stays():
    """Less than one request a second: the bucket holds one either way."""
    clock = Clock()
    bucket = SharedBucket(0.5, 1, 1, clock)
    bucket.take(1)
    clock.now = 1.0
    bucket.configure(0.1, 1, 1)
    assert bucket.wait(1) == pytest.approx(0.5 / 0.1)


def test_a_pod_that_has_its_allowance_waits_for_the_exchange():
    clock = Clock()
    bucket = SharedBucket(10, 10, 2, clock)
    for _ in range(5):
        assert bucket.wait(1) == 0
        bucket.take(1)
    clock.now = 0.3
    assert bucket.wait(1) == pytest.approx(EXCHANGE_SECONDS - 0.3)
    clock.now = 1.5
    assert bucket.wait(1) == 0.05, "an exchange that is late may come at any moment"


@pytest.mark.parametrize(("others", "more"), [(0, 7), (3, 6), (5, 5), (9, 5)])
def test_what_others_took_is_not_allowed_to_this_pod(others, more):
    """It may take what it took before, 5, and half of what all left, or its share."""
    clock = Clock()
    bucket = SharedBucket(100, 10, 2, clock)
    for _ in range(5):
        bucket.take(1)
    clock.now = EXCHANGE_SECONDS
    bucket.exchanged(others)
    clock.now += 0.5  # the level is full again
    taken = 0
    while bucket.wait(1) == 0:
        bucket.take(1)
        taken += 1
    assert taken == more
