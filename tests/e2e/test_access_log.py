"""The access log: what a line says, how it is rotated, and that no trouble with it ever holds up a request."""
import fcntl
import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import prometheus
from harness import STEAD, App, Stead, config, free_port, load, wait_until

F_SETPIPE_SZ = 1031
LINE = re.compile(
    r'(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<client>\S+) "(?P<method>\S+) (?P<host>\S+) (?P<target>\S+)" '
    r"(?P<status>\d{3}|-) (?P<bytes>\d+) (?P<member>\S+) (?P<tries>\d+) "
    r"(?P<connect>-|\d+\.\d)/(?P<first>-|\d+\.\d)/(?P<total>\d+\.\d) (?P<id>[0-9a-f]{16}) (?P<flags>-|[a-z,-]+)\n")


class AccessLog(unittest.TestCase):
    def setUp(self):
        self.app = App("one")
        self.addCleanup(self.app.end)
        self.port = free_port()
        place = tempfile.TemporaryDirectory(prefix="stead-e2e-log-")
        self.addCleanup(place.cleanup)
        self.place = place.name
        self.path = os.path.join(self.place, "access.log")

    def start(self, *, routes="", access=None, **options):
        text = config(self.port, [self.app], f'[log]\naccess = "{access or self.path}"\n')
        self.stead = Stead(text.replace("[pool.app]", routes + "[pool.app]"), self.port, **options)
        self.addCleanup(self.stead.end)

    def request(self, method="GET", target="/", body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, target, body, headers or {})
            here = connection.sock.getsockname()
            answer = connection.getresponse()
            return f"{here[0]}:{here[1]}", answer, answer.read().decode()
        finally:
            connection.close()

    def requests(self, count):
        for _ in range(count):
            self.assertEqual(self.request()[1].status, 200)

    def lines(self, path=None):
        """What the file holds up to now; every line that has ended must be one of the log."""
        with open(path or self.path) as log:
            ended = [line for line in log if line.endswith("\n")]
        return [LINE.fullmatch(line) or self.fail(f"not a line of the log: {line!r}") for line in ended]

    def wait_for_lines(self, count, path=None):
        return wait_until(lambda: len(found := self.lines(path)) >= count and found, what=f"{count} lines")

    def metric(self, name):
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(os.path.join(self.stead.dir, "admin.sock"))
        connection.request("GET", "/metrics")
        series, _ = prometheus.parse(connection.getresponse().read().decode())
        connection.close()
        return prometheus.total(series, name)

    def not_logged(self):
        """Requests that have no line: the output did not take it, or the log's thread did not keep up."""
        return self.metric("stead_access_log_lost_total") + self.metric("stead_access_log_dropped_total")

    def assert_requests_are_not_held_up(self, seconds=1.0):
        failures, slowest, results = load(self.port, rate=200, seconds=seconds, reuse=True)
        self.assertEqual(failures, {})
        self.assertLess(slowest, 0.5)
        return len(results)


class Lines(AccessLog):
    def test_each_request_has_one_line_that_says_what_became_of_it(self):
        self.start(routes='"/ping" = { answer = 200, body = "pong" }\n"/none" = { pool = "none" }\n[pool.none]\n'
                          'members = ["127.0.0.1:1"]\nqueue = { timeout = "100ms" }\n')
        begun = time.time()
        asked = [self.request("GET", "/head"), self.request("POST", "/", b"id=7"), self.request("GET", "/ping"),
                 self.request("GET", "/none"),
                 self.request("GET", '/a"b\\c?q=1&text=a%20b', headers={"Host": "shop.example.com"})]
        by_client = {line["client"]: line for line in self.wait_for_lines(5)}
        self.assertEqual(by_client.keys(), {client for client, _, _ in asked})
        lines = [by_client[client] for client, _, _ in asked]  # those of two data loops may stand in another order
        for (_, answer, body), line in zip(asked, lines):
            self.assertEqual(line["status"], str(answer.status))
            self.assertEqual(int(line["bytes"]), len(body))
            stamp = time.mktime(time.strptime(line["time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
            self.assertLessEqual(int(begun), stamp)
            self.assertLessEqual(stamp, time.time())
        self.assertEqual(len({line["id"] for line in lines}), 5)
        head, post, ping, none, quoted = lines
        here, member = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.app.port}"
        self.assertEqual((head["method"], head["host"], head["target"]), ("GET", here, "/head"))
        self.assertIn("X-Request-Id: " + head["id"], asked[0][2])  # the member can log the same one
        self.assertEqual((head["member"], head["tries"]), (member, "1"))
        for line in (head, post):
            self.assertLessEqual(float(line["first"]), float(line["total"]))
        self.assertEqual((post["method"], post["member"]), ("POST", member))
        self.assertEqual((ping["member"], ping["tries"], ping["connect"], ping["first"]), ("-", "0", "-", "-"))
        self.assertEqual((none["status"], none["member"], none["flags"]), ("503", "-", "queued"))
        self.assertGreaterEqual(float(none["total"]), 100)
        self.assertEqual((quoted["host"], quoted["target"]), ("shop.example.com", r"/a\x22b\x5cc?q=1&text=a%20b"))

    def test_under_load_each_request_has_exactly_one_line(self):
        self.start()
        count = self.assert_requests_are_not_held_up()
        lines = self.wait_for_lines(count)
        self.assertEqual((len(lines), len({line["id"] for line in lines})), (count, count))
        # What is written is counted a moment after it is there.
        wait_until(lambda: self.metric("stead_access_log_lines_total") == count, what="the count of the lines")
        self.assertEqual(self.not_logged(), 0)

    def test_a_stop_and_an_upgrade_write_what_is_there_first(self):
        self.start()
        self.requests(3)
        self.assertEqual(self.stead.command("upgrade").returncode, 0)
        self.requests(3)
        self.assertEqual(self.stead.command("stop").returncode, 0)
        self.assertEqual(len(self.lines()), 6)

    def test_stdout_is_an_output_as_well(self):
        self.start(access="stdout")
        self.requests(2)
        wait_until(lambda: len(LINE.findall(self.stead.read_log())) == 2, what="two lines among the messages")

    def test_off_writes_nothing(self):
        self.start(access="off")
        self.requests(2)
        self.assertEqual(self.metric("stead_access_log_lines_total"), 0)


class Rotation(AccessLog):
    def test_a_file_that_was_moved_away_is_opened_anew_and_no_line_is_lost(self):
        self.start()
        orders = {"1": lambda: self.stead.process.send_signal(signal.SIGUSR1),
                  "2": lambda: self.stead.command("reload")}

        def rotate():
            for number, order in orders.items():
                os.rename(self.path, f"{self.path}.{number}")
                order()
                wait_until(lambda: os.path.exists(self.path), what="the new file")

        failures, _, results = load(self.port, rate=200, seconds=1, reuse=True, during=rotate)
        self.assertEqual(failures, {}, self.stead.read_log())
        files = [f"{self.path}.1", f"{self.path}.2", self.path]
        wait_until(lambda: sum(len(self.lines(path)) for path in files) == len(results), what="all lines in three files")
        self.assertGreater(len(self.lines()), 0)

    def test_the_signal_opens_the_log_and_reads_no_configuration(self):
        self.start()
        self.stead.write("in the middle of a change")
        os.rename(self.path, self.path + ".1")
        self.stead.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: os.path.exists(self.path), what="the new file")
        self.requests(1)
        self.wait_for_lines(1)
        self.assertNotIn("error", self.stead.read_log())


class Trouble(AccessLog):
    def test_a_pipe_that_nobody_reads_holds_nothing_up_and_logging_resumes_when_somebody_does(self):
        os.mkfifo(self.path)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        fcntl.fcntl(reader, F_SETPIPE_SZ, 4096)
        self.start()
        count = self.assert_requests_are_not_held_up()
        wait_until(lambda: self.not_logged() > 0, what="the notice of lost lines")
        self.assertRegex(self.stead.read_log(), r"\d+ lines of the access log were lost: whoever reads it does not keep")

        text = bytearray()

        def all_accounted_for():
            try:
                text.extend(os.read(reader, 65536))
            except BlockingIOError:
                pass
            return text.count(b"\n") + self.not_logged() >= count

        wait_until(all_accounted_for, what="a line or a count for each request")
        lost = self.not_logged()
        _, answer, body = self.request("GET", "/head")
        identity = re.search(r"X-Request-Id: (\S+)", body)[1].encode()
        wait_until(lambda: all_accounted_for() and identity in text, what="the line of a request after the trouble")
        self.assertEqual(self.not_logged(), lost)

    def test_a_pipe_without_a_reader_at_the_start_is_no_reason_not_to_serve(self):
        os.mkfifo(self.path)
        self.start()
        self.assertIn("there is no access log until it can be opened: open the access log " + self.path, self.stead.read_log())
        self.requests(1)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        wait_until(lambda: "the access log could be opened" in self.stead.read_log(), what="the pipe's opening")
        self.requests(1)
        with open(reader, closefd=False) as pipe:
            self.assertTrue(LINE.fullmatch(wait_until(pipe.readline, what="a line")))

    def start_on_small_disk(self):
        """Stead with 64 KiB for its log, seen by nobody else, of which all but two pages are taken."""
        mount = f"mount -t tmpfs -o size=64k,mode=755 none {self.place}"
        tried = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, text=True) \
            if os.geteuid() == 0 else None
        if tried is None or tried.returncode != 0:
            self.skipTest("no mount namespace: " + (tried.stderr.strip() if tried else "not root"))
        with tempfile.NamedTemporaryFile("w", prefix="stead-e2e-", delete=False) as script:
            self.addCleanup(os.unlink, script.name)
            script.write(f'#!/bin/sh\nexec unshare -m sh -c \'{mount} && head -c 57344 /dev/zero >{self.place}/filler '
                         f'&& exec {os.path.abspath(STEAD)} "$@"\' stead "$@"\n')
        os.chmod(script.name, 0o755)
        self.start(binary=script.name)
        return f"/proc/{self.stead.process.pid}/root{self.place}"

    def test_a_full_disk_holds_nothing_up_and_logging_resumes_when_there_is_room(self):
        inside = self.start_on_small_disk()
        count = self.assert_requests_are_not_held_up()
        wait_until(lambda: self.metric("stead_access_log_lines_total") + self.not_logged() >= count,
                   what="a line or a count for each request")
        lost = self.not_logged()
        self.assertGreater(lost, 0)
        self.assertIn("of the access log were lost: write: No space left on device", self.stead.read_log())
        written = self.metric("stead_access_log_lines_total")
        self.assertGreater(written, 0)

        os.unlink(f"{inside}/filler")
        self.requests(5)
        wait_until(lambda: self.metric("stead_access_log_lines_total") == written + 5, what="lines after the trouble")
        self.assertEqual(self.not_logged(), lost)
        with open(f"{inside}/access.log") as log:
            lines = log.readlines()
        # The one that the full disk cut in its middle is ended, so that those after it stand alone.
        whole = [line for line in lines if LINE.fullmatch(line)]
        self.assertLessEqual(len(lines) - len(whole), 1)
        self.assertEqual(len(whole), written + 5)


if __name__ == "__main__":
    unittest.main()
