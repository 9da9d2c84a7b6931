"""Bodies that take their time, and sides that leave in the middle: a standstill is bounded, a slow pace is not."""
import hashlib
import os
import socket
import struct
import threading
import time
import unittest

from harness import Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config
from test_bodies import MIB, digest, pieces

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def paced(total, seconds, count):
    """Pieces of a body, and a pause behind each: the pace of a side is what the tests here are about."""
    for _ in range(count):
        yield b"x" * (total // count)
        time.sleep(seconds / count)


class SlowSides(unittest.TestCase):
    def start(self, *scripts, extra="", pool="", **options):
        self.members = [RawMember(script, **options) for script in scripts]
        for member in self.members:
            self.addCleanup(member.end)
        self.port = free_port()
        self.stead = Stead(proxy_config(self.port, self.members, extra=extra, pool=pool), self.port)
        self.addCleanup(self.stead.end)

    def client(self, timeout=20):
        client = Client(self.port, timeout)
        self.addCleanup(client.__exit__)
        return client

    # --- a slow pace

    def test_a_download_at_the_members_pace_outlives_every_limit_before_its_first_byte(self):
        def script(connection):
            connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MIB)
            for piece in paced(MIB, 1.2, 16):
                connection.answer(piece)

        self.start(script, script, pool='timeouts = { try = "50ms", first-byte = "300ms" }',
                   extra='[timeouts]\nbody = "400ms"')
        client = self.client()
        client.send(GET)
        status, _, body = client.answer()
        self.assertEqual((status, len(body)), (200, MIB))
        self.assertEqual(sum(len(member.requests) for member in self.members), 1)

    def test_an_upload_at_the_clients_pace_outlives_every_limit_but_that_of_a_standstill(self):
        self.start(lambda c: c.ok(b"%d" % len(c.request.body)),
                   pool='timeouts = { try = "50ms", first-byte = "300ms" }',
                   extra='[timeouts]\nhead = "300ms"\nbody = "400ms"')
        client = self.client()
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % MIB)
        for piece in paced(MIB, 1.2, 16):
            client.send(piece)
        self.assertEqual(client.answer()[2], b"%d" % MIB)
        self.assertEqual(len(self.members[0].requests), 1)

    def test_a_client_that_reads_slowly_is_not_taken_for_one_that_stands_still(self):
        """`timeouts.body` is the time between two pieces. What the kernel still holds for the client is moving, too."""
        size = 6 * MIB  # the kernel holds up to 4 of them, and asks for more after a third of these: 1.3 s
        self.start(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, *pieces(size)),
                   extra='[timeouts]\nbody = "1s"')
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
            slow.settimeout(10)
            slow.connect(("127.0.0.1", self.port))
            slow.sendall(GET)
            got, begun = 0, time.monotonic()
            while got < size:  # 1 MiB/s, a piece at least every 40 ms or so
                try:
                    data = slow.recv(32768)
                except ConnectionResetError:
                    data = b""
                self.assertTrue(data, f"cut after {got} bytes and {time.monotonic() - begun:.1f} s")
                got += len(data)
                time.sleep(max(0.0, begun + got / MIB - time.monotonic()))

    def test_a_fast_transfer_that_takes_longer_than_the_learned_limit_is_left_alone(self):
        size = 256 * MIB

        def script(connection):
            if connection.request.target == "/small":
                return connection.ok()
            return connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, *pieces(size))

        self.start(script, script, pool='timeouts = { first-byte = "1s" }')  # `try` is learned
        client = self.client()
        for _ in range(80):  # enough to learn from: the limit is then at its least, 50 ms
            client.send(GET.replace(b"/ ", b"/small ", 1))
            self.assertEqual(client.answer()[0], 200)
        asked = sum(len(member.requests) for member in self.members)
        client.send(GET)
        client.head()
        left, space = size, bytearray(MIB)
        while left > 0 and (got := client.reader.readinto(memoryview(space)[:min(left, MIB)])):
            left -= got
        self.assertEqual(left, 0, self.stead.read_log())
        self.assertEqual(sum(len(member.requests) for member in self.members), asked + 1)

    def test_a_whole_request_has_a_limit(self):
        over = threading.Event()
        self.addCleanup(over.set)

        def script(connection):
            if connection.request.method == "POST":
                return over.wait(10) and connection.ok()
            connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not over.wait(0.05):
                connection.answer(b"x")
            return False

        self.start(script, extra='[timeouts]\nrequest = "500ms"')
        client = self.client()
        begun = time.monotonic()
        client.send(GET)
        client.head()
        with self.assertRaises(ConnectionResetError):
            client.reader.read(1000000)
        self.assertLess(time.monotonic() - begun, 3)
        client = self.client()
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(client.answer()[0], 504)

    # --- large and chunked, both ways at once

    def test_64_mib_there_and_back_in_chunks(self):
        size = 64 * MIB

        def script(connection):
            self.assertEqual(connection.request.field("Transfer-Encoding"), "chunked")
            sum_, reader = hashlib.sha256(), connection.reader
            while count := int(reader.readline(), 16):
                sum_.update(reader.read(count))
                reader.readline()
            reader.readline()
            connection.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                              b"X-Sum: %s\r\n\r\n" % sum_.hexdigest().encode())
            for piece in pieces(size):
                connection.answer(b"%x\r\n" % len(piece) + piece + b"\r\n")
            return connection.answer(b"0\r\n\r\n")

        self.start(script, read_bodies=False)
        client = self.client(30)
        client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces(size):
            client.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
        client.send(b"0\r\n\r\n")
        _, fields, _ = client.head()
        self.assertEqual(fields["x-sum"], digest(size))
        sum_ = hashlib.sha256()
        while count := int(client.reader.readline(), 16):
            sum_.update(client.reader.read(count))
            client.reader.readline()
        self.assertEqual(sum_.hexdigest(), digest(size))

    # --- who leaves in the middle

    def sockets(self, worker):
        found = 0
        for number in os.listdir(f"/proc/{worker}/fd"):
            try:
                found += os.readlink(f"/proc/{worker}/fd/{number}").startswith("socket:")
            except FileNotFoundError:
                pass
        return found

    def test_a_client_that_leaves_in_an_upload_takes_its_member_connection_along(self):
        ended = []

        def script(connection):
            body = connection.reader.read(MIB)
            ended.append(len(body))
            return False

        self.start(script, read_bodies=False, pool="check = false")
        worker = self.stead.worker_pid()
        before = self.sockets(worker)
        for number in range(20):
            with Client(self.port) as client:
                client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % MIB + b"x" * 100000)
                wait_until(lambda: len(self.members[0].requests) == number + 1, what="the request at the member")
                if number % 2:  # half of them with a reset
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wait_until(lambda: len(ended) == 20, what="the ends of the uploads at the member")
        self.assertTrue(all(length < MIB for length in ended), "an upload was completed that nobody has sent")
        wait_until(lambda: self.sockets(worker) <= before, what="the end of the sockets")
        self.assertEqual(self.stead.worker_pid(), worker)

    def test_an_answer_before_the_end_of_a_large_request_arrives(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)

        def script(connection):
            connection.answer(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
            go_on.wait(10)
            return False

        self.start(script, read_bodies=False)
        client = self.client()
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (64 * MIB))

        def upload():
            try:
                for piece in pieces(64 * MIB):
                    client.send(piece)
            except OSError:
                pass  # nobody takes it any more

        thread = threading.Thread(target=upload)
        thread.start()
        status, _, body = client.answer()
        self.assertEqual((status, body), (413, b"big"))
        go_on.set()
        thread.join(10)
        self.assertFalse(thread.is_alive(), "the client is neither read from nor cut")


if __name__ == "__main__":
    unittest.main()
