"""What an operator sees and orders: status, drain, ready, weight, metrics; and what garbage does to the sockets."""
import http.client
import os
import signal
import socket
import tempfile
import unittest

import prometheus
from harness import App, Stead, accepts, config, free_port, wait_until


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Admin(unittest.TestCase):
    extra = ""

    def setUp(self):
        self.apps = [App("one"), App("two")]
        for app in self.apps:
            self.addCleanup(app.end)
        self.port = free_port()
        fair = 'balance = "round-robin"\nslow-start = "off"\n'  # so that shares can be counted
        text = config(self.port, self.apps, self.extra).replace("[worker]", fair + "[worker]")
        self.stead = Stead(text, self.port)
        self.addCleanup(self.stead.end)
        self.names = [f"127.0.0.1:{app.port}" for app in self.apps]

    def answers(self, count):
        """How many of so many requests each application answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        counts = {"one": 0, "two": 0}
        for _ in range(count):
            connection.request("GET", "/")
            counts[connection.getresponse().read().decode().strip()] += 1
        connection.close()
        return counts

    def order(self, *args):
        done = self.stead.command(*args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def member(self, index):
        return self.stead.status()["pools"][0]["members"][index]

    def kill_worker(self):
        before = self.stead.worker_pid()
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.stead.worker_pid() not in (None, before), what="the next worker")


    def kill_keeper_and_start_again(self):
        worker = self.stead.worker_pid()
        self.stead.process.kill()
        self.stead.process.wait()
        self.stead.start()
        wait_until(lambda: self.stead.worker_pid() not in (None, worker), what="a worker of the new keeper")


class Members(Admin):
    def test_a_drain_holds_over_reload_upgrade_and_deaths_until_ready(self):
        name = self.names[0]
        self.assertEqual(self.order("drain", name), f"app/{name} is drained\n")
        self.assertEqual(self.answers(10), {"one": 0, "two": 10})
        events = {"reload": lambda: self.order("reload"), "upgrade": lambda: self.order("upgrade"),
                  "worker's death": self.kill_worker, "keeper's death": self.kill_keeper_and_start_again}
        for what, happens in events.items():
            with self.subTest(after=what):
                happens()
                self.assertTrue(self.member(0)["drained"])
                self.assertEqual(self.answers(10), {"one": 0, "two": 10})
        self.assertIn("drained", self.order("status"))
        self.assertEqual(self.order("ready", f"app/{name}"), f"app/{name} is ready\n")
        self.assertEqual(self.answers(10), {"one": 5, "two": 5})

    def test_an_order_that_was_acknowledged_outlives_the_worker_that_dies_the_moment_after(self):
        worker = self.stead.worker_pid()
        self.order("drain", self.names[0])
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: self.stead.worker_pid() not in (None, worker), what="the next worker")
        self.assertTrue(self.member(0)["drained"])

    def test_a_weight_holds_over_reload_and_the_workers_death(self):
        self.order("weight", self.names[0], "3")
        for what in ("order", "reload", "worker's death"):
            with self.subTest(after=what):
                if what == "reload":
                    self.order("reload")
                elif what != "order":
                    self.kill_worker()
                self.assertEqual((self.member(0)["weight"], self.member(0)["file_weight"]), (3, 1))
                # Each data loop takes turns by itself, so the share is exact on one connection.
                self.assertEqual(self.answers(12), {"one": 9, "two": 3})
        self.order("weight", self.names[0], "0")
        self.assertEqual(self.answers(5), {"one": 0, "two": 5})

    def test_draining_the_last_member_is_done_and_warned_of(self):
        for name in self.names:
            done = self.stead.command("drain", name)
            self.assertEqual(done.returncode, 0)
        self.assertIn("warning: pool app has no member left", done.stderr)
        for name in self.names:
            self.assertNotIn("warning", self.stead.command("ready", name).stderr)

    def test_a_weight_is_given_back_to_the_file(self):
        self.order("weight", self.names[0], "7")
        self.assertEqual(self.member(0)["weight"], 7)
        self.order("weight", self.names[0], "default")
        self.assertEqual(self.member(0)["weight"], 1)
        self.assertNotIn("file_weight", self.member(0))

    def test_an_unknown_member_is_refused_and_the_nearest_named(self):
        for command in (["drain"], ["ready"], ["weight"]):
            wrong = self.names[1] + "x"  # one letter from it, and at least two from the other
            done = self.stead.command(*command, wrong, *(["2"] if command == ["weight"] else []))
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stdout, "")
            self.assertIn(f"No pool has a member `{wrong}`", done.stderr)
            self.assertEqual(done.stderr.split("Did you mean:\n")[1].split("\n")[0].strip(), "app/" + self.names[1])
        self.assertEqual(self.answers(10), {"one": 5, "two": 5})

    def test_a_weight_that_is_none_is_refused(self):
        for wrong in ("1001", "-1", "much", "1.5"):
            self.assertEqual(self.stead.command("weight", self.names[0], wrong).returncode, 2, wrong)
        self.assertEqual(self.member(0)["weight"], 1)


class Status(Admin):
    def test_the_table_names_listeners_pools_members_and_why_one_is_down(self):
        self.apps[1].end()
        wait_until(lambda: [self.member(i)["state"] for i in (0, 1)] == ["up", "down"], what="the notice of the death")
        self.answers(3)
        table = self.order("status")
        lines = table.split("\n")
        self.assertRegex(lines[0], r"^e2e: worker \d+ for \d+(ms|s), configuration 1, stead \d+\.\d+\.\d+$")
        self.assertEqual(lines[1], f"listening on 127.0.0.1:{self.port}")
        rows = {line.split()[0]: line for line in lines if line.strip().startswith("127.")}
        self.assertIn(" up ", rows[self.names[0]])
        self.assertIn(" down ", rows[self.names[1]])
        self.assertIn("refused", rows[self.names[1]].lower())
        self.assertEqual([line.index("STATE") for line in lines if "STATE" in line], [rows[self.names[0]].index("up")])
        self.assertNotIn("\x1b", table)
        self.assertIn("\x1b[", self.order("status", "--colour", "always"))

    def test_a_pool_that_the_operator_has_drained_empty_is_not_passed_over(self):
        self.assertNotIn("No member takes requests", self.order("status"))
        self.order("drain", self.names[0])
        self.order("weight", self.names[1], "0")
        self.assertIn("No member takes requests: they are answered with 503.", self.order("status"))

    def test_json_says_what_the_table_says(self):
        self.answers(4)
        status = self.stead.status()
        self.assertEqual(status["listeners"], [{"name": f"127.0.0.1:{self.port}", "address": f"127.0.0.1:{self.port}"}])
        self.assertEqual([member["name"] for member in status["pools"][0]["members"]], self.names)
        self.assertEqual(sum(loop["counters"]["requests"] for loop in status["loops"]), 4)
        self.assertEqual(sum(member["counters"]["responses"] for member in status["pools"][0]["members"]), 4)

    def test_without_a_stead_each_command_says_so_and_what_to_do(self):
        with tempfile.TemporaryDirectory() as nowhere:
            self.stead.dir, kept = nowhere, self.stead.dir
            try:
                for command in (["status"], ["drain", "a:1"], ["ready", "a:1"], ["weight", "a:1", "1"], ["reload"],
                                ["upgrade"], ["stop"]):
                    with self.subTest(command=command):
                        done = self.stead.command(*command)
                        self.assertEqual((done.returncode, done.stdout), (1, ""))
                        self.assertIn(nowhere, done.stderr)
                        self.assertIn("`stead run FILE`", done.stderr)
                        self.assertIn("--run-dir DIR", done.stderr)
            finally:
                self.stead.dir = kept


class Metrics(Admin):
    def setUp(self):
        self.metrics_port = free_port()
        self.extra = f'[admin]\nmetrics = "127.0.0.1:{self.metrics_port}"\n'
        super().setUp()

    def scrape(self, connection=None, method="GET", path="/metrics"):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()

    def test_every_line_is_what_a_scraper_expects_and_counters_rise_with_requests(self):
        answer, before = self.scrape()
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        before, types = prometheus.parse(before)
        self.answers(6)
        total = prometheus.total
        grown = lambda name, **labels: total(after, name, **labels) - total(before, name, **labels)
        # The last request is counted when its answer has been sent, and the scrape may come before that.
        after = {}
        def counted():
            nonlocal after
            after, _ = prometheus.parse(self.scrape()[1])
            return grown("stead_request_duration_seconds_count") >= 6
        wait_until(counted, what="the count of the last request")
        self.assertEqual(grown("stead_requests_total"), 6)
        self.assertEqual(grown("stead_responses_total", **{"class": "1xx-3xx"}), 6)
        self.assertEqual(grown("stead_responses_total", **{"class": "5xx"}), 0)
        self.assertEqual(grown("stead_request_duration_seconds_count"), 6)
        for name in self.names:
            self.assertEqual(grown("stead_member_requests_total", pool="app", member=name), 3)
            self.assertEqual(prometheus.total(after, "stead_member_state", member=name), 1)  # in one state at a time
        self.assertLessEqual(before.keys(), after.keys())
        for (name, labels), value in before.items():
            if types.get(name) == "counter":
                self.assertGreaterEqual(after[(name, labels)], value, name)

    def test_the_unix_socket_serves_the_same_and_tcp_nothing_else(self):
        def the_same():
            over_unix, _ = prometheus.parse(self.scrape(UnixConnection(os.path.join(self.stead.dir, "admin.sock")))[1])
            over_tcp, _ = prometheus.parse(self.scrape()[1])
            return over_unix.keys() == over_tcp.keys()

        wait_until(the_same, what="the same series on both")  # a member's first check may come between two scrapes
        for method, path in (("GET", "/v1/status"), ("POST", "/v1/members/drain"), ("GET", "/"), ("POST", "/metrics")):
            self.assertIn(self.scrape(method=method, path=path)[0].status, (404, 405), path)
        self.assertFalse(self.member(0)["drained"])

    def test_the_port_is_there_again_after_the_workers_death_and_an_upgrade(self):
        self.kill_worker()
        wait_until(lambda: accepts(self.metrics_port), what="the metrics' port after the worker's death")
        prometheus.parse(self.scrape()[1])
        self.order("upgrade")
        wait_until(lambda: accepts(self.metrics_port), what="the metrics' port after the upgrade")
        prometheus.parse(self.scrape()[1])


class Garbage(Admin):
    GARBAGE = (b"", b"\0" * 100, b"\n", b"reload " * 5000, b"GET", b"GET / HTTP/9.9\r\n\r\n", b"\xff" * 200_000,
               b"POST /v1/members/drain HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
               b"POST /v1/members/drain HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n{\"a", b"stop now\n", b"{}\n",
               b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b"A: b\r\n" * 20_000)

    def throw(self, path, data):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(path)
            try:
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before it was all said

    def test_garbage_on_the_sockets_changes_nothing(self):
        worker = self.stead.worker_pid()
        for name in ("admin.sock", "keeper.sock"):
            for data in self.GARBAGE:
                with self.subTest(socket=name, data=data[:40]):
                    self.throw(os.path.join(self.stead.dir, name), data)
                    self.assertIsNone(self.stead.process.poll())
        self.assertEqual(self.stead.worker_pid(), worker)
        self.assertEqual((self.stead.status()["generation"], self.member(0)["drained"]), (1, False))
        self.assertEqual(self.answers(10), {"one": 5, "two": 5})
        self.order("reload")

    def test_garbage_on_the_socket_for_the_next_keeper_does_not_keep_it_away(self):
        for data in (b"\0", b"{}", b'{"type": "adopt"}', b"\xff" * 50_000):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
                client.connect(os.path.join(self.stead.dir, "orphan.sock"))
                client.sendall(data)  # waits there for the day when the keeper dies
        self.kill_keeper_and_start_again()
        self.assertFalse(self.stead.status()["keeper_gone"])
        self.assertEqual(self.answers(10), {"one": 5, "two": 5})

    def test_clients_that_say_nothing_do_not_keep_others_out(self):
        for name, command in (("admin.sock", "status"), ("keeper.sock", "reload")):
            silent = []
            for _ in range(20):
                client = socket.socket(socket.AF_UNIX)
                self.addCleanup(client.close)
                client.connect(os.path.join(self.stead.dir, name))
                silent.append(client)
            with self.subTest(socket=name):
                self.order(command)


if __name__ == "__main__":
    unittest.main()
