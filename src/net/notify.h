// systemd's notify protocol, from the service's side: datagrams of NAME=value lines to the socket in NOTIFY_SOCKET.
// Without that variable there is no one to notify, and nothing happens.
//
// Only the keeper notifies; its children get neither NOTIFY_SOCKET nor WATCHDOG_USEC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "net/unique_fd.h"

namespace stead::net {

class Notifier {
 public:
  // An empty path: no one to notify. A path that cannot be used is an error, which the caller should report and
  // survive.
  [[nodiscard]] static Result<Notifier> open(std::string_view socket_path);

  Notifier() = default;

  // Errors are dropped: whether the service manager listens must never change what the service does.
  void ready(std::string_view status);
  void reloading(Instant now);  // to be followed by ready()
  void stopping(std::string_view status);
  void watchdog();

 private:
  void send(std::string_view lines);

  UniqueFd fd_;
};

// How often to send WATCHDOG=1: half of WATCHDOG_USEC. nullopt where the variables ask for nothing, or ask another
// process (`watchdog_pid`, empty: whoever reads it).
[[nodiscard]] std::optional<Duration> watchdog_interval(std::string_view watchdog_usec, std::string_view watchdog_pid,
                                                        int own_pid);

}  // namespace stead::net
