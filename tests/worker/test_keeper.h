// Plays the keeper for a real worker: a child process that runs worker_main(), with sockets and files that the test
// made.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "admin/client.h"
#include "admin/status_json.h"
#include "keeper/beats.h"
#include "keeper/protocol.h"
#include "net/listen.h"
#include "net/memfd.h"
#include "worker/worker_main.h"

namespace stead::worker {

inline constexpr int kLongMs = 20'000;  // only ever waited for by a test that fails

// A directory with the sockets that outlive workers, and the log.
class TestRunDir {
 public:
  TestRunDir() {
    std::string pattern = "/tmp/stead-worker-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    admin_ = net::share(net::listen_unix(admin_path(), net::UnixKind::Stream, 0600).value());
    orphan_ = net::share(net::listen_unix(orphan_path(), net::UnixKind::Packets, 0600).value());
    log_ = net::share(net::UniqueFd(memfd_create("access-log", MFD_CLOEXEC)));
  }
  ~TestRunDir() { std::filesystem::remove_all(directory_); }
  TestRunDir(const TestRunDir&) = delete;
  TestRunDir& operator=(const TestRunDir&) = delete;

  [[nodiscard]] std::string admin_path() const { return directory_ / "admin.sock"; }
  [[nodiscard]] std::string orphan_path() const { return directory_ / "orphan.sock"; }
  [[nodiscard]] const net::SharedFd& admin() const { return admin_; }
  [[nodiscard]] const net::SharedFd& orphan() const { return orphan_; }
  [[nodiscard]] const net::SharedFd& log() const { return log_; }
  [[nodiscard]] std::string path() const { return directory_; }

 private:
  std::filesystem::path directory_;
  net::SharedFd admin_;
  net::SharedFd orphan_;
  net::SharedFd log_;
};

class TestKeeper {
 public:
  explicit TestKeeper(const TestRunDir& run_dir) : run_dir_(run_dir), beats_(keeper::Beats::create().value()) {
    auto ends = net::MessageSocket::pair().value();
    pid_ = fork();
    if (pid_ == 0) {
      // As after an exec: nothing but the standard streams and the channel.
      dup2(ends.second.fd(), keeper::kWorkerChannel);
      close_range(keeper::kWorkerChannel + 1, ~0U, 0);
      _exit(worker_main(keeper::kWorkerChannel, "0.test"));
    }
    channel_ = std::move(ends.first);
  }
  ~TestKeeper() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  TestKeeper(const TestKeeper&) = delete;
  TestKeeper& operator=(const TestKeeper&) = delete;

  [[nodiscard]] static keeper::Assignment assignment(std::uint64_t generation, const std::string& config,
                                                     std::vector<keeper::ListenerSocket> listeners,
                                                     net::SharedFd access_log) {
    return {.generation = generation,
            .file_name = "test.toml",
            .node = "",
            .listeners = std::move(listeners),
            .config = net::share(net::text_memfd("config", config).value()),
            .access_log = std::move(access_log)};
  }

  void start(keeper::Assignment assignment, const std::string& health = {}) {
    keeper::Start start{.assignment = std::move(assignment),
                        .run_dir = run_dir_.path(),
                        .state_dir = run_dir_.path(),
                        .admin = run_dir_.admin(),
                        .orphan = run_dir_.orphan(),
                        .beats = beats_.fd(),
                        .beat_slots = keeper::Beats::kSlots,
                        .health = nullptr};
    if (!health.empty()) start.health = net::share(net::text_memfd("health", health).value());
    send(start);
  }

  void send(const keeper::ToWorker& message) { ASSERT_TRUE(channel_.send(keeper::encode(message).value())); }
  void send_raw(const std::string& text) { ASSERT_TRUE(channel_.send({.text = text, .fds = {}})); }

  // The next message of this kind; others are passed over, but the last State is kept.
  template <typename Message>
  Message expect() {
    while (true) {
      pollfd entry{.fd = channel_.fd(), .events = POLLIN, .revents = 0};
      if (poll(&entry, 1, kLongMs) != 1) {
        ADD_FAILURE() << "the worker says nothing";
        return {};
      }
      const net::Received received = channel_.receive().value();
      if (received.kind == net::Received::Kind::Closed) {
        ADD_FAILURE() << "the worker is gone";
        return {};
      }
      if (received.kind == net::Received::Kind::Nothing) continue;
      keeper::ToKeeper message = keeper::decode_to_keeper(received.packet).value();
      if (const auto* state = std::get_if<keeper::State>(&message)) state_ = state->blob;
      if (auto* wanted = std::get_if<Message>(&message)) return std::move(*wanted);
    }
  }

  int wait_for_exit() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  void vanish() { channel_ = net::MessageSocket(); }
  void take(net::MessageSocket channel) { channel_ = std::move(channel); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] keeper::Beats& beats() { return beats_; }
  [[nodiscard]] const std::string& state() const { return state_; }

 private:
  const TestRunDir& run_dir_;
  keeper::Beats beats_;
  net::MessageSocket channel_;
  pid_t pid_ = -1;
  std::string state_;
};

}  // namespace stead::worker
