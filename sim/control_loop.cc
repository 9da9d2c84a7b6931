#include "sim/control_loop.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace stead::sim {

using core::health::CheckResult;
using core::health::PoolHealth;
using core::health::State;

ControlLoop::ControlLoop(World& world, Witness& witness, Counts& counts, Publish publish)
    : world_(world), witness_(witness), counts_(counts), publish_(std::move(publish)) {}

void ControlLoop::configure(const core::health::Rules& rules, std::vector<Server*> members, bool last_is_backup) {
  rules_ = rules;
  members_ = std::move(members);
  specs_.clear();
  for (const Server* server : members_) specs_.push_back({.key = server->name()});
  specs_.back().backup = last_is_backup && specs_.size() > 1;
  if (!pool_) pool_ = std::make_unique<PoolHealth>(rules_, world_.random().next());
  pool_->configure(world_.now(), rules_, specs_);
  witness_.see_pool(*pool_, rules_, members_, false);
  perform();
}

void ControlLoop::replace_worker() {
  const std::vector<core::health::MemberRecord> records = pool_->snapshot();
  checks_.clear();
  pool_ = std::make_unique<PoolHealth>(rules_, world_.random().next());
  pool_->configure(world_.now(), rules_, specs_);
  pool_->restore(world_.now(), records);
  witness_.see_pool(*pool_, rules_, members_, true);
  perform();
}

void ControlLoop::drain(std::string_view member) {
  pool_->drain(world_.now(), member);
  perform();
}

void ControlLoop::ready(std::string_view member) {
  pool_->ready(world_.now(), member);
  perform();
}

void ControlLoop::handle_outcomes(const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes) {
    pool_->handle_outcome(world_.now(), outcome.member, outcome.kind, outcome.count);
    perform();
  }
}

void ControlLoop::perform() {
  while (const auto action = pool_->poll_action()) {
    std::visit([this](const auto& it) { perform_one(it); }, *action);
  }
  witness_.see_availability();
  arm_timer();
}

void ControlLoop::perform_one(const core::health::AvailabilityChanged&) {
  auto view = std::make_shared<View>();
  for (const core::health::Availability& member : pool_->availability()) {
    view->push_back(MemberView{.server = &find(member.member),
                               .usable = member.usable,
                               .backup = member.backup,
                               .weight = member.weight,
                               .warm_since = member.warm_since});
  }
  publish_(std::move(view));
}

void ControlLoop::perform_one(const core::health::Event& event) {
  counts_.ejections += event.to == State::Ejected ? 1 : 0;
  counts_.downs += event.to == State::Down ? 1 : 0;
  witness_.see_event(event);
}

void ControlLoop::perform_one(const core::health::FailOpenChanged& change) {
  counts_.fail_opens += change.fail_open ? 1 : 0;
}

void ControlLoop::perform_one(const core::health::StartCheck& start) {
  Server& server = find(start.member);
  const std::uint64_t check = next_check_++;
  checks_.push_back(check);
  world_.after(start.timeout, [this, &server, check] {
    const bool connected = server.condition() != Condition::CutOff;
    end_check(server, check, connected ? CheckResult::TimedOut : CheckResult::ConnectTimeout);
  });
  world_.after(Server::kTrip, [this, &server, check] { send_check(server, check); });
}

void ControlLoop::send_check(Server& server, std::uint64_t check) {
  if (server.condition() == Condition::CutOff) return;
  if (server.condition() == Condition::Dead) return end_check(server, check, CheckResult::Refused);
  if (rules_.check == core::health::CheckDepth::Connect) return end_check(server, check, CheckResult::Passed);
  server.deliver(kCheck, [this, &server, check](Reply reply) {
    end_check(server, check, reply == Reply::Answer ? CheckResult::Passed : CheckResult::Closed);
  });
}

void ControlLoop::end_check(const Server& server, std::uint64_t check, CheckResult result) {
  if (std::erase(checks_, check) == 0) return;  // ended before, or by an earlier worker
  pool_->handle_check_result(world_.now(), server.name(), result);
  perform();
}

void ControlLoop::arm_timer() {
  const Instant next = pool_->next_timeout().value_or(Instant::max());
  if (next == Instant::max() || (armed_for_ <= next && armed_for_ >= world_.now())) return;
  armed_for_ = next;
  world_.at(next, [this, next] {
    if (armed_for_ != next) return;
    armed_for_ = Instant::max();
    pool_->handle_timeout(world_.now());
    perform();
  });
}

Server& ControlLoop::find(std::string_view name) const {
  return **std::ranges::find(members_, name, [](const Server* server) -> std::string_view { return server->name(); });
}

}  // namespace stead::sim
