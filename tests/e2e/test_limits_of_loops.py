"""Limits hold over all data loops together, whichever of them a client has come to."""
import threading
import unittest

from harness import Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class LimitsOfLoops(unittest.TestCase):
    def start(self, script, *, limit=None, pool="", worker=""):
        self.member = RawMember(script)
        self.addCleanup(self.member.end)
        self.port = free_port()
        text = proxy_config(self.port, [self.member], pool="check = false\n" + pool, extra=worker)
        text = text.replace("loops = 1", "loops = 2")
        if limit is not None:
            at = f'"127.0.0.1:{self.member.port}"'
            text = text.replace(at, f"{{ at = {at}, max-connections = {limit} }}")
        self.stead = Stead(text, self.port)
        self.addCleanup(self.stead.end)

    def client(self):
        client = Client(self.port)
        self.addCleanup(client.__exit__)
        return client

    def counters(self, name):
        return [loop["counters"][name] for loop in self.stead.status()["loops"]]

    def peak_at_member(self, limit):
        """How many requests were with the member at once, of twice its limit on each loop."""
        lock, room, inside, peak = threading.Lock(), threading.Semaphore(0), [0], [0]

        def script(connection):
            with lock:
                inside[0] += 1
                peak[0] = max(peak[0], inside[0])
            room.acquire(timeout=10)
            with lock:
                inside[0] -= 1
            return connection.ok()

        # The kernel deals connections out as it likes; a full house means that each loop has its half of them.
        each = 2 * limit
        self.start(script, limit=limit, pool='queue = { max = 100, timeout = "10s" }',
                   worker=f"max-connections = {2 * each}")
        clients = [self.client() for _ in range(2 * each)]
        for client in clients:
            client.send(GET)
        wait_until(lambda: self.counters("requests") == [each, each], what="requests on both loops")
        wait_until(lambda: sum(self.counters("queue_length")) + inside[0] == len(clients), what="a rest")
        for _ in clients:
            room.release()
        self.assertEqual([client.answer()[0] for client in clients], [200] * len(clients))
        return peak[0]

    def test_an_even_limit_of_a_member_holds_over_two_loops(self):
        self.assertEqual(self.peak_at_member(2), 2)

    def test_clients_beyond_the_limit_are_served_as_others_leave(self):
        self.start(lambda c: c.ok(), worker="max-connections = 4")  # of [worker]
        inside = [self.client() for _ in range(4)]
        for client in inside:
            client.send(GET)
            self.assertEqual(client.answer()[0], 200)
        waiting = [self.client() for _ in range(4)]
        for client in waiting:
            client.send(GET)
        wait_until(lambda: sum(self.counters("accept_pauses")) > 0, what="a full house")
        self.assertEqual(sum(self.counters("connections")), 4)
        self.assertEqual(len(self.member.requests), 4)
        for leaving in range(4):
            inside[leaving].__exit__()
            wait_until(lambda: len(self.member.requests) == 5 + leaving, what="the next client's request")
        self.assertEqual([client.answer()[0] for client in waiting], [200] * 4)


if __name__ == "__main__":
    unittest.main()
