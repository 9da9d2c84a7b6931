// The test program as the binary that a keeper starts: `worker`, `takeover-check` and `run --takeover`, as src/cli has
// them, but with a worker that does next to nothing. So the keeper's processes, signals and changes of program are
// real, and the tests need no worker layer.
//
// The worker answers each connection with "PID GENERATION\n" and obeys words in its configuration's comments:
//   # refuse    answers Apply and Start with Refused
//   # stubborn  ignores Drain
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "keeper/beats.h"
#include "keeper/keeper.h"
#include "keeper/orphan.h"
#include "keeper/protocol.h"
#include "keeper/takeover.h"
#include "net/clock.h"
#include "net/memfd.h"

namespace stead::keeper {

// Set in the environment of every keeper of these tests: without it, the program runs the tests.
inline constexpr const char* kFakeSwitch = "STEAD_TEST_FAKE";
// Where it exists in the state dir, `takeover-check` fails.
inline constexpr const char* kFailTrial = "fail-trial";

class FakeWorker {
 public:
  FakeWorker() : channel_(net::UniqueFd(kWorkerChannel)) { fcntl(kWorkerChannel, F_SETFD, FD_CLOEXEC); }

  [[noreturn]] void run() {
    while (true) {
      std::vector<pollfd> fds;
      fds.push_back({.fd = channel_ ? channel_.fd() : raw(start_.orphan), .events = POLLIN, .revents = 0});
      for (const ListenerSocket& listener : assignment_.listeners) {
        fds.push_back({.fd = raw(listener.socket), .events = POLLIN, .revents = 0});
      }
      poll(fds.data(), fds.size(), 20);
      if (beats_) beats_->cell(0)->store(net::steady_now().time_since_epoch().count());
      for (std::size_t i = 1; i < fds.size(); ++i) {
        if (fds[i].revents != 0) serve(fds[i].fd);
      }
      if (fds[0].revents == 0) continue;
      if (channel_) {
        listen_to_keeper();
      } else if (auto channel = accept_keeper(raw(start_.orphan), self())) {
        channel_ = std::move(*channel);
      }
    }
  }

 private:
  [[nodiscard]] Orphan self() const {
    return {
        .version = "fake", .pid = getpid(), .generation = assignment_.generation, .listeners = assignment_.listeners};
  }
  void say(const ToKeeper& message) { (void)channel_.send(encode(message).value()); }
  [[nodiscard]] bool told(const char* word) const { return text_.find(word) != std::string::npos; }

  void serve(int listener) const {
    const net::UniqueFd client(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    const std::string answer = std::to_string(getpid()) + " " + std::to_string(assignment_.generation) + "\n";
    (void)send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  void listen_to_keeper() {
    const Result<net::Received> received = channel_.receive();
    if (!received || received->kind == net::Received::Kind::Nothing) return;
    if (received->kind == net::Received::Kind::Closed) {
      channel_ = {};
      return;
    }
    std::visit([this](const auto& message) { handle(message); }, decode_to_worker(received->packet).value());
  }

  void handle(const Start& start) {
    start_ = start;
    start_.assignment = {};  // kept apart: what a reload drops must not stay open here
    beats_ = Beats::map(start.beats, start.beat_slots).value();
    say(Hello{.version = "fake", .pid = getpid(), .holder = nullptr, .ledger = nullptr});
    apply(start.assignment);
  }
  void handle(const Apply& message) { apply(message.assignment); }
  void handle(const Inherit&) {}
  void handle(const HandOver&) { end(); }
  void handle(const Metrics&) {}
  void handle(const Moved&) {}
  void handle(const Drain&) {
    if (!told("# stubborn")) end();
  }

  void apply(const Assignment& assignment) {
    std::string text = net::read_text(raw(assignment.config), kMaxConfig).value();
    if (text.find("# refuse") != std::string::npos) {
      return say(Refused{.generation = assignment.generation, .text = "the fake worker was told to refuse"});
    }
    text_ = std::move(text);
    assignment_ = assignment;
    say(Applied{.generation = assignment.generation, .loops = 0});
  }
  [[noreturn]] void end() {
    say(Drained{.cut = 0});
    _exit(0);
  }

  net::MessageSocket channel_;
  Start start_;
  Assignment assignment_;
  std::string text_;
  std::optional<Beats> beats_;
};

inline int fake_trial() {
  const Result<net::Packet> packet = read_takeover_for_trial(kWorkerChannel);
  const Result<TakeoverState> state = packet ? decode_takeover(*packet) : std::unexpected(packet.error());
  return state && !std::filesystem::exists(state->options.state_dir + "/" + kFailTrial) ? 0 : 1;
}

inline int fake_resume(int memfd) {
  Result<TakeoverState> state = decode_takeover(read_takeover(memfd).value());
  close(memfd);
  Logger log("keeper", LogStyle::Terminal);
  Keeper keeper(log, {.file = {}, .node = {}, .run_dir = {}, .state_dir = {}, .program = {}, .version = "new"});
  if (!keeper.resume(std::move(state.value()))) return 98;
  return keeper.run();
}

// Before main(): becomes what the keeper has asked for, if it has.
inline bool become_fake_stead() {
  if (std::getenv(kFakeSwitch) == nullptr) return false;
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < line.size(); at += arguments.back().size() + 1)
    arguments.emplace_back(line.c_str() + at);
  if (arguments.size() < 2) return false;
  if (arguments[1] == "worker") FakeWorker().run();
  if (arguments[1] == "takeover-check") _exit(fake_trial());
  if (arguments[1] == "run" && arguments.size() == 5) _exit(fake_resume(std::atoi(arguments[4].c_str())));
  return false;
}

}  // namespace stead::keeper
