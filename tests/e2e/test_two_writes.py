"""Peers that write a head and a body separately, with Nagle's algorithm on: the second write waits until the first is
acknowledged, which a kernel delays by 40 ms on a connection that was used before. Many applications and clients are
written so. A lost 40 ms in every request is a fault, not a matter of speed, and half of it is far from what is seen
without it."""
import socket
import statistics
import threading
import time
import unittest

from harness import Stead, free_port

REQUESTS = 15
DELAYED_ACKNOWLEDGEMENT = 0.04


class TwoWriteMember:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        reader = connection.makefile("rb")
        with connection:
            while line := reader.readline():
                length = 0
                while line not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                    line = reader.readline()
                reader.read(length)
                connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
                connection.send(b"hello")

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()


class TwoWrites(unittest.TestCase):
    def setUp(self):
        self.member = TwoWriteMember()
        self.addCleanup(self.member.end)
        port = free_port()
        self.stead = Stead(f"""name = "two-writes"
[site.all]
listen = ["127.0.0.1:{port}"]
route = {{ "/" = {{ pool = "app" }} }}
[pool.app]
members = ["127.0.0.1:{self.member.port}"]
""", port)
        self.addCleanup(self.stead.end)

    def median_of(self, *pieces):
        """The median time of a request that is written in these pieces, all on one connection."""
        with socket.create_connection(("127.0.0.1", self.stead.port), 5) as connection:
            reader = connection.makefile("rb")
            times = []
            for _ in range(REQUESTS):
                begun = time.monotonic()
                for piece in pieces:
                    connection.send(piece)
                self.assertEqual(reader.readline(), b"HTTP/1.1 200 OK\r\n")
                while reader.readline() != b"\r\n":
                    pass
                self.assertEqual(reader.read(5), b"hello")
                times.append(time.monotonic() - begun)
        return statistics.median(times)

    def test_an_answer_in_two_writes_is_not_held_back(self):
        self.assertLess(self.median_of(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), DELAYED_ACKNOWLEDGEMENT / 2)

    def test_a_request_in_two_writes_is_not_held_back(self):
        self.assertLess(self.median_of(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n", b"abc"),
                        DELAYED_ACKNOWLEDGEMENT / 2)


if __name__ == "__main__":
    unittest.main()
