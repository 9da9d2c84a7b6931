"""What is asked a second time and what never is: seen in the members' own journals, not in what the client was told."""
import threading
import time
import unittest

from harness import App, Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
QUIET = "check = false\neject = false\n"  # so that nothing but the request itself finds out


def request(method, body=b""):
    return b"%s / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (method, len(body), body)


class Hedges(unittest.TestCase):
    def start(self, members, **tables):
        self.members = members
        for member in members:
            self.addCleanup(member.end)
        self.port = free_port()
        self.stead = Stead(proxy_config(self.port, members, **tables), self.port)
        self.addCleanup(self.stead.end)

    def client(self, timeout=10):
        client = Client(self.port, timeout)
        self.addCleanup(client.__exit__)
        return client

    def total(self, counter):
        return sum(loop["counters"][counter] for loop in self.stead.status()["loops"])

    def journal(self, app):
        with Client(app.port) as direct:
            direct.send(b"GET /posts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return [line for line in direct.answer()[2].decode().split("\n") if line]

    def silent(self):
        """A member that takes requests and answers none of them until the test is over."""
        over = threading.Event()
        self.addCleanup(over.set)
        return RawMember(lambda c: over.wait(20) and False)

    # --- frozen

    def test_one_frozen_member_costs_a_get_less_than_a_second(self):
        apps = [App("one"), App("two")]
        self.start(apps, pool=QUIET)
        apps[0].freeze()
        for _ in range(10):
            begun = time.monotonic()
            client = self.client()  # no connection to a member is known to work
            client.send(GET)
            self.assertEqual(client.answer()[2], b"two\n")
            self.assertLess(time.monotonic() - begun, 1)

    def test_a_post_to_a_frozen_member_fails_in_time_and_is_done_at_most_once(self):
        apps = [App("one"), App("two")]
        self.start(apps, pool=QUIET + 'timeouts = { first-byte = "400ms" }')
        apps[0].freeze()
        statuses = []
        for number in range(12):
            client = self.client()
            client.send(request(b"POST", b"id=%d" % number))
            statuses.append(client.answer()[0])
        self.assertEqual(set(statuses), {200, 504})
        failed = {f"id={number}" for number, status in enumerate(statuses) if status == 504}
        apps[0].thaw()
        thawed = lambda: set(self.journal(apps[0]))
        wait_until(lambda: thawed() == failed, what="what the frozen member had been given")
        ran = self.journal(apps[0]) + self.journal(apps[1])
        self.assertEqual(len(ran), len(set(ran)), "a POST was done twice")
        self.assertFalse(failed & set(self.journal(apps[1])), "a POST that failed was given to the other member")

    def test_both_frozen_then_thawed(self):
        apps = [App("one"), App("two")]
        self.start(apps, pool=QUIET)
        for app in apps:
            app.freeze()
        clients = [self.client() for _ in range(8)]
        for number, client in enumerate(clients):
            client.send(request(b"POST", b"id=%d" % number) if number % 2 else GET)
        wait_until(lambda: self.total("hedges") > 0, what="a second try")
        for app in apps:
            app.thaw()
        self.assertEqual([client.answer()[0] for client in clients], [200] * 8)
        self.assertEqual(sorted(self.journal(apps[0]) + self.journal(apps[1])), ["id=1", "id=3", "id=5", "id=7"])

    # --- which requests

    def test_only_safe_requests_are_with_two_members_at_once(self):
        methods = {b"HEAD": True, b"OPTIONS": True, b"PUT": False, b"DELETE": False, b"PATCH": False}
        for method, hedged in methods.items():
            with self.subTest(method=method):
                slow, fast = self.silent(), RawMember(lambda c: c.answer(b"HTTP/1.1 204 No Content\r\n\r\n"))
                self.start([slow, fast], pool=QUIET + 'balance = "round-robin"\n'
                                                      'timeouts = { try = "50ms", first-byte = "400ms" }')
                statuses = []
                for _ in range(2):  # one for each member
                    client = self.client()
                    client.send(request(method))
                    statuses.append(client.answer(method.decode())[0])
                self.assertEqual(sorted(statuses), [204, 204] if hedged else [204, 504])
                self.assertEqual(len(slow.requests), 1)
                self.assertEqual(len(fast.requests), 2 if hedged else 1)

    def test_a_get_whose_body_is_not_all_there_is_not_with_two_members(self):
        slow, other = self.silent(), self.silent()
        self.start([slow, other], pool=QUIET + 'timeouts = { try = "50ms", first-byte = "300ms" }')
        client = self.client()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000)
        wait_until(lambda: len(slow.requests) + len(other.requests) > 0, what="the request at a member")
        client.send(b"x" * 99000)
        self.assertEqual(client.answer()[0], 504)
        self.assertEqual(len(slow.requests) + len(other.requests), 1)

    def test_a_post_whose_member_dies_over_it_is_not_given_to_another(self):
        dying, healthy = RawMember(lambda c: c.reset()), RawMember(lambda c: c.ok())
        self.start([dying, healthy], pool=QUIET + 'balance = "round-robin"')
        statuses = []
        for number in range(6):
            client = self.client()
            client.send(request(b"POST", b"id=%d" % number))
            statuses.append(client.answer()[0])
        self.assertEqual(sorted(statuses), [200] * 3 + [502] * 3)
        bodies = [one.body for one in dying.requests + healthy.requests]
        self.assertEqual(sorted(bodies), [b"id=%d" % number for number in range(6)])

    # --- slow is not dead

    def test_a_member_that_is_always_slow_beside_a_fast_one_is_spared_but_not_taken_for_dead(self):
        """Where another is clearly better it may be ejected for a while; it is never down, and gets requests again."""
        def slow(connection):
            time.sleep(0.12)  # what this member is: slow
            return connection.ok()

        self.start([RawMember(slow), RawMember(lambda c: c.ok())],
                   pool='balance = "round-robin"\nslow-start = "off"\neject = { after = 2, for = "300ms" }\n'
                        'timeouts = { try = "50ms" }')
        results = []

        def some(method):
            with Client(self.port, 20) as client:
                for _ in range(8):
                    client.send(request(method))
                    results.append(client.answer()[0])

        threads = [threading.Thread(target=some, args=(method,)) for method in (b"GET", b"POST") * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(results, [200] * 48)
        asked = len(self.members[0].requests)
        client = self.client()

        def asked_again():
            client.send(request(b"POST"))
            self.assertEqual(client.answer()[0], 200)
            return len(self.members[0].requests) > asked

        wait_until(asked_again, what="a request at the slow member, after its term")
        self.assertNotIn(" is down", self.stead.read_log())

    def test_hedges_have_a_budget(self):
        self.start([self.silent(), self.silent()],
                   pool=QUIET + 'retry-budget = "0%"\ntimeouts = { try = "50ms", first-byte = "500ms" }')
        clients = [self.client() for _ in range(60)]
        for client in clients:
            client.send(GET)
        self.assertEqual([client.answer()[0] for client in clients], [504] * 60)
        self.assertLess(sum(len(member.requests) for member in self.members), 60 + 30)
        self.assertGreater(self.total("retry_budget_exhausted"), 0)


if __name__ == "__main__":
    unittest.main()
