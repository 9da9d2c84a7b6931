"""What happens at a limit: connections wait for room, requests wait for a member, and the wait has an end."""
import socket
import struct
import threading
import time
import unittest

from harness import Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Limits(unittest.TestCase):
    def start(self, members, **tables):
        for member in members:
            self.addCleanup(member.end)
        self.port = free_port()
        self.stead = Stead(proxy_config(self.port, members, **tables), self.port)
        self.addCleanup(self.stead.end)

    def client(self):
        client = Client(self.port)
        self.addCleanup(client.__exit__)
        return client

    def total(self, counter):
        return sum(loop["counters"][counter] for loop in self.stead.status()["loops"])

    def test_a_client_beyond_the_limit_waits_for_a_place(self):
        self.start([RawMember(lambda c: c.ok())], extra="max-connections = 4")  # ends [worker]
        clients = [self.client() for _ in range(4)]
        for client in clients:
            client.send(GET)
            self.assertEqual(client.answer()[0], 200)
        late = self.client()
        late.send(GET)
        wait_until(lambda: self.total("accept_pauses") > 0, what="a full house")
        late.socket.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            late.socket.recv(1)
        clients[0].__exit__()
        late = self.client()  # a reader that has timed out cannot go on; the waiting one is served before this one
        late.send(GET)
        clients[1].__exit__()
        self.assertEqual(late.answer()[0], 200)

    def busy_member(self):
        """A member that answers when told to, in the order in which it was asked."""
        self.asked, self.tickets = [], threading.Semaphore(0)

        def script(connection):
            self.asked.append(connection.request.target)
            self.tickets.acquire(timeout=20)
            return connection.ok(connection.request.target.encode())

        return RawMember(script)

    def request(self, path):
        client = self.client()
        client.send(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        return client

    def limited(self, queue):
        member = self.busy_member()
        self.start([member], pool=f"queue = {queue}")
        self.stead.write(self.stead_text().replace(f'"127.0.0.1:{member.port}"',
                                                   f'{{ at = "127.0.0.1:{member.port}", max-connections = 1 }}'))
        self.assertEqual(self.stead.command("reload").returncode, 0)

    def stead_text(self):
        with open(self.stead.file) as f:
            return f.read()

    def waiting(self):
        return sum(loop["counters"]["queue_length"] for loop in self.stead.status()["loops"])

    def test_requests_beyond_a_members_limit_wait_their_turn(self):
        self.limited('{ max = 10, timeout = "10s" }')
        first = self.request(b"/0")
        wait_until(lambda: self.asked == ["/0"], what="the first request")
        others = []
        for i in (1, 2, 3):
            others.append(self.request(b"/%d" % i))
            wait_until(lambda: self.waiting() == i, what=f"{i} waiting requests")
        for _ in range(4):
            self.tickets.release()
        self.assertEqual(first.answer()[2], b"/0")
        self.assertEqual([client.answer()[2] for client in others], [b"/1", b"/2", b"/3"])
        self.assertEqual(self.asked, ["/0", "/1", "/2", "/3"])

    def test_a_wait_has_an_end(self):
        self.limited('{ max = 10, timeout = "200ms" }')
        first = self.request(b"/0")
        wait_until(lambda: self.asked == ["/0"], what="the first request")
        begun = time.monotonic()
        status, fields, _ = self.request(b"/1").answer()
        self.assertEqual((status, fields["retry-after"]), (503, "1"))
        self.assertGreaterEqual(time.monotonic() - begun, 0.19)
        self.tickets.release()
        self.assertEqual(first.answer()[0], 200)
        self.assertEqual(self.asked, ["/0"])

    def test_a_full_queue_refuses_at_once(self):
        self.limited('{ max = 1, timeout = "10s" }')
        first = self.request(b"/0")
        wait_until(lambda: self.asked == ["/0"], what="the first request")
        second = self.request(b"/1")
        wait_until(lambda: self.waiting() == 1, what="a waiting request")
        self.assertEqual(self.request(b"/2").answer()[0], 503)
        self.tickets.release()
        self.tickets.release()
        self.assertEqual((first.answer()[0], second.answer()[0]), (200, 200))

    def test_a_client_that_gives_up_leaves_the_queue(self):
        self.limited('{ max = 10, timeout = "10s" }')
        first = self.request(b"/0")
        wait_until(lambda: self.asked == ["/0"], what="the first request")
        gone = self.request(b"/1")
        wait_until(lambda: self.waiting() == 1, what="a waiting request")
        self.reset(gone)
        wait_until(lambda: self.waiting() == 0, what="an empty queue")
        last = self.request(b"/2")
        wait_until(lambda: self.waiting() == 1, what="a waiting request")
        self.tickets.release()
        self.tickets.release()
        self.assertEqual((first.answer()[0], last.answer()[2]), (200, b"/2"))
        self.assertEqual(self.asked, ["/0", "/2"])

    def test_a_client_that_gives_up_ends_its_request(self):
        member = self.busy_member()
        self.start([member], pool="check = false")
        gone = self.request(b"/0")
        wait_until(lambda: self.asked == ["/0"], what="the request")
        self.reset(gone)
        wait_until(lambda: self.total("client_aborts") == 1, what="notice of the abort")
        self.tickets.release()
        wait_until(lambda: member.open_connections() == 0, what="the end of the member's connection")

    def reset(self, client):
        """A client that only ends its own direction may still want the answer; one that resets does not."""
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.__exit__()

    def test_a_pool_without_a_living_member_says_when_to_come_back(self):
        gone = RawMember(lambda c: False)
        self.start([gone], pool='queue = { max = "off" }')
        gone.end()
        wait_until(lambda: self.stead.status()["pools"][0]["members"][0]["state"] == "down", what="a member that is down")
        status, fields, _ = self.request(b"/").answer()
        self.assertEqual((status, fields["retry-after"]), (503, "1"))

    def test_routes_that_do_not_exist(self):
        self.start([RawMember(lambda c: c.ok())], site='hosts = ["shop"]')
        self.assertEqual(self.request(b"/").answer()[0], 404)
        self.stead.write(self.stead_text().replace('"/" =', '"POST /in" =').replace('["shop"]', '["*"]'))
        self.assertEqual(self.stead.command("reload").returncode, 0)
        self.assertEqual(self.request(b"/other").answer()[0], 404)
        status, fields, _ = self.request(b"/in").answer()
        self.assertEqual((status, fields["allow"]), (405, "POST"))


if __name__ == "__main__":
    unittest.main()
