"""Members that speak HTTP in a way that nobody should: what the client sees, and that nobody else is harmed."""
import os
import signal
import threading
import time
import unittest

from harness import Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nX-Filler: " + b"a" * 1000 + b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class HostileMembers(unittest.TestCase):
    def start(self, *scripts, pool="", extra=""):
        self.members = [RawMember(script) for script in scripts]
        for member in self.members:
            self.addCleanup(member.end)
        self.port = free_port()
        pool = "check = false\neject = false\n" + pool
        self.stead = Stead(proxy_config(self.port, self.members, pool=pool, extra=extra), self.port)
        self.addCleanup(self.stead.end)

    def client(self, timeout=10):
        client = Client(self.port, timeout)
        self.addCleanup(client.__exit__)
        return client

    def final_answer(self, client):
        """The answer behind all interim ones, and how many those were."""
        for interim in range(1 << 20):
            head = client.head()
            self.assertIsNotNone(head, "the connection ended without an answer")
            if not head[0].startswith("HTTP/1.1 103 "):
                return head[0], interim

    # --- interim answers

    def test_interim_answers_without_end_do_not_end_the_worker(self):
        """Each may be passed on, but a client that reads nothing must not make Stead hold them all."""
        sent, gone, last = [0], threading.Event(), threading.Event()
        self.addCleanup(last.set)

        def script(connection):
            if connection.request.target == "/plain":
                return connection.ok()
            try:
                while sent[0] < 32 << 20 and not last.wait(0.0005):  # as long as the loop wakes up for each
                    connection.answer(EARLY * 16)
                    sent[0] += 16 * len(EARLY)
            except OSError:
                gone.set()
                raise
            return connection.answer(OK)

        self.start(script)
        worker = self.stead.worker_pid()
        client = self.client()
        client.send(GET)
        seen = [-1]

        def held_back():
            moved, seen[0] = sent[0] != seen[0], sent[0]
            return sent[0] > 0 and not moved and not last.wait(0.3) and sent[0] == seen[0]

        wait_until(lambda: gone.is_set() or sent[0] >= 32 << 20 or held_back(), 20, "the end of the flood")
        log = self.stead.read_log()
        self.assertNotIn("killed by signal", log)
        self.assertEqual(self.stead.worker_pid(), worker, log)
        with Client(self.port) as other:
            other.send(GET.replace(b"/ ", b"/plain ", 1))
            self.assertEqual(other.answer()[0], 200)

    def test_an_answer_behind_many_interim_answers_arrives(self):
        """All of it lies in the socket when the loop looks; no further event will tell of it."""
        asked, go, written = threading.Event(), threading.Event(), threading.Event()
        self.addCleanup(go.set)

        def script(connection):
            if connection.request.target == "/large":  # the kernel's buffers grow with it
                return connection.ok(b"x" * (32 << 20))
            asked.set()
            go.wait(10)
            connection.answer(EARLY * 300 + OK)
            written.set()

        self.start(script, pool='timeouts = { first-byte = "2s" }', extra='heartbeat-timeout = "10s"')  # of [worker]
        client = self.client()
        client.send(GET.replace(b"/ ", b"/large ", 1))
        self.assertEqual(len(client.answer()[2]), 32 << 20)
        client.send(GET)
        self.assertTrue(asked.wait(5))
        worker = self.stead.worker_pid()
        os.kill(worker, signal.SIGSTOP)  # so that all comes at once
        try:
            go.set()
            self.assertTrue(written.wait(5), "the kernel does not hold so much")
        finally:
            os.kill(worker, signal.SIGCONT)
        line, interim = self.final_answer(client)
        self.assertEqual(line, "HTTP/1.1 200 OK", f"after {interim} of 300 interim answers")

    # --- heads that take their time

    def dripping(self, connection):
        """A head that goes on for ever, a byte at a time: what this member is."""
        connection.answer(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.enough.wait(0.02):
            connection.answer(b"a")
        return False

    def test_a_head_that_drips_is_given_up_in_time(self):
        self.enough = threading.Event()
        self.addCleanup(self.enough.set)
        self.start(self.dripping, pool='timeouts = { first-byte = "400ms" }')
        client = self.client()
        begun = time.monotonic()
        client.send(POST)
        self.assertEqual(client.answer()[0], 504)
        self.assertGreaterEqual(time.monotonic() - begun, 0.39)
        self.assertLess(time.monotonic() - begun, 2)
        wait_until(lambda: self.members[0].open_connections() == 0, what="the end of the member's connection")

    def test_a_get_does_not_wait_for_a_head_that_drips(self):
        self.enough = threading.Event()
        self.addCleanup(self.enough.set)
        self.start(self.dripping, lambda c: c.ok(b"other"),
                   pool='balance = "round-robin"\ntimeouts = { try = "50ms", first-byte = "5s" }')
        client = self.client()
        for _ in range(4):
            begun = time.monotonic()
            client.send(GET)
            self.assertEqual(client.answer()[2], b"other")
            self.assertLess(time.monotonic() - begun, 2)
        self.assertTrue(self.members[0].requests, "no request went to the member that drips")

    # --- framing

    def test_a_204_that_has_a_body_all_the_same(self):
        self.start(lambda c: c.answer(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"
                                      if c.request.method == "POST" else OK))
        client = self.client()
        for _ in range(3):
            client.send(POST)
            line, fields, _ = client.head()
            self.assertEqual(line, "HTTP/1.1 204 No Content")
            self.assertNotIn("content-length", fields)  # RFC 9110 section 8.6
        client.send(GET)
        self.assertEqual(client.answer()[2], b"ok")  # and not what was left over
        self.assertEqual(self.members[0].connections, 4, "a connection in doubt was used again")

    def test_chunks_that_are_none_cut_the_answer(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        bodies = (b"3\r\nabc\r\nzz\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3\nabc\r\n0\r\n\r\n", b"-3\r\nabc\r\n",
                  b"3;" + b"e" * 5000 + b"\r\nabc\r\n0\r\n\r\n", b"3\r\nabc\r\n0\r\nT: " + b"t" * 5000 + b"\r\n\r\n",
                  b"3\r\nabc\r\n0\r\nGET / HTTP/1.1\r\n\r\n", b"8000000000000000\r\nabc")
        answers = iter(bodies)
        self.start(lambda c: c.answer(head + next(answers)))
        for body in bodies:
            with self.subTest(body=body[:30]), Client(self.port) as client:
                client.send(GET)
                got = b""
                try:
                    while data := client.socket.recv(65536):
                        got += data
                    self.fail(f"an orderly end: {got[-80:]}")
                except ConnectionResetError:
                    pass
                self.assertFalse(got.endswith(b"0\r\n\r\n"), got[-80:])
        self.assertEqual(self.members[0].connections, len(bodies))

    def test_an_answer_until_close_that_is_reset_is_not_taken_for_whole(self):
        """An HTTP/1.0 client knows the end by the close alone, so this one must not look like one."""
        sent = threading.Event()
        self.addCleanup(sent.set)

        def script(connection):
            connection.answer(b"HTTP/1.0 200 OK\r\n\r\nhalf")
            sent.wait(5)
            return connection.reset()

        self.start(script)
        client = self.client()
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        client.head()
        self.assertEqual(client.reader.read(4), b"half")
        sent.set()
        with self.assertRaises(ConnectionResetError):
            client.socket.recv(1)


if __name__ == "__main__":
    unittest.main()
