"""Requests whose end two readers could see in different places, and clients that take their time with them."""
import time
import unittest

from harness import Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


class HostileRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.finished = []  # the bodies whose end the member has seen

        def script(connection):
            cls.finished.append(connection.request.body)
            return connection.ok()

        cls.member, cls.port = RawMember(script), free_port()
        cls.addClassCleanup(cls.member.end)
        cls.stead = Stead(proxy_config(cls.port, [cls.member], pool='check = false\nidle = { max = "off" }',
                                       extra='[timeouts]\nhead = "400ms"\nbody = "400ms"\nidle = "400ms"\n'), cls.port)
        cls.addClassCleanup(cls.stead.end)

    def setUp(self):
        self.worker = self.stead.worker_pid()
        self.member.requests.clear()
        self.finished.clear()

    def tearDown(self):
        self.assertEqual(self.stead.worker_pid(), self.worker, self.stead.read_log())
        with Client(self.port) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(client.answer()[0], 200)

    def paths(self):
        return [request.target for request in self.member.requests]

    def test_what_is_behind_a_refused_request_is_never_carried_out(self):
        refused = (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 40\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x10\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\x00: chunked\r\n\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length\r\n\r\n",
            b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"get / http/1.1\r\nHost: x\r\n\r\n", b"GET /\r\n\r\n")
        for bytes_ in refused:
            with self.subTest(bytes=bytes_), Client(self.port) as client:
                client.send(bytes_ + SMUGGLED)
                status, fields, _ = client.answer()
                self.assertIn(status, (400, 501, 505))
                self.assertEqual(fields["connection"], "close")
                self.assertTrue(client.ended())
                self.assertEqual(self.paths(), [])

    def test_what_is_behind_a_broken_chunk_is_never_carried_out(self):
        for body in (b"0\n\n", b"0\r\n\n", b"3\nabc\r\n0\r\n\r\n", b"3\r\nabc\n0\r\n\r\n",
                     b"3\r\nabc0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n",
                     b" 3\r\nabc\r\n0\r\n\r\n", b"3;a\nb\r\nabc\r\n0\r\n\r\n", b"\r\n0\r\n\r\n",
                     b"8000000000000000\r\n", b"00000000000000003\r\nabc\r\n0\r\n\r\n",
                     b"3;" + b"e" * 5000 + b"\r\nabc\r\n0\r\n\r\n",
                     b"0\r\nT: " + b"t" * 5000 + b"\r\n\r\n", b"0\r\n: no name\r\n\r\n", b"0\r\n folded\r\n\r\n"):
            with self.subTest(body=body[:40]), Client(self.port) as client:
                client.send(CHUNKED + b"\r\n" + body + SMUGGLED)
                status, fields, _ = client.answer()
                self.assertIn(status, (400, 431))
                self.assertEqual(fields["connection"], "close")
                self.assertTrue(client.ended())
                self.assertNotIn("/smuggled", self.paths())

    def test_a_body_is_not_taken_for_a_request(self):
        with Client(self.port) as client:
            client.send(b"POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(SMUGGLED), SMUGGLED))
            self.assertEqual(client.answer()[0], 200)
            client.send(CHUNKED.replace(b"/ ", b"/two ", 1) + b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED))
            self.assertEqual(client.answer()[0], 200)
        self.assertEqual(self.paths(), ["/one", "/two"])
        self.assertEqual([request.body for request in self.member.requests], [SMUGGLED] * 2)

    def test_a_head_that_drips_does_not_buy_time(self):
        with Client(self.port) as client:
            client.socket.settimeout(0.02)  # the pace of this client
            begun, got = time.monotonic(), b""
            client.socket.sendall(b"GET / HTTP/1.1\r\nX: ")
            while not got and time.monotonic() - begun < 5:
                client.socket.sendall(b"a")
                try:
                    got = client.socket.recv(1000)
                except TimeoutError:
                    pass
            self.assertTrue(got.startswith(b"HTTP/1.1 408 "), got)
            self.assertGreaterEqual(time.monotonic() - begun, 0.39)
            self.assertLess(time.monotonic() - begun, 2)

    def test_a_request_that_is_never_finished_reaches_no_end_at_the_member(self):
        for framing, part in ((b"Content-Length: 10\r\n", b"half"), (b"Transfer-Encoding: chunked\r\n", b"5\r\nhal")):
            with self.subTest(framing=framing), Client(self.port) as client:
                client.send(b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n" + part)
                self.assertEqual(client.answer()[0], 408)
                self.assertTrue(client.ended())
        wait_until(lambda: self.member.open_connections() == 0, what="the end of the member's connections")
        self.assertEqual(len(self.member.requests), 2)
        # The first was cut four bytes into its ten, which the member can count; the other has no last chunk.
        self.assertEqual(self.finished, [b"half"])


if __name__ == "__main__":
    unittest.main()
