"""Members that are late or frozen: a second one is asked where that is safe, and nothing is done twice where it is not."""
import threading
import time
import unittest

from harness import App, Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class LateMembers(unittest.TestCase):
    def start(self, members, **tables):
        for member in members:
            self.addCleanup(member.end)
        self.port = free_port()
        self.stead = Stead(proxy_config(self.port, members, **tables), self.port)
        self.addCleanup(self.stead.end)

    def client(self, timeout=10):
        client = Client(self.port, timeout)
        self.addCleanup(client.__exit__)
        return client

    def frozen(self):
        apps = [App("one"), App("two")]
        self.start(apps, pool="check = false\neject = false")
        self.addCleanup(lambda: [app.thaw() for app in apps])
        client = self.client()
        for _ in range(20):  # both have kept connections, and latencies are known
            client.send(GET)
            client.answer()
        apps[0].freeze()
        return apps, client

    def test_a_get_is_answered_by_the_other_member(self):
        _, client = self.frozen()
        for _ in range(10):
            begun = time.monotonic()
            client.send(GET)
            self.assertEqual(client.answer()[2], b"two\n")
            self.assertLess(time.monotonic() - begun, 1)

    def test_a_post_is_never_sent_twice(self):
        apps, _ = self.frozen()
        results = []

        def post(number):
            with Client(self.port, 20) as client:
                body = b"id=%d" % number
                client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                results.append(client.answer()[0])

        threads = [threading.Thread(target=post, args=(i,)) for i in range(20)]
        for thread in threads:
            thread.start()
        # The half that went to the living member is answered; the rest waits for the frozen one, and is not moved.
        wait_until(lambda: len(results) >= 5, what="the answers of the living member")
        apps[0].thaw()
        for thread in threads:
            thread.join(20)
        self.assertEqual(results, [200] * 20)
        ran = []
        for app in apps:
            with Client(app.port) as direct:
                direct.send(b"GET /posts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                ran += direct.answer()[2].decode().split("\n")
        self.assertEqual(sorted(one for one in ran if one), sorted(f"id={i}" for i in range(20)))

    def test_the_first_answer_wins_and_the_other_is_given_up(self):
        slow_asked, go = threading.Event(), threading.Event()

        def slow(connection):
            slow_asked.set()
            go.wait(20)
            return connection.ok(b"slow")

        self.addCleanup(go.set)
        members = [RawMember(slow), RawMember(lambda c: c.ok(b"fast"))]
        self.start(members, pool='balance = "round-robin"\ncheck = false\neject = false\ntimeouts = { try = "50ms" }')
        client = self.client()
        for _ in range(4):
            client.send(GET)
            self.assertEqual(client.answer()[2], b"fast")
        self.assertTrue(slow_asked.is_set(), "no request went to the slow member")
        self.assertGreaterEqual(sum(loop["counters"]["hedges_won"] for loop in self.stead.status()["loops"]), 1)

    def test_a_pool_that_is_slow_by_nature_is_served_and_not_ejected(self):
        def slow(connection):
            time.sleep(0.15)  # what this member is: slow
            return connection.ok()

        members = [RawMember(slow), RawMember(slow)]
        self.start(members)
        results = []

        def some():
            with Client(self.port, 20) as client:
                for _ in range(5):
                    client.send(GET)
                    results.append(client.answer()[0])

        threads = [threading.Thread(target=some) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(results, [200] * 40)
        states = [member["state"] for member in self.stead.status()["pools"][0]["members"]]
        self.assertEqual(states, ["up", "up"], self.stead.read_log())

    def test_all_frozen_then_thawed(self):
        apps, client = self.frozen()
        apps[1].freeze()
        client.send(GET)
        wait_until(lambda: sum(loop["counters"]["hedges"] for loop in self.stead.status()["loops"]) > 0, what="a second try")
        for app in apps:
            app.thaw()
        self.assertEqual(client.answer()[0], 200)

    def test_a_member_without_an_answer_is_given_up_in_the_end(self):
        go = threading.Event()
        self.addCleanup(go.set)
        self.start([RawMember(lambda c: go.wait(20) and c.ok())],
                   pool='check = false\ntimeouts = { first-byte = "300ms" }')
        client = self.client()
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(client.answer()[0], 504)


if __name__ == "__main__":
    unittest.main()
