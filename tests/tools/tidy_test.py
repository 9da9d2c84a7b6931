"""tools/tidy: each of its rules speaks where it should, and is silent where there is nothing to say."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TIDY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/tidy")
GOOD_HEADER = "// What it is for.\n#pragma once\n\n#include \"base/time.h\"\n\nnamespace stead {\nint answer();\n}\n"


class Tidy(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="stead-tidy-")
        self.addCleanup(shutil.rmtree, self.root)
        subprocess.run(["git", "init", "-q", self.root], check=True)
        self.write("src/core/good.h", GOOD_HEADER)
        self.write("src/core/good.cc", "#include \"core/good.h\"\n\nnamespace stead {\nint answer() { return 42; }\n}\n")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)

    def run_tidy(self):
        done = subprocess.run([sys.executable, TIDY, "--root", self.root], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def finds(self, name, text, *words):
        self.write(name, text)
        status, said = self.run_tidy()
        self.assertEqual(status, 1, said)
        for word in (name + ":", *words):
            self.assertIn(word, said)

    def test_a_good_tree_is_tidy(self):
        self.assertEqual(self.run_tidy(), (0, "tidy\n"))

    def test_includes_point_to_lower_layers_only(self):
        self.finds("src/core/bad.cc", '#include "net/poller.h"\n', "core does not include net")

    def test_the_keeper_does_without_services(self):
        self.finds("src/keeper/bad.cc", '#include "service/http/plan.h"\n', "keeper does not include service")

    def test_services_do_not_include_each_other(self):
        self.finds("src/service/http/bad.cc", '#include "service/check/probe.h"\n', "service/http does not include service/check")

    def test_cores_ask_no_clock_and_open_no_socket(self):
        self.finds("src/core/bad.cc", "#include <sys/socket.h>\nauto when = std::chrono::steady_clock::now();\n",
                   "bad.cc:1:", "bad.cc:2:", "time is handed in")

    def test_calls_that_are_not_used(self):
        for call in ('atoi("1");', 'system("ls");', "auto* x = new Thing;", "std::this_thread::sleep_for(1s);", "out << std::endl;"):
            with self.subTest(call=call):
                self.finds("src/net/bad.cc", f"void f() {{\n  {call}\n}}\n", "bad.cc:2:")

    def test_words_in_comments_and_texts_are_no_calls(self):
        self.write("src/net/fine.cc", '// A new connection; atoi() would not do.\nconst char* text = "system(1) and new Thing";\n')
        self.assertEqual(self.run_tidy()[0], 0)

    def test_tests_do_not_sleep(self):
        self.finds("tests/core/bad_test.cc", "void f() {\n  usleep(1000);\n}\n", "await an event")

    def test_headers_say_what_they_are_for(self):
        self.finds("src/core/bad.h", "#pragma once\n", "begins with what it is for")
        self.finds("src/core/bad.h", "// A thing.\n", "no #pragma once")

    def test_functions_and_files_have_a_length(self):
        self.finds("src/core/bad.cc", "void long_one() {\n" + "  step();\n" * 80 + "}\n", "long_one has 82 lines")
        self.finds("src/core/bad.cc", "// line\n" * 700, "one subject a file")

    def test_left_over_notes_and_paths(self):
        self.finds("src/core/bad.cc", "// TO" + "DO later\n", "do it")
        self.finds("docs/bad.md", "see /ro" + "ot/notes\n", "paths of one machine")


if __name__ == "__main__":
    unittest.main()
