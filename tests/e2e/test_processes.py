"""Keeper, worker and binary as an operator meets them: killed, stopped, started twice, replaced by something broken."""
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import STEAD, App, Stead, accepts, config, free_port, load, wait_until


def get(port, path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Processes(unittest.TestCase):
    def setUp(self):
        self.apps = [App("one"), App("two")]
        for app in self.apps:
            self.addCleanup(app.end)
        self.port = free_port()

    def start(self, **options):
        self.stead = Stead(config(self.port, self.apps), self.port, **options)
        self.addCleanup(self.stead.end)
        return self.stead

    def kill_worker(self):
        """Kills the worker, and waits for the next one."""
        before = self.stead.worker_pid()
        os.kill(before, signal.SIGKILL)
        return wait_until(lambda: (now := self.stead.worker_pid()) != before and now, what="the next worker")

    def kill_keeper(self):
        self.stead.process.kill()
        self.stead.process.wait()


class KeeperDeath(Processes):
    def test_a_killed_keeper_costs_nothing_and_the_next_one_takes_over(self):
        stead = self.start()
        before = stead.worker_pid()

        def die_and_return():
            self.kill_keeper()
            wait_until(lambda: stead.status()["keeper_gone"], what="the worker's notice of its keeper's death")
            self.assertEqual(stead.worker_pid(), before)
            stead.start()
            wait_until(lambda: stead.worker_pid() not in (None, before), what="a worker of the new keeper")

        for reuse in (False, True):
            with self.subTest(reuse=reuse):
                before = stead.worker_pid()
                failures, _, _ = load(self.port, seconds=2, reuse=reuse, during=die_and_return)
                self.assertEqual(failures, {}, stead.read_log())
                self.assertFalse(stead.status()["keeper_gone"])

    def test_status_says_that_the_keeper_is_gone_and_other_commands_that_there_is_none(self):
        stead = self.start()
        self.kill_keeper()
        wait_until(lambda: stead.status()["keeper_gone"], what="the worker's notice of its keeper's death")
        self.assertIn("The keeper is gone", stead.command("status").stdout)
        done = stead.command("reload")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no Stead runs with the run dir " + stead.dir, done.stderr)
        stopped = stead.command("stop")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertFalse(accepts(self.port))

    def test_when_the_worker_dies_after_its_keeper_nothing_is_left_in_the_way_of_the_next_start(self):
        stead = self.start()
        worker = stead.worker_pid()
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"GET /")  # an open connection, which the holder keeps as long as somebody may want it
            self.kill_keeper()
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda: not accepts(self.port), what="the end of all that held the listener")
        stead.start()
        self.assertEqual(get(self.port)[0], 200)


class Stop(Processes):
    def test_sigterm_finishes_the_request_in_flight_closes_idle_connections_and_refuses_new_ones(self):
        stead = self.start()
        idle = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(idle.close)
        idle.request("GET", "/")
        idle.getresponse().read()
        busy = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(busy.close)
        busy.request("GET", "/slow")
        active = lambda: sum(m["counters"]["active"] for m in stead.status()["pools"][0]["members"])
        wait_until(lambda: active() == 1, what="the request's arrival at a member")

        stead.process.send_signal(signal.SIGTERM)
        self.assertEqual(idle.sock.recv(1), b"")
        wait_until(lambda: not accepts(self.port), what="the end of the listener")
        self.assertIsNone(stead.process.poll(), "it ended before the request in flight did")
        answer = busy.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, b"slow\n"))
        self.assertEqual(stead.process.wait(10), 0)
        self.assertEqual([name for name in os.listdir(stead.dir) if name.endswith(".sock")], [])

    def test_who_waits_to_be_accepted_when_it_stops_is_served(self):
        with_patience = config(self.port, self.apps).replace("loops = 2", 'loops = 2\nheartbeat-timeout = "10s"')
        stead = self.start()
        stead.write(with_patience)
        self.assertEqual(stead.command("reload").returncode, 0)
        worker = stead.worker_pid()
        os.kill(worker, signal.SIGSTOP)
        waiting = [http.client.HTTPConnection("127.0.0.1", self.port, timeout=10) for _ in range(10)]
        try:
            for connection in waiting:
                self.addCleanup(connection.close)
                connection.request("GET", "/")
            stead.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "stopping" in stead.read_log(), what="the stop")
        finally:
            os.kill(worker, signal.SIGCONT)
        self.assertEqual([connection.getresponse().status for connection in waiting], [200] * 10)
        self.assertEqual(stead.process.wait(10), 0)

    def test_a_second_stop_ends_at_once(self):
        stead = self.start()
        busy = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.addCleanup(busy.close)
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        active = lambda: sum(m["counters"]["active"] for m in stead.status()["pools"][0]["members"])
        wait_until(lambda: active() == 1, what="the request's arrival at a member")
        first = subprocess.Popen([STEAD, "stop", "--run-dir", stead.dir], stdout=subprocess.PIPE, text=True)
        self.addCleanup(first.kill)
        wait_until(lambda: not accepts(self.port), what="the end of the listener")
        self.assertEqual(stead.command("stop").returncode, 0)
        self.assertEqual(first.communicate(timeout=10)[0], "stopped\n")
        stead.process.wait(10)
        self.assertEqual(busy.recv(100), b"")


class SecondStart(Processes):
    def test_a_second_run_in_the_same_run_dir_is_refused_and_the_first_is_unharmed(self):
        stead = self.start()
        before = stead.worker_pid()
        done = stead.command("run", stead.file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another Stead runs here already", done.stderr)
        self.assertIn(f"process {stead.process.pid}", done.stderr)
        self.assertIn("--run-dir", done.stderr)
        self.assertEqual(stead.worker_pid(), before)
        self.assertEqual(get(self.port)[0], 200)

    def test_a_second_run_elsewhere_on_a_taken_port_is_refused_and_the_port_is_named(self):
        stead = self.start()
        with tempfile.TemporaryDirectory() as other:
            done = subprocess.run([STEAD, "run", stead.file, "--run-dir", other, "--state-dir", other],
                                  capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"port {self.port} of 127.0.0.1 is taken", done.stderr)


    def test_a_run_dir_with_too_long_a_name_is_refused_and_that_is_said(self):
        stead = self.start(start=False)
        far = os.path.join(stead.dir, "d" * 100)
        done = subprocess.run([STEAD, "run", stead.file, "--run-dir", far], capture_output=True, text=True, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertTrue(done.stderr.startswith("stead: the socket's path has "), done.stderr)
        self.assertIn("choose a shorter --run-dir", done.stderr)
        self.assertFalse(os.path.exists(far))


class CrashLoop(Processes):
    def test_a_worker_that_dies_again_and_again_is_backed_off_and_this_is_said_loudly(self):
        stead = self.start()
        said = lambda: re.findall(r"error keeper  the worker has died (\d+) times in a row; "
                                  r"the next one starts in (\d+) ms", stead.read_log())
        while len(said()) < 3:
            self.kill_worker()
        deaths = [(int(times), int(delay)) for times, delay in said()]
        self.assertEqual(deaths, [(4, 100), (5, 200), (6, 400)])
        self.assertEqual(get(self.port)[0], 200)  # it never gives up


class BrokenUpgrade(Processes):
    def setUp(self):
        super().setUp()
        self.place = tempfile.mkdtemp(prefix="stead-e2e-binary-")
        self.addCleanup(shutil.rmtree, self.place)
        self.binary = os.path.join(self.place, "stead")
        shutil.copy(STEAD, self.binary)
        self.start(binary=self.binary)

    def install(self, text):
        """As a package manager does it: a new file in the old one's place."""
        with open(self.binary + ".new", "w") as f:
            f.write(text)
        os.chmod(self.binary + ".new", 0o755)
        os.rename(self.binary + ".new", self.binary)

    def assert_upgrade_refused(self):
        keeper, worker = self.stead.process.pid, self.stead.worker_pid()
        done = None

        def upgrade():
            nonlocal done
            done = self.stead.command("upgrade")

        failures, _, _ = load(self.port, seconds=0.5, reuse=True, during=upgrade)
        self.assertEqual(failures, {}, self.stead.read_log())
        self.assertEqual(done.returncode, 1)
        self.assertIn("the upgrade failed, and Stead goes on as it was", done.stderr)
        self.assertIsNone(self.stead.process.poll())
        self.assertEqual((self.stead.process.pid, self.stead.worker_pid()), (keeper, worker))
        return done.stderr

    def test_a_binary_that_ends_at_once_is_refused(self):
        self.install("#!/bin/sh\nexit 1\n")
        self.assertIn("exited with 1", self.assert_upgrade_refused())

    def test_a_binary_that_is_none_is_refused(self):
        self.install("this is not a program\n")
        self.assertIn("Exec format error", self.assert_upgrade_refused())

    def test_a_binary_whose_worker_cannot_start_is_refused(self):
        self.install('#!/bin/sh\n[ "$1" = takeover-check ]\n')
        self.assertIn("the new worker exited with 1", self.assert_upgrade_refused())

    def test_a_broken_binary_on_disk_does_not_keep_a_dead_worker_from_being_replaced(self):
        self.install("#!/bin/sh\nexit 1\n")
        self.assert_upgrade_refused()
        self.kill_worker()
        self.assertEqual(get(self.port)[0], 200)

    def test_a_good_binary_in_a_broken_ones_place_is_taken(self):
        self.install("#!/bin/sh\nexit 1\n")
        self.assert_upgrade_refused()
        shutil.copy(STEAD, self.binary + ".new")
        os.rename(self.binary + ".new", self.binary)
        before = self.stead.worker_pid()
        done = self.stead.command("upgrade")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(self.stead.worker_pid(), before)
        self.assertEqual(os.readlink(f"/proc/{self.stead.process.pid}/exe"), self.binary)


if __name__ == "__main__":
    unittest.main()
