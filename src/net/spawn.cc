#include "net/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

// glibc 2.36 declares these as if they were C++.
extern "C" {
#include <sys/pidfd.h>
}

namespace stead::net {
namespace {

constexpr int kChildChannel = 3;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// What happens in the child between fork and exec.
class Plan {
 public:
  explicit Plan(const Program& program) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // Also right where it is descriptor 3 already: it then only loses its close-on-exec.
    if (program.channel) posix_spawn_file_actions_adddup2(&actions_, *program.channel, kChildChannel);
    if (program.errors) posix_spawn_file_actions_adddup2(&actions_, *program.errors, STDERR_FILENO);
    // What a library has opened without close-on-exec is not the child's either.
    posix_spawn_file_actions_addclosefrom_np(&actions_, program.channel ? kChildChannel + 1 : kChildChannel);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP;
    if (program.foreign) {
      for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
        if (stream == STDERR_FILENO && program.errors) continue;
        posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_WRONLY, 0);
      }
      sigset_t ignored_by_us;
      sigemptyset(&ignored_by_us);
      sigaddset(&ignored_by_us, SIGPIPE);
      posix_spawnattr_setsigdefault(&attributes_, &ignored_by_us);
      flags |= POSIX_SPAWN_SETSIGDEF;
    }
    posix_spawnattr_setflags(&attributes_, flags);
  }
  ~Plan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<pid_t> spawn_unwatched(const Program& program) {
  const Plan plan(program);
  const std::vector<char*> arguments = pointers(program.arguments);
  const std::vector<char*> environment = pointers(program.environment);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, program.path.c_str(), plan.actions(), plan.attributes(), arguments.data(), environment.data());
  if (error != 0) return failure_errno("start " + program.path, error);
  return pid;
}

Result<Process> spawn(const Program& program) {
  const Result<pid_t> pid = spawn_unwatched(program);
  if (!pid) return std::unexpected(pid.error());
  return find_process(*pid);
}

bool kill_group(pid_t group) { return kill(-group, SIGKILL) == 0; }

Result<Process> find_process(pid_t pid) {
  UniqueFd pidfd(pidfd_open(pid, 0));
  if (!pidfd) return failure_errno("watch process " + std::to_string(pid));
  return Process{.pid = pid, .pidfd = std::move(pidfd)};
}

bool send_signal(const Process& process, int signal) {
  return pidfd_send_signal(process.pidfd.get(), signal, nullptr, 0) == 0;
}

std::optional<Exit> collect_child() {
  Exit exit;
  do {
    exit.pid = waitpid(-1, &exit.status, WNOHANG);
  } while (exit.pid < 0 && errno == EINTR);
  if (exit.pid <= 0) return std::nullopt;
  return exit;
}

std::string describe_exit(int status) {
  if (WIFEXITED(status)) return "exited with " + std::to_string(WEXITSTATUS(status));
  if (!WIFSIGNALED(status)) return "changed its state";
  const char* name = sigdescr_np(WTERMSIG(status));
  return "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" + (name != nullptr ? name : "unknown") + ")";
}

std::vector<std::string> environment_without(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (std::ranges::find(names, name) == names.end()) result.emplace_back(text);
  }
  return result;
}

}  // namespace stead::net
