#include "net/notify.h"

#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <cstdint>

#include "net/unix_address.h"

namespace stead::net {
namespace {

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A newline in the value would begin another assignment.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

}  // namespace

Result<Notifier> Notifier::open(std::string_view socket_path) {
  Notifier notifier;
  if (socket_path.empty()) return notifier;
  const Result<UnixAddress> address = UnixAddress::of(socket_path);
  if (!address) return std::unexpected(address.error());
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return failure_errno("make a socket for notifications");
  if (connect(fd.get(), address->get(), address->size()) != 0) {
    return failure_errno("connect to the service manager at " + std::string(socket_path));
  }
  notifier.fd_ = std::move(fd);
  return notifier;
}

void Notifier::ready(std::string_view status) { send("READY=1\nSTATUS=" + one_line(status)); }

void Notifier::reloading(Instant now) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us));
}

void Notifier::stopping(std::string_view status) { send("STOPPING=1\nSTATUS=" + one_line(status)); }

void Notifier::watchdog() { send("WATCHDOG=1"); }

void Notifier::send(std::string_view lines) {
  if (!fd_) return;
  (void)::send(fd_.get(), lines.data(), lines.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

std::optional<Duration> watchdog_interval(std::string_view watchdog_usec, std::string_view watchdog_pid, int own_pid) {
  const std::optional<std::int64_t> us = parse_number(watchdog_usec);
  if (!us || *us <= 0) return std::nullopt;
  if (!watchdog_pid.empty() && parse_number(watchdog_pid) != own_pid) return std::nullopt;
  return std::chrono::microseconds(*us) / 2;
}

}  // namespace stead::net
