"""What clients see while something dies, freezes, is reloaded or upgraded."""
import http.client
import os
import signal
import time
import unittest

from harness import App, Stead, config, free_port, load, wait_until


class Faults(unittest.TestCase):
    def setUp(self):
        self.apps = [App("one"), App("two")]
        self.port = free_port()
        self.stead = Stead(config(self.port, self.apps), self.port)
        self.addCleanup(self.clean)

    def clean(self):
        self.stead.end()
        for app in self.apps:
            app.end()

    def assert_none_failed(self, failures):
        self.assertEqual(failures, {}, self.stead.read_log())

    def test_a_killed_application_costs_no_request(self):
        for reuse in (False, True):
            with self.subTest(reuse=reuse):
                failures, _, _ = load(self.port, reuse=reuse, during=self.apps[0].process.kill)
                self.assert_none_failed(failures)
                self.apps[0].process.wait()
                self.apps[0].start()

    def test_a_frozen_application_costs_no_get(self):
        freeze = lambda: os.kill(self.apps[0].process.pid, signal.SIGSTOP)
        failures, _, _ = load(self.port, reuse=True, during=freeze)
        self.assert_none_failed(failures)

    def test_a_killed_worker_costs_no_request_also_on_kept_connections(self):
        for reuse in (False, True):
            with self.subTest(reuse=reuse):
                before = self.stead.worker_pid()
                failures, _, _ = load(self.port, reuse=reuse, during=lambda: os.kill(before, signal.SIGKILL))
                self.assert_none_failed(failures)
                self.assertNotEqual(wait_until(self.stead.worker_pid, what="a worker"), before)

    def test_a_frozen_worker_is_replaced_and_costs_no_request(self):
        before = self.stead.worker_pid()
        failures, _, _ = load(self.port, reuse=True, during=lambda: os.kill(before, signal.SIGSTOP))
        self.assert_none_failed(failures)
        self.assertNotEqual(wait_until(self.stead.worker_pid, what="a worker"), before)

    def test_reloads_cost_no_request(self):
        def reload_often():
            for _ in range(5):
                self.assertEqual(self.stead.command("reload").returncode, 0)

        failures, _, _ = load(self.port, reuse=True, during=reload_often)
        self.assert_none_failed(failures)

    def test_a_reload_with_a_mistake_changes_nothing_and_says_what_is_wrong(self):
        self.stead.write(config(self.port, self.apps).replace('pool = "app"', 'pool = "ap"'))
        done = self.stead.command("reload")
        self.assertEqual(done.returncode, 1)
        self.assertIn('ap', done.stdout + done.stderr)
        failures, _, _ = load(self.port, seconds=0.5)
        self.assert_none_failed(failures)

    def test_an_upgrade_costs_no_request(self):
        before = self.stead.worker_pid()

        def upgrade():
            done = self.stead.command("upgrade")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        failures, _, _ = load(self.port, reuse=True, during=upgrade)
        self.assert_none_failed(failures)
        self.assertNotEqual(wait_until(self.stead.worker_pid, what="a worker"), before)

    def test_a_long_request_outlives_an_upgrade(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/slow")
        self.assertEqual(self.stead.command("upgrade").returncode, 0)
        self.assertEqual(connection.getresponse().read(), b"slow\n")
        connection.close()

    def test_a_drained_member_gets_nothing_new(self):
        name = f"127.0.0.1:{self.apps[0].port}"
        self.assertEqual(self.stead.command("drain", name).returncode, 0)
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        for _ in range(20):
            connection.request("GET", "/")
            self.assertEqual(connection.getresponse().read(), b"two\n")
        connection.close()

    def test_a_stop_ends_with_0(self):
        self.stead.process.terminate()
        self.assertEqual(self.stead.process.wait(10), 0)


class OnlyApplication(unittest.TestCase):
    def test_requests_wait_while_the_only_application_restarts(self):
        app, port = App("one"), free_port()
        self.addCleanup(app.end)
        stead = Stead(config(port, [app]), port)
        self.addCleanup(stead.end)

        def restart():
            app.process.kill()
            app.process.wait()
            app.start()

        failures, _, _ = load(port, reuse=True, during=restart)
        self.assertEqual(failures, {}, stead.read_log())


class StaleConnections(unittest.TestCase):
    def test_a_member_that_closes_kept_connections_fails_no_request_and_runs_no_post_twice(self):
        app, port = App("one", "close-some"), free_port()
        self.addCleanup(app.end)
        stead = Stead(config(port, [app]), port)
        self.addCleanup(stead.end)
        for method in ("GET", "POST"):
            failures, _, results = load(port, rate=200, reuse=True, method=method)
            self.assertEqual(failures, {}, stead.read_log())
        connection = http.client.HTTPConnection("127.0.0.1", app.port)
        connection.request("GET", "/posts")
        posts = connection.getresponse().read().decode().split("\n")
        connection.close()
        self.assertEqual(len(posts), len(set(posts)))
        self.assertEqual(set(posts), {f"id={number}" for _, _, number in results})


if __name__ == "__main__":
    unittest.main()
