// A program that says by its exit code how things are.
//
// It may do what it likes: hang, be stopped, write without end, leave children behind. It runs in a process group of
// its own, which is killed as a whole, and it counts as running until it is collected, so that there is never a second.
#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "config/quantity.h"
#include "keeper/track/probe.h"
#include "keeper/worker_process.h"

namespace stead::keeper::track {
namespace {

using core::track::Finding;

// The machine has no room for it now, which says something about the machine, and nothing about what is looked at.
bool is_shortage(int code) {
  // ETXTBSY: it is just being written anew.
  return code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE || code == EINTR || code == ETXTBSY;
}

class CommandProbe : public Probe {
 public:
  explicit CommandProbe(const config::Track& track) : command_(track.command), timeout_(track.timeout) {}
  ~CommandProbe() override { CommandProbe::abandon(); }

  std::optional<Found> start() override {
    const Result<pid_t> child = net::spawn_unwatched({.path = command_.front(),
                                                      .arguments = command_,
                                                      .environment = child_environment(),
                                                      .channel = std::nullopt,
                                                      .foreign = true});
    if (!child) {
      return Found{
          .finding = Finding::Unknown, .why = child.error().message, .hopeless = !is_shortage(child.error().code)};
    }
    child_ = *child;
    return std::nullopt;
  }

  bool handle_exit(const net::Exit& exit) override {
    if (!child_ || exit.pid != *child_) return false;
    child_.reset();
    status_ = exit.status;
    return true;
  }

  Found verdict() const override {
    if (WIFEXITED(status_) && WEXITSTATUS(status_) == 0) return {.finding = Finding::Good};
    const std::string how = command_.front() + " " + net::describe_exit(status_);
    // What kills so is not the command's own doing: mostly the kernel, whose memory has run out.
    if (WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL) return {.finding = Finding::Unknown, .why = how};
    return {.finding = Finding::Bad, .why = how};
  }

  void abandon() override {
    if (child_) net::kill_group(*child_);
  }

  bool running() const override { return child_.has_value(); }

  std::string silence() const override {
    return fmt::format("{} has not ended after {}", command_.front(), config::say_duration(timeout_));
  }

 private:
  std::vector<std::string> command_;
  Duration timeout_;
  std::optional<pid_t> child_;
  int status_ = 0;
};

}  // namespace

std::unique_ptr<Probe> make_command_probe(const config::Track& track) { return std::make_unique<CommandProbe>(track); }

}  // namespace stead::keeper::track
