// Starts programs, and learns how they ended. A child gets the standard streams, the descriptors that were named, and
// nothing else: everything in Stead is close-on-exec. It gets an empty signal mask and a process group of its own, so
// that a Ctrl-C in the terminal reaches the keeper only, which then stops its children in order.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::net {

struct Program {
  std::string path;
  std::vector<std::string> arguments;    // the first is the program's name
  std::vector<std::string> environment;  // NAME=value
  std::optional<int> channel;            // becomes the child's descriptor 3
  // Its output goes nowhere, and SIGPIPE is what it is for others: for programs that are not ours.
  bool foreign = false;
  std::optional<int> errors = std::nullopt;  // `foreign`: becomes its standard error
};

// A process and its pidfd, by which it can be signalled without the risk of hitting another that got its number.
struct Process {
  pid_t pid = -1;
  UniqueFd pidfd;  // readable once it is gone
};

[[nodiscard]] Result<Process> spawn(const Program& program);
// The same without a pidfd, for which there may be no descriptor left when the child runs already. Until it is
// collected, nobody else can have its number, nor that of its process group, which is the same.
[[nodiscard]] Result<pid_t> spawn_unwatched(const Program& program);
// False: there is none.
bool kill_group(pid_t group);
// A process that need not be our child.
[[nodiscard]] Result<Process> find_process(pid_t pid);
// False: it is gone.
bool send_signal(const Process& process, int signal);

struct Exit {
  pid_t pid = -1;
  int status = 0;  // as waitpid() has it
};

// Collects one child that has ended, whoever it was; nullopt: none has. Never waits.
[[nodiscard]] std::optional<Exit> collect_child();
// "exited with 1", "was killed by signal 9 (Killed)".
[[nodiscard]] std::string describe_exit(int status);

// The environment of this process, without those variables.
[[nodiscard]] std::vector<std::string> environment_without(const std::vector<std::string>& names);

}  // namespace stead::net
