// A program that says by its exit code how things are.
//
// It may do what it likes: hang, be stopped, write without end, leave children behind. See keeper/foreign_program.h.
#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "config/quantity.h"
#include "keeper/foreign_program.h"
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

  std::optional<Found> start() override {
    const Result<> started = program_.start(command_, child_environment());
    if (started) return std::nullopt;
    const Error& error = started.error();
    return Found{.finding = Finding::Unknown, .why = error.message, .hopeless = !is_shortage(error.code)};
  }

  bool handle_exit(const net::Exit& exit) override { return program_.handle_exit(exit); }

  Found verdict() const override {
    if (program_.succeeded()) return {.finding = Finding::Good};
    const std::string how = command_.front() + " " + net::describe_exit(program_.status());
    // What kills so is not the command's own doing: mostly the kernel, whose memory has run out.
    if (WIFSIGNALED(program_.status()) && WTERMSIG(program_.status()) == SIGKILL)
      return {.finding = Finding::Unknown, .why = how};
    return {.finding = Finding::Bad, .why = how};
  }

  void abandon() override { program_.kill(); }

  bool running() const override { return program_.running(); }

  std::string silence() const override {
    return fmt::format("{} has not ended after {}", command_.front(), config::say_duration(timeout_));
  }

 private:
  std::vector<std::string> command_;
  Duration timeout_;
  ForeignProgram program_;
};

}  // namespace

std::unique_ptr<Probe> make_command_probe(const config::Track& track) { return std::make_unique<CommandProbe>(track); }

}  // namespace stead::keeper::track
