"""Long bodies: whole, in bounded memory, at the pace of the slower side, and without keeping anybody else from theirs."""
import hashlib
import os
import random
import socket
import threading
import time
import unittest

from harness import Stead, free_port, wait_until
from raw_member import Client, RawMember, proxy_config

MIB = 1 << 20
# The bytes of a body at any offset, without holding it.
PATTERN = random.Random(7).randbytes(MIB + 17)


def pieces(size):
    while size > 0:
        piece = PATTERN[:min(size, len(PATTERN))]
        yield piece
        size -= len(piece)


def digest(size):
    sum_ = hashlib.sha256()
    for piece in pieces(size):
        sum_.update(piece)
    return sum_.hexdigest()


def family(pid):
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as f:
                    todo += [int(child) for child in f.read().split()]
        except FileNotFoundError:
            pass
    return found


def memory_kib(pid):
    total = 0
    for one in family(pid):
        with open(f"/proc/{one}/smaps_rollup") as f:
            total += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total


class Bodies(unittest.TestCase):
    def start(self, script, *, extra="", pool="", **options):
        self.member = RawMember(script, **options)
        self.addCleanup(self.member.end)
        self.port = free_port()
        self.stead = Stead(proxy_config(self.port, [self.member], extra=extra, pool=pool), self.port)
        self.addCleanup(self.stead.end)

    def client(self):
        client = Client(self.port, 30)
        self.addCleanup(client.__exit__)
        return client

    def read_digest(self, reader, size):
        sum_ = hashlib.sha256()
        while size > 0:
            data = reader.read(min(size, MIB))
            self.assertTrue(data, "the body ended early")
            sum_.update(data)
            size -= len(data)
        return sum_.hexdigest()

    # --- whole

    def test_downloads_of_all_sizes_arrive_whole(self):
        def script(connection):
            size = int(connection.request.target[1:])
            return connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, *pieces(size))

        self.start(script)
        client = self.client()
        # About the limits at which a body goes another way: a read, a piece, a pipe.
        for size in (0, 1, 16 * 1024, 65535, 65536, 65537, 131008, 131072, 196608, MIB + 1, 64 * MIB):
            with self.subTest(size=size):
                client.send(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % size)
                _, fields, _ = client.head()
                self.assertEqual(fields["content-length"], str(size))
                self.assertEqual(self.read_digest(client.reader, size), digest(size))
        self.assertEqual(self.member.connections, 1)

    def test_a_chunked_download_arrives_whole(self):
        def script(connection):
            connection.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in pieces(16 * MIB):
                connection.answer(b"%x\r\n%s\r\n" % (len(piece), piece))
            return connection.answer(b"0\r\n\r\n")

        self.start(script)
        client = self.client()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.head()
        self.assertEqual(hashlib.sha256(client.chunked()[0]).hexdigest(), digest(16 * MIB))

    def test_uploads_arrive_whole(self):
        self.start(lambda c: c.ok(hashlib.sha256(c.request.body).hexdigest().encode()))
        client = self.client()
        for size in (1, 10000, 16384, 65536, 70000, 32 * MIB):
            with self.subTest(size=size):
                client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
                for piece in pieces(size):
                    client.send(piece)
                self.assertEqual(client.answer()[2].decode(), digest(size))
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces(8 * MIB):
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        client.send(b"0\r\n\r\n")
        self.assertEqual(client.answer()[2].decode(), digest(8 * MIB))

    # --- slow sides

    def test_a_client_that_does_not_read_holds_the_member_back(self):
        sent, size = [0], 256 * MIB

        def script(connection):
            connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            for piece in pieces(size):
                connection.answer(piece)
                sent[0] += len(piece)

        self.start(script)
        before = memory_kib(self.stead.process.pid)
        client = self.client()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.head()
        self.at_rest(lambda: sent[0])
        # The kernel's buffers on four sockets, which can grow to 32 MiB each here; nothing near the body.
        self.assertLess(sent[0], size * 3 // 4)
        self.assertLess(memory_kib(self.stead.process.pid) - before, 4096)
        self.assertEqual(self.read_digest(client.reader, size), digest(size))

    def test_a_member_that_does_not_read_holds_the_client_back(self):
        go_on, size = threading.Event(), 256 * MIB

        def script(connection):
            go_on.wait(30)
            sum_ = self.read_digest(connection.reader, size)
            return connection.ok(sum_.encode())

        self.start(script, read_bodies=False)
        before = memory_kib(self.stead.process.pid)
        client, sent = self.client(), [0]

        def upload():
            client.send(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
            for piece in pieces(size):
                client.send(piece)
                sent[0] += len(piece)

        thread = threading.Thread(target=upload)
        thread.start()
        self.at_rest(lambda: sent[0])
        self.assertLess(sent[0], size * 3 // 4)
        self.assertLess(memory_kib(self.stead.process.pid) - before, 4096)
        go_on.set()
        self.assertEqual(client.answer()[2].decode(), digest(size))
        thread.join()

    def at_rest(self, progress):
        """Waits until what moves has moved, and then no more for a while: it is held back."""
        last = [progress(), time.monotonic()]

        def still():
            now = progress()
            if now != last[0]:
                last[:] = [now, time.monotonic()]
            return last[0] > 0 and time.monotonic() - last[1] > 0.3

        wait_until(still, 20, "a rest")

    def test_a_slow_client_does_not_slow_the_others(self):
        size = 4 * MIB
        self.start(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, *pieces(size)))
        slow = self.client()
        slow.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.head()
        results = []

        def download():
            with Client(self.port, 30) as client:
                client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                client.head()
                results.append(self.read_digest(client.reader, size))

        threads = [threading.Thread(target=download) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(results, [digest(size)] * 24)
        self.assertEqual(self.read_digest(slow.reader, size), digest(size))

    # --- time

    def test_a_body_may_take_longer_than_a_try(self):
        """The limits until the first byte end with the first byte, also while the loop itself is what is busy."""
        size = 96 * MIB
        self.start(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, *pieces(size)),
                   pool='timeouts = { try = "10ms" }')
        sums = []

        def download():
            with socket.create_connection(("127.0.0.1", self.port), 60) as s:
                s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                got = b""
                while b"\r\n\r\n" not in got:
                    got += s.recv(65536)
                self.assertTrue(got.startswith(b"HTTP/1.1 200 "), got[:100])
                left = size - len(got.split(b"\r\n\r\n", 1)[1])
                while left > 0 and (data := s.recv(4 * MIB)):
                    left -= len(data)
                sums.append(left)

        threads = [threading.Thread(target=download) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(sums, [0] * 4, self.stead.read_log())

    def test_a_member_that_stalls_in_a_body_is_given_up(self):
        stalled = threading.Event()
        self.start(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") and stalled.wait(20) and False,
                   extra='[timeouts]\nbody = "200ms"\n')
        client = self.client()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.head()
        with self.assertRaises(ConnectionResetError):
            while client.reader.read(1):
                pass
        stalled.set()

    # --- clients that leave

    def test_a_client_that_leaves_takes_its_member_connection_along(self):
        size = 64 * MIB
        self.start(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, *pieces(size)),
                   pool="check = false")
        worker = self.stead.worker_pid()

        def descriptors(kind):
            found = 0
            for number in os.listdir(f"/proc/{worker}/fd"):
                try:
                    found += os.readlink(f"/proc/{worker}/fd/{number}").startswith(kind)
                except FileNotFoundError:
                    pass
            return found

        before = descriptors("socket:")
        for _ in range(20):
            with Client(self.port) as client:
                client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                client.reader.read(2 * MIB)
        wait_until(lambda: self.member.open_connections() == 0, what="the end of the member's connections")
        wait_until(lambda: descriptors("socket:") <= before, what="the end of the sockets")
        self.assertLessEqual(descriptors("pipe:"), 2 * 20, "empty pipes are kept, but not more than there were transfers")


if __name__ == "__main__":
    unittest.main()
