#include "keeper/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>

#include "keeper/orphan.h"
#include "keeper/run_dir.h"
#include "net/spawn.h"
#include "net/unique_fd.h"
#include "net/unix_address.h"

namespace stead::keeper {
namespace {

constexpr std::size_t kMaxReply = std::size_t{4} * 1024 * 1024;

std::unexpected<Error> explain_connect(int code, const std::string& path, const std::string& run_dir) {
  switch (code) {
    case ENOENT:
    case ECONNREFUSED:
      return std::unexpected(Error{"no Stead runs with the run dir " + run_dir +
                                       ": start one with `stead run FILE`, or " +
                                       "name the directory of the one you mean with --run-dir DIR",
                                   code});
    case EACCES:
    case EPERM:
      return std::unexpected(Error{"you may not give orders to the Stead in " + run_dir +
                                       ": do it as the user that it " +
                                       "runs as, with `sudo` for root, or name another one with --run-dir DIR",
                                   code});
    default:
      return failure_errno("connect to " + path, code);
  }
}

Result<net::UniqueFd> connect(const std::string& run_dir) {
  const std::string path = keeper_socket(run_dir);
  const Result<net::UnixAddress> address = net::UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  net::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return failure_errno("make a socket");
  if (::connect(socket.get(), address->get(), address->size()) != 0) return explain_connect(errno, path, run_dir);
  return socket;
}

using Clock = std::chrono::steady_clock;

bool wait_readable(int fd, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = poll(&entry, 1, left > 0 ? static_cast<int>(std::min<std::int64_t>(left, 3'600'000)) : 0);
    if (ready > 0) return true;
    if (left <= 0) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Result<std::string> read_all(int fd, Clock::time_point deadline) {
  std::string text;
  std::array<char, 4096> bytes;
  while (text.size() < kMaxReply) {
    if (!wait_readable(fd, deadline)) return failure("no answer in time; see its log for what it is doing");
    const ssize_t got = read(fd, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure_errno("read the answer");
    if (got == 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return failure("an answer without end");
}

}  // namespace

Result<ControlReply> ask_keeper(const std::string& run_dir, const ControlRequest& request,
                                std::chrono::milliseconds patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  const Result<net::UniqueFd> socket = connect(run_dir);
  if (!socket) return std::unexpected(socket.error());
  const std::string line = encode(request);
  if (send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) return failure_errno("ask the keeper");
  const Result<std::string> text = read_all(socket->get(), deadline);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return failure("the keeper went away before it answered; see its log");
  return decode_reply(*text);
}

Result<std::string> stop_orphan(const std::string& run_dir, std::chrono::milliseconds drain) {
  Result<std::optional<AdoptedOrphan>> adopted =
      adopt_orphan(orphan_socket(run_dir), {.version = "stop", .pid = getpid()});
  if (!adopted) return std::unexpected(std::move(adopted.error()));
  if (!*adopted) return explain_connect(ENOENT, {}, run_dir);
  AdoptedOrphan& orphan = **adopted;
  const std::string name = "worker " + std::to_string(orphan.orphan.pid);
  const Result<net::Process> process = net::find_process(orphan.orphan.pid);
  if (!process) return std::unexpected(process.error());
  const Result<net::Packet> order = encode(ToWorker(Drain{static_cast<std::uint32_t>(drain.count())}));
  if (!order) return std::unexpected(order.error());
  if (Result<> sent = orphan.channel.send(*order); !sent) return std::unexpected(std::move(sent.error()));
  if (!wait_readable(process->pidfd.get(), Clock::now() + drain + std::chrono::seconds(2))) {
    return failure(name + ", whose keeper has died, was told to end and has not");
  }
  return name + ", whose keeper had died, has ended";
}

}  // namespace stead::keeper
