"""HTTP/1.1 through the proxy, as members and clients see it on the wire (RFC 9110, RFC 9112)."""
import threading
import unittest

from harness import Stead, free_port
from raw_member import Client, RawMember, proxy_config

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"


class Semantics(unittest.TestCase):
    def through(self, script, **options):
        self.member = RawMember(script, **options)
        self.addCleanup(self.member.end)
        port = free_port()
        self.stead = Stead(proxy_config(port, [self.member]), port)
        self.addCleanup(self.stead.end)
        client = Client(port)
        self.addCleanup(client.__exit__)
        return client

    # --- answers without a body

    def test_head_keeps_the_length_and_has_no_body(self):
        client = self.through(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"))
        for _ in range(2):  # the second shows that nothing was left over
            client.send(b"HEAD / HTTP/1.1\r\nHost: shop\r\n\r\n")
            status, fields, _ = client.answer("HEAD")
            self.assertEqual((status, fields["content-length"]), (200, "1234"))

    def test_204_and_304_have_no_body_whatever_they_say(self):
        answers = iter([b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: \"a\"\r\n\r\n",
                        b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"])
        client = self.through(lambda c: c.answer(next(answers)))
        for status in (304, 204, 200):
            client.send(GET)
            self.assertEqual(client.answer()[0], status)

    # --- interim answers

    def test_interim_answers_are_passed_on_to_http11_only(self):
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        client = self.through(lambda c: c.answer(early, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
        client.send(GET)
        line, fields, _ = client.head()
        self.assertTrue(line.startswith("HTTP/1.1 103 "), line)
        self.assertEqual(fields["link"], "</a.css>")
        self.assertEqual(client.answer()[2], b"ok")
        with Client(self.stead.port) as old:
            old.send(b"GET / HTTP/1.0\r\n\r\n")
            self.assertEqual(old.answer()[0], 200)

    def test_a_body_that_waits_for_100_arrives_whole(self):
        client = self.through(lambda c: c.ok(c.request.body))
        client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        self.assertTrue(client.head()[0].startswith("HTTP/1.1 100 "))
        client.send(b"abcdef")
        self.assertEqual(client.answer()[2], b"abcdef")
        self.assertEqual(self.member.requests[-1].all("Expect"), [])

    # --- framing

    def test_an_answer_until_close_is_chunked_for_http11_and_closed_for_http10(self):
        client = self.through(lambda c: c.answer(b"HTTP/1.0 200 OK\r\n\r\n", b"all ", b"of it") and False)
        client.send(GET)
        line, fields, _ = client.head()
        self.assertEqual((line, fields["transfer-encoding"]), ("HTTP/1.1 200 OK", "chunked"))
        self.assertEqual(client.chunked()[0], b"all of it")
        with Client(self.stead.port) as old:
            old.send(b"GET / HTTP/1.0\r\n\r\n")
            status, fields, body = old.answer()
            self.assertEqual((status, body), (200, b"all of it"))
            self.assertNotIn("transfer-encoding", fields)

    def test_http10_keeps_its_connection_only_if_it_asks(self):
        client = self.through(lambda c: c.ok())
        for _ in range(2):
            client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            status, fields, _ = client.answer()
            self.assertEqual((status, fields["connection"].lower()), (200, "keep-alive"))
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(client.answer()[0], 200)
        self.assertTrue(client.ended())

    def test_a_chunked_answer_with_extensions_and_trailers_arrives(self):
        client = self.through(lambda c: c.answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3;why=not\r\nabc\r\n", b"2\r\nde\r\n",
            b"0\r\nX-Sum: 5\r\n\r\n"))
        for _ in range(2):
            client.send(GET)
            client.head()
            self.assertEqual(client.chunked()[0], b"abcde")
        self.assertEqual(self.member.connections, 1)  # kept: its end was understood

    def test_a_chunked_answer_reaches_http10_without_its_coding(self):
        client = self.through(
            lambda c: c.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        status, fields, body = client.answer()
        self.assertEqual((status, body), (200, b"abc"))
        self.assertNotIn("transfer-encoding", fields)

    def test_a_chunked_request_with_another_behind_it(self):
        client = self.through(lambda c: c.ok(c.request.method.encode() + b" " + c.request.body))
        client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n0\r\n\r\n" + GET)
        self.assertEqual(client.answer()[2], b"POST wiki")
        self.assertEqual(client.answer()[2], b"GET ")

    def test_a_chunked_request_piece_by_piece_with_another_behind_it(self):
        client = self.through(lambda c: c.ok(c.request.method.encode() + b" " + c.request.body))
        whole = (b"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n5;x=y\r\npedia\r\n"
                 b"0\r\nX-Trailer: a\r\n\r\n" + GET)
        for i in range(0, len(whole), 7):
            client.send(whole[i:i + 7])
        self.assertEqual(client.answer()[2], b"POST wikipedia")
        self.assertEqual(client.answer()[2], b"GET ")

    # --- heads

    def test_hop_by_hop_fields_stay_on_their_hop(self):
        client = self.through(lambda c: c.ok(
            fields=b"Connection: keep-alive, X-Internal\r\nX-Internal: 1\r\nKeep-Alive: timeout=9\r\nX-Seen: 1\r\n"
                   b"Proxy-Authenticate: Basic\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"))
        client.send(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
                    b"Upgrade: h2c\r\nProxy-Connection: keep-alive\r\nX-Other: 2\r\n\r\n")
        line, fields, every = client.head()
        self.assertEqual(line, "HTTP/1.1 200 OK")
        for name in ("x-internal", "keep-alive"):
            self.assertNotIn(name, fields)
        self.assertIn("x-seen", fields)
        self.assertEqual([value for name, value in every if name == "set-cookie"], ["a=1", "b=2"])
        self.assertIn("date", fields)
        request = self.member.requests[-1]
        for name in ("X-Mine", "Keep-Alive", "TE", "Upgrade", "Proxy-Connection"):
            self.assertEqual(request.all(name), [], name)
        self.assertEqual(request.field("X-Other"), "2")

    def test_the_member_learns_who_asks(self):
        client = self.through(lambda c: c.ok())
        client.send(b"GET /a?b=c HTTP/1.1\r\nHost: shop:8080\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n\r\n")
        client.answer()
        request = self.member.requests[-1]
        self.assertEqual(request.line, "GET /a?b=c HTTP/1.1")
        self.assertEqual(request.all("Host"), ["shop:8080"])
        self.assertEqual(request.all("X-Forwarded-For"), ["127.0.0.1"])
        self.assertEqual(request.all("X-Forwarded-Proto"), ["http"])
        self.assertEqual(request.all("X-Forwarded-Host"), ["shop:8080"])
        self.assertEqual(len(request.all("X-Request-Id")), 1)

    def test_an_absolute_target_names_the_host(self):
        client = self.through(lambda c: c.ok())
        client.send(b"GET http://real/path HTTP/1.1\r\nHost: other\r\n\r\n")
        self.assertEqual(client.answer()[0], 200)
        request = self.member.requests[-1]
        self.assertEqual((request.target, request.all("Host")), ("/path", ["real"]))

    def test_errors_of_our_own_say_date_and_no_server(self):
        client = self.through(lambda c: False)
        client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n")
        status, fields, _ = client.answer()
        self.assertEqual(status, 502)
        self.assertIn("date", fields)
        self.assertIn("x-request-id", fields)
        self.assertNotIn("server", fields)

    # --- members that do not do what they say

    def test_a_member_that_sends_too_much_is_not_asked_again_on_that_connection(self):
        client = self.through(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"))
        for _ in range(3):
            client.send(GET)
            self.assertEqual(client.answer()[2], b"ok")
        self.assertEqual(self.member.connections, 3)

    def test_an_answer_that_breaks_off_is_not_taken_for_whole(self):
        client = self.through(lambda c: c.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") and False)
        client.send(GET)
        self.assertTrue(client.head()[0].startswith("HTTP/1.1 200 "))
        with self.assertRaises(ConnectionResetError):
            while client.reader.read(1):
                pass

    def test_a_chunked_answer_that_breaks_off_has_no_last_chunk(self):
        client = self.through(
            lambda c: c.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4\r\nha") and False)
        client.send(GET)
        got = b""
        try:
            while data := client.reader.read(1):
                got += data
        except ConnectionResetError:
            pass
        self.assertNotIn(b"0\r\n\r\n", got)

    def test_an_answer_before_the_end_of_the_request(self):
        refused = threading.Event()

        def script(connection):
            connection.answer(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
            refused.wait(10)
            return False

        client = self.through(script, read_bodies=False)
        client.send(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 1000)
        status, fields, body = client.answer()
        self.assertEqual((status, body), (413, b"big"))
        self.assertEqual(fields.get("connection"), "close")
        refused.set()

    def test_pipelined_requests_keep_their_order(self):
        client = self.through(lambda c: c.ok(c.request.target.encode()))
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: shop\r\n\r\n" % i for i in range(100)))
        self.assertEqual([client.answer()[2] for _ in range(100)], [b"/%d" % i for i in range(100)])


if __name__ == "__main__":
    unittest.main()
