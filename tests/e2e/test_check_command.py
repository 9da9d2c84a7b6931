"""What the commands say before anything runs: `stead check` on good and bad files, --help, and README.md's promises."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from harness import HERE, STEAD

ROOT = os.path.dirname(os.path.dirname(HERE))
ACTING = {"run", "check", "status", "reload", "upgrade", "stop", "drain", "ready", "weight", "vip", "handover", "takeback"}
GOOD = """name = "shop"
[site.shop]
listen = ["any:8080"]
route = { "/" = { pool = "app" } }
[pool.app]
members = ["127.0.0.1:8001", "127.0.0.1:8002"]
"""
# Each line is a mistake, and each of its own kind.
BAD = """nam = "shop"
[site.shop]
listen = ["any:99999"]
route = { "/" = { pool = "ap" }, "/old/" = { redirect = "elsewhere" } }
[pool.app]
members = ["127.0.0.1:8001", "127.0.0.1:8001"]
balance = "roundrobin"
timeouts = { connect = 5 }
check = { http = "healthz", evry = "1s" }
[timeout]
drain = "1s"
"""


def stead(*args, **options):
    return subprocess.run([STEAD, *args], capture_output=True, text=True, timeout=20, **options)


class Check(unittest.TestCase):
    def check(self, text, *args, name="shop.toml"):
        with tempfile.TemporaryDirectory() as place:
            with open(os.path.join(place, name), "w") as f:
                f.write(text)
            return stead("check", name, *args, cwd=place)

    def test_a_good_file_is_explained_and_nothing_complained_about(self):
        done = self.check(GOOD)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in ("any:8080", "127.0.0.1:8001", "127.0.0.1:8002", "least-request", "When something dies"):
            self.assertIn(word, done.stdout)

    def test_single_points_of_failure_are_named(self):
        points = lambda text: re.sub(r"\s+", " ", self.check(text).stdout.split("Single points of failure")[1])
        self.assertIn("one machine alone runs Stead", points(GOOD))
        self.assertIn("Both members of pool app, which shop needs, are on this machine", points(GOOD))
        lonely = points(GOOD.replace(', "127.0.0.1:8002"', ""))
        self.assertRegex(lonely, r"[Pp]ool app.* one member|only member of (pool )?app")
        nodes = '[node]\nedge-1 = "10.0.0.1"\nedge-2 = "10.0.0.2"\napp-1 = "10.0.0.3"\napp-2 = "10.0.0.4"\n'
        apart = GOOD.replace('"127.0.0.1:8001", "127.0.0.1:8002"', '"app-1:8001", "app-2:8001"') + nodes
        self.assertNotIn("Both members", self.check(apart).stdout)

    def test_all_mistakes_are_told_in_one_run_each_with_its_place_and_a_suggestion_where_one_is_near(self):
        done = self.check(BAD)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        found = set(re.findall(r"^error\[(E\d{4})\].*\n +--> shop\.toml:(\d+):\d+$", done.stderr, re.M))
        self.assertEqual(found, {("E0101", "1"), ("E0202", "3"), ("E0304", "4"), ("E0306", "4"), ("E0402", "6"),
                                 ("E0107", "7"), ("E0106", "8"), ("E0405", "9"), ("E0101", "9"), ("E0102", "10")})
        for suggestion in ("`name`", "`app`", "round-robin", "`every`", "`timeouts`"):
            self.assertRegex(done.stderr, r"did you mean [`\"]?" + suggestion)
        self.assertTrue(done.stderr.endswith("\n10 errors\n"), done.stderr)

    def test_json_is_an_array_of_the_same_and_empty_for_a_good_file(self):
        self.assertEqual(json.loads(self.check(GOOD, "--json").stdout), [])
        done = self.check(BAD, "--json")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        mistakes = json.loads(done.stdout)
        self.assertEqual(len(mistakes), 10)
        for mistake in mistakes:
            self.assertEqual((mistake["file"], mistake["severity"]), ("shop.toml", "error"))
            line = BAD.split("\n")[mistake["line"] - 1]
            self.assertTrue(line[mistake["column"] - 1:mistake["end_column"] - 1], mistake)
            self.assertTrue(mistake["message"] and mistake["why"], mistake)
        ap = next(mistake for mistake in mistakes if mistake["code"] == "E0304")
        self.assertEqual(ap["replacement"], '"app"')

    def test_a_replacement_in_json_mends_the_file(self):
        text = GOOD.replace('pool = "app"', 'pool = "ap"').replace("members", "membrs")
        for _ in range(5):
            mistakes = [m for m in json.loads(self.check(text, "--json").stdout) if m.get("replacement")]
            if not mistakes:
                break
            last = max(mistakes, key=lambda m: (m["line"], m["column"]))
            lines = text.split("\n")
            line = lines[last["line"] - 1]
            lines[last["line"] - 1] = line[:last["column"] - 1] + last["replacement"] + line[last["end_column"] - 1:]
            text = "\n".join(lines)
        self.assertEqual(text, GOOD)

    def test_a_warning_does_not_keep_the_file_from_being_used(self):
        done = self.check(GOOD + '[pool.spare]\nmembers = ["127.0.0.1:9"]\n')
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning[W0601]", done.stderr)
        self.assertIn("When something dies", done.stdout)

    def test_what_is_no_toml_or_cannot_be_read_is_said_plainly(self):
        for text in ("[site.shop\n", "name = \n", "\0\1\2", "name = \"\xff\n", "=" * 100_000):
            with self.subTest(text=text[:20]):
                done = self.check(text)
                self.assertEqual(done.returncode, 1)
                self.assertIn("error[E0001]", done.stderr)
                self.assertLess(len(done.stderr), 5000)
        self.assertIn("error[E0110]", self.check("").stderr)
        for path, why in (("/nowhere/shop.toml", "No such file or directory"), ("/", "Is a directory")):
            done = stead("check", path)
            self.assertEqual(done.returncode, 1)
            self.assertIn(path, done.stderr)
            self.assertIn(why, done.stderr)

    def test_colours_only_where_they_are_asked_for(self):
        self.assertNotIn("\x1b", self.check(BAD).stderr)
        self.assertIn("\x1b[", self.check(BAD, "--colour", "always").stderr)

    def test_run_refuses_a_bad_file_as_check_does(self):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, "shop.toml")
            with open(path, "w") as f:
                f.write(BAD)
            done = stead("run", path, "--run-dir", place, "--state-dir", place)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, stead("check", path).stderr)


class Help(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, "README.md")) as f:
            self.readme = f.read()

    def commands(self):
        return re.findall(r"^  ([a-z]+)  +\S", stead("--help").stdout, re.M)

    def test_each_command_is_listed_and_explains_itself(self):
        commands = self.commands()
        self.assertEqual(set(commands), ACTING | {"reference", "schema"})
        for command in commands:
            done = stead(command, "--help")
            with self.subTest(command=command):
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                usage = done.stdout.split("\n")[0]
                self.assertTrue(usage.startswith(f"stead {command}"), usage)
                for option in re.findall(r"--[a-z-]+|\b[A-Z]{3,}\b", usage):
                    self.assertRegex(done.stdout, rf"\n  (.* )?{option}\b", "in the first line, and not explained")

    def test_readme_names_only_commands_that_there_are_and_all_that_act(self):
        prose = re.sub(r"```.*?```", "", self.readme, flags=re.S)
        named = set()
        for group in re.findall(r"`stead[^`]*`(?:,? (?:and )?`[a-z]+`)*", prose):
            named |= {word for quoted in re.findall(r"`([^`]+)`", group) for word in quoted.split()
                      if word.islower() and word.isalpha() and word != "stead"}
        self.assertEqual(named - set(self.commands()), set())
        self.assertEqual(ACTING - named, set())

    def test_the_files_and_the_message_in_readme_are_what_the_binary_says(self):
        toml = re.search(r"```toml\n(.*?)```", self.readme, re.S)[1]
        message = re.search(r"```\n(error.*?)```", self.readme, re.S)[1]
        with tempfile.TemporaryDirectory() as place:
            def check(text):
                with open(os.path.join(place, "shop.toml"), "w") as f:
                    f.write(text)
                return stead("check", "shop.toml", cwd=place)

            self.assertEqual(check(toml).returncode, 0)
            self.assertEqual(check(toml.replace('pool = "app"', 'pool = "ap"')).stderr, message + "\n1 error\n")

    def test_a_command_that_there_is_not_is_refused_with_the_nearest(self):
        done = stead("relaod")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean `reload`?", done.stderr)
        for arguments in ((), ("check",), ("check", "a", "--jsn"), ("status", "surplus"), ("weight", "a:1")):
            done = stead(*arguments)
            with self.subTest(arguments=arguments):
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("--help`", done.stderr)

    def test_links_in_the_documents_lead_somewhere(self):
        for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/operating.md", "docs/reference.md"):
            place = os.path.join(ROOT, os.path.dirname(name))
            with open(os.path.join(ROOT, name)) as f:
                for target in re.findall(r"\]\(([^)#:]+)\)", f.read()):
                    self.assertTrue(os.path.exists(os.path.join(place, target)), f"{name}: {target}")


if __name__ == "__main__":
    unittest.main()
