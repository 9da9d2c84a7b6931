"""What the proxy makes of requests, on the wire."""
import http.client
import socket
import unittest

from harness import App, Stead, config, free_port


class Proxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app, cls.port = App("one"), free_port()
        cls.addClassCleanup(cls.app.end)
        cls.stead = Stead(config(cls.port, [cls.app]), cls.port)
        cls.addClassCleanup(cls.stead.end)

    def exchange(self, *pieces):
        """Sends the pieces one by one, reads to the end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                s.sendall(piece)
            answer = b""
            while data := s.recv(65536):
                answer += data
            return answer

    def test_a_head_that_comes_byte_by_byte_is_answered(self):
        request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer = self.exchange(*(request[i:i + 1] for i in range(len(request))))
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        self.assertTrue(answer.endswith(b"\r\n\r\none\n"), answer)

    def test_pipelined_requests_are_answered_in_order(self):
        answer = self.exchange(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                               b"GET /head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200 "), 3, answer)
        self.assertLess(answer.rindex(b"one\n"), answer.index(b"X-Forwarded-For: 127.0.0.1"))

    def test_a_chunked_request_reaches_the_member_framed_anew(self):
        answer = self.exchange(b"PUT /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
                               b"5\r\nhel", b"lo\r\n0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 501 "), answer)  # the member knows no PUT

    def test_a_large_answer_arrives_whole(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", "/big")
        self.assertEqual(connection.getresponse().read(), b"x" * (1 << 20))
        connection.close()

    def test_forwarding_fields_from_outside_are_replaced_and_hop_by_hop_fields_removed(self):
        answer = self.exchange(b"GET /head HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 6.6.6.6\r\nX-Mine: kept\r\nX-Hop: no\r\n"
                               b"Connection: close, X-Hop\r\n\r\n")
        self.assertIn(b"X-Forwarded-For: 127.0.0.1\r\n".strip(), answer)
        self.assertIn(b"X-Forwarded-Host: shop", answer)
        self.assertIn(b"X-Mine: kept", answer)
        self.assertNotIn(b"6.6.6.6", answer)
        self.assertNotIn(b"X-Hop", answer)

    def test_ambiguous_requests_are_refused_and_the_connection_closed(self):
        for bad in (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    b"GET / HTTP/1.1\nHost: a\n\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
            with self.subTest(bad=bad):
                self.assertTrue(self.exchange(bad).startswith(b"HTTP/1.1 400 "))

    def test_an_expected_100_comes_before_the_body_is_sent(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as s:
            s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 100 "))
            s.sendall(b"hi")
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 200 "))


if __name__ == "__main__":
    unittest.main()
