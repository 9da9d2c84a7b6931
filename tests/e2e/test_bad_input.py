"""Bytes that are not what they should be: refused with a clear answer, at little cost, and without harm to others."""
import random
import unittest

from harness import Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
SHORT = '[timeouts]\nhead = "300ms"\nbody = "300ms"\nidle = "300ms"\n'


def post(framing, body=b""):
    return b"POST / HTTP/1.1\r\nHost: shop\r\n" + framing + b"\r\n\r\n" + body


class BadRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.member, cls.port = RawMember(lambda c: c.ok()), free_port()
        cls.addClassCleanup(cls.member.end)
        cls.stead = Stead(proxy_config(cls.port, [cls.member], extra=SHORT), cls.port)
        cls.addClassCleanup(cls.stead.end)

    def setUp(self):
        self.worker = self.stead.worker_pid()

    def tearDown(self):
        self.assertEqual(self.stead.worker_pid(), self.worker, self.stead.read_log())
        with Client(self.port) as client:
            client.send(GET)
            self.assertEqual(client.answer()[0], 200)

    def refused(self, request, *statuses):
        with self.subTest(request=request[:80]), Client(self.port) as client:
            asked = len(self.member.requests)
            client.send(request)
            status, fields, _ = client.answer()
            self.assertIn(status, statuses)
            self.assertEqual(fields["connection"], "close")
            self.assertTrue(client.ended())
            self.assertEqual(len(self.member.requests), asked, "the member was asked all the same")

    def test_two_ways_to_frame_a_body(self):
        self.refused(post(b"Content-Length: 5\r\nTransfer-Encoding: chunked"), 400)
        self.refused(post(b"Content-Length: 5\r\nContent-Length: 6"), 400)
        self.refused(post(b"Content-Length: 5, 5"), 400)
        self.refused(post(b"Content-Length: +5"), 400)
        self.refused(post(b"Content-Length: 99999999999999999999"), 400)
        self.refused(post(b"Transfer-Encoding: chunked, chunked"), 400, 501)
        self.refused(post(b"Transfer-Encoding: gzip, chunked"), 400, 501)
        self.refused(post(b"Transfer-Encoding: \x0bchunked"), 400, 501)
        self.refused(b"POST / HTTP/1.0\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n", 400)

    def test_heads_that_others_would_read_otherwise(self):
        self.refused(b"GET / HTTP/1.1\r\nHost : shop\r\n\r\n", 400)
        self.refused(b"GET / HTTP/1.1\r\nHost: shop\r\n folded: yes\r\n\r\n", 400)
        self.refused(b"GET / HTTP/1.1\r\nHost: shop\r\nX: a\x00b\r\n\r\n", 400)
        self.refused(b"GET / HTTP/1.1\r\nHost: shop\r\nX: a\rb\r\n\r\n", 400)
        self.refused(b"GET / HTTP/1.1\r\nHost: shop\r\nHost: other\r\n\r\n", 400)
        self.refused(b"GET / HTTP/1.1\r\nX: no host\r\n\r\n", 400)
        self.refused(b"GET / HTTP/1.1\nHost: shop\n\n", 400)
        self.refused(b"GET /a b HTTP/1.1\r\nHost: shop\r\n\r\n", 400)
        self.refused(b"G@T / HTTP/1.1\r\nHost: shop\r\n\r\n", 400)

    def test_what_is_not_served(self):
        self.refused(b"GET / HTTP/2.0\r\nHost: shop\r\n\r\n", 505)
        self.refused(b"CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\n\r\n", 501)
        self.refused(b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: shop\r\n\r\n", 414)
        self.refused(b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"a" * 20000 + b"\r\n\r\n", 431)
        self.refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500, 400)

    def test_garbage(self):
        source = random.Random(20)
        for _ in range(50):
            with Client(self.port) as client:
                client.send(source.randbytes(4096))
                head = client.head()
                self.assertTrue(head is None or head[0].startswith("HTTP/1.1 4"), head)

    def test_a_chunk_that_is_none_ends_the_request(self):
        for body in (b"x\r\nabc\r\n", b"3\r\nabcd\r\n", b"-1\r\n", b"11111111111111111\r\n", b"3 \r\nabc\r\n0\r\n\r\n"):
            with self.subTest(body=body), Client(self.port) as client:
                client.send(post(b"Transfer-Encoding: chunked", body))
                self.assertEqual(client.answer()[0], 400)
                self.assertTrue(client.ended())

    def test_a_slow_head_is_answered_with_408(self):
        with Client(self.port) as client:
            client.send(b"GET / HT")
            self.assertEqual(client.answer()[0], 408)
            self.assertTrue(client.ended())

    def test_a_slow_body_is_answered_with_408(self):
        with Client(self.port) as client:
            client.send(post(b"Content-Length: 100000", b"only this"))
            self.assertEqual(client.answer()[0], 408)
            self.assertTrue(client.ended())

    def test_an_idle_connection_ends_without_a_word(self):
        with Client(self.port) as client:
            client.send(GET)
            self.assertEqual(client.answer()[0], 200)
            self.assertTrue(client.ended())
        with Client(self.port) as client:
            self.assertTrue(client.ended())

    def test_a_client_that_leaves_in_the_middle_of_anything(self):
        whole = post(b"Content-Length: 10", b"0123456789")
        for length in range(0, len(whole), 5):
            with Client(self.port) as client:
                client.send(whole[:length])
        wait_until(lambda: not any(loop["counters"]["connections"] for loop in self.stead.status()["loops"]),
                   what="the end of all connections")


class BadMembers(unittest.TestCase):
    def through(self, *scripts):
        members = [RawMember(script) for script in scripts]
        for member in members:
            self.addCleanup(member.end)
        port = free_port()
        self.stead = Stead(proxy_config(port, members, pool='eject = false\ncheck = false\n'), port)
        self.addCleanup(self.stead.end)
        return Client(port)

    def test_what_is_not_http_is_a_502(self):
        garbage = iter([b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", b"HTTP/1.1 2x0 OK\r\n\r\n",
                        b"\x00" * 100, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                        b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300000])
        with self.through(lambda c: c.answer(next(garbage)) and False) as client:
            for _ in range(7):
                client.send(post(b"Content-Length: 0"))
                self.assertEqual(client.answer()[0], 502)

    def test_another_member_is_asked_where_that_is_safe(self):
        with self.through(lambda c: c.answer(b"nonsense\r\n\r\n") and False, lambda c: c.ok(b"good")) as client:
            for _ in range(8):
                client.send(GET)
                self.assertEqual(client.answer()[2], b"good")


if __name__ == "__main__":
    unittest.main()
