// What the keeper's loop and the thread that speaks VRRP leave for each other. The thread only ever tries the lock.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "core/track/worth.h"
#include "keeper/vip/plan.h"
#include "keeper/vip/service.h"
#include "keeper/vip/state.h"
#include "net/unique_fd.h"

namespace stead::keeper::vip {

struct ApplyPlan {
  Plan plan;
  std::uint64_t generation = 0;
};
struct SetHealthy {
  bool healthy = true;
};
struct SetWorth {
  std::string vip;
  core::track::Worth worth;
};
struct HandOver {
  std::string vip;  // empty: all
  bool back = false;
};
struct StopAll {};
struct Suspend {};
using Command = std::variant<ApplyPlan, SetHealthy, SetWorth, HandOver, StopAll, Suspend>;

class Mailbox {
 public:
  // Older events than so many are dropped, and counted: the log says that some are missing.
  static constexpr std::size_t kMaxEvents = 256;

  [[nodiscard]] static Result<std::unique_ptr<Mailbox>> open();

  // The keeper's side.
  void send(Command command);
  [[nodiscard]] std::vector<Event> take_events();
  [[nodiscard]] Snapshot snapshot() const;
  [[nodiscard]] bool stopped() const;
  [[nodiscard]] int outgoing_fd() const { return outgoing_.get(); }

  // The thread's side. False: the other side holds the lock; try again.
  [[nodiscard]] bool try_take_commands(std::vector<Command>& commands);
  [[nodiscard]] bool try_publish(std::vector<Event>& events, const Snapshot& snapshot, bool stopped);
  [[nodiscard]] int incoming_fd() const { return incoming_.get(); }

 private:
  Mailbox(net::UniqueFd incoming, net::UniqueFd outgoing)
      : incoming_(std::move(incoming)), outgoing_(std::move(outgoing)) {}

  net::UniqueFd incoming_;  // eventfd: there are commands
  net::UniqueFd outgoing_;  // eventfd: there are events
  mutable std::mutex mutex_;
  std::vector<Command> commands_;
  std::vector<Event> events_;
  Snapshot snapshot_;
  bool stopped_ = false;
};

}  // namespace stead::keeper::vip
