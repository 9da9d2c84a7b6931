#include "keeper/vip/loop.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "net/clock.h"

namespace stead::keeper::vip {
namespace {

// Above everything that is not real-time, below what the kernel itself runs so.
constexpr int kRealTimePriority = 20;
// While the other side holds the mailbox's lock.
constexpr Duration kTryAgain = 1ms;
// A stop waits a little longer than the others may take: for the advert's way, and the loops that they run in.
constexpr Duration kStopGrace = 50ms;

}  // namespace

Loop::Loop(Mailbox& mailbox, net::Interfaces interfaces, net::FrameSocket frames, net::Macvlans macvlans)
    : mailbox_(mailbox),
      interfaces_(std::move(interfaces)),
      frames_(std::move(frames)),
      macvlans_(std::move(macvlans)) {
  events_.reserve(Mailbox::kMaxEvents);
}

void Loop::run() {
  become_real_time();
  while (!done_) turn();
  unpublished_ = true;
  while (unpublished_) publish();  // the other side does not hold the lock for long
}

// Not permitted, say in a container: then it is an ordinary thread, and the metric of late timers shows what that
// means.
void Loop::become_real_time() {
  pthread_setname_np(pthread_self(), "stead-vip");
  sched_param parameters{};
  parameters.sched_priority = kRealTimePriority;
  // What this thread might start one day should not be real-time.
  snapshot_.loop.real_time = pthread_setschedparam(pthread_self(), SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0;
  // A page that has to be fetched from a busy disk is as bad as a loop that does not run.
  mlockall(MCL_CURRENT);
}

void Loop::turn() {
  wait(next_deadline());
  now_ = net::steady_now();
  handle_commands();
  read_adverts();  // before the timers: what has arrived was said in time
  read_ballots();
  fire_timers();
  if ((fds_.at(1).revents & POLLIN) != 0) {
    interfaces_.drain();
    look_due_ = now_;
  }
  if (now_ >= look_due_) look();
  for (Sharing& sharing : sharings_) sharing.look(now_);
  for (Together& together : togethers_) together.look(now_);
  tidy();
  check_stop();
  publish();
}

Instant Loop::next_deadline() const {
  Instant deadline = look_due_;
  for (const std::unique_ptr<Group>& group : groups_) {
    if (const std::optional<Instant> next = group->next_timeout()) deadline = std::min(deadline, *next);
  }
  if (stop_deadline_) deadline = std::min(deadline, *stop_deadline_);
  if (const std::optional<Instant> due = tidy_due()) deadline = std::min(deadline, *due);
  if (commands_waiting_ || unpublished_) deadline = std::min(deadline, now_ + kTryAgain);
  return deadline;
}

void Loop::wait(Instant deadline) {
  fds_.clear();
  fds_.push_back({.fd = mailbox_.incoming_fd(), .events = POLLIN, .revents = 0});
  fds_.push_back({.fd = interfaces_.monitor_fd(), .events = POLLIN, .revents = 0});
  fds_.push_back({.fd = ballots_.fd(), .events = POLLIN, .revents = 0});
  for (const std::unique_ptr<Group>& group : groups_) {
    fds_.push_back({.fd = group->fd(), .events = POLLIN, .revents = 0});
  }
  const Duration left = std::max(deadline - net::steady_now(), Duration{0});
  const timespec timeout{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count(),
                         .tv_nsec = (left % std::chrono::seconds(1)).count()};
  if (ppoll(fds_.data(), fds_.size(), &timeout, nullptr) > 0) return;
  for (pollfd& entry : fds_) entry.revents = 0;
}

// All of them, whatever poll() has said: they may have come since.
void Loop::read_adverts() {
  for (const std::unique_ptr<Group>& group : groups_) group->handle_readable(now_);
}

// No vip is a group's and an office's: a witness is none of the nodes.
void Loop::read_ballots() {
  std::array<std::uint8_t, 256> buffer;
  for (int count = 0; count < 256; ++count) {
    const std::optional<Ballots::Received> received = ballots_.receive(buffer);
    if (!received) return;
    const auto concerns = [&](const auto& plan) {
      return plan.router_id == received->ballot.router && plan.family == received->ballot.family;
    };
    for (const std::unique_ptr<Group>& group : groups_) {
      if (concerns(group->plan())) group->handle_ballot(now_, *received);
    }
    for (const std::unique_ptr<WitnessOffice>& office : offices_) {
      if (concerns(office->plan())) office->handle_ballot(now_, *received, ballots_);
    }
  }
}

void Loop::fire_timers() {
  for (const std::unique_ptr<Group>& group : groups_) {
    const std::optional<Instant> due = group->next_timeout();
    if (!due || *due > now_) continue;
    const Duration late = now_ - *due;
    LoopState& state = snapshot_.loop;
    ++state.timers;
    state.latest = std::max(state.latest, late);
    if (late > 1ms) ++state.late_over_1ms;
    if (late > 10ms) ++state.late_over_10ms;
    group->handle_timeout(now_);
  }
}

void Loop::look() {
  look_due_ = now_ + kLook;
  ballots_.look();
  snapshot_.loop.ballots_error = ballots_.error();
  for (const std::unique_ptr<WitnessOffice>& office : offices_) office->look(now_);
  for (const std::unique_ptr<Group>& group : groups_) group->look(now_);
  sweep();
}

// Takes off what is one of our addresses and not where it should be: left behind by a keeper that was killed, put there
// by hand, or on another interface.
void Loop::sweep() {
  strays_.clear();
  const Result<> asked = interfaces_.each_address([this](const net::InterfaceAddress& one) {
    for (const std::unique_ptr<Group>& group : groups_) {
      if (!group->knows(one.address)) continue;
      const bool right = group->owns(one.address) && group->carrier() == one.interface;
      // Of a group that does not know yet where it is: see Group::look().
      if (!right && group->fd() >= 0) strays_.emplace_back(one.interface, one.address);
    }
  });
  if (!asked) return;
  for (const auto& [interface, address] : strays_) {
    [[maybe_unused]] const Result<> removed = interfaces_.remove_address(interface, address);
  }
}

std::optional<Instant> Loop::tidy_due() const {
  if (!retired_.empty()) return now_;
  std::optional<Instant> first;
  for (const std::unique_ptr<Group>& group : groups_) {
    const std::optional<Instant> due = group->close_due();
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

// One in a turn: each takes the kernel so long that the adverts of other groups would be late behind several.
void Loop::tidy() {
  const auto is_due = [&](const auto& group) { return group->close_due() && *group->close_due() <= now_; };
  const auto closing = std::ranges::find_if(groups_, is_due);
  if (closing != groups_.end()) return (*closing)->close();
  if (retired_.empty()) return;
  const std::uint32_t index = retired_.back();
  retired_.pop_back();
  // A group with other settings may have found it and gone on with it.
  const bool in_use = std::ranges::any_of(groups_, [&](const auto& group) { return group->own_interface() == index; });
  if (in_use) return;
  [[maybe_unused]] const Result<> removed = macvlans_.remove(index);
}

// All at once: nothing is left that could be late.
void Loop::remove_own_interfaces() {
  for (const std::unique_ptr<Group>& group : groups_) {
    if (group->own_interface() != 0) retired_.push_back(group->own_interface());
  }
  for (const std::uint32_t index : retired_) {
    [[maybe_unused]] const Result<> removed = macvlans_.remove(index);
  }
}

void Loop::publish() {
  snapshot_.groups.resize(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) snapshot_.groups[i] = groups_[i]->state();
  snapshot_.witnesses.resize(offices_.size());
  for (std::size_t i = 0; i < offices_.size(); ++i) snapshot_.witnesses[i] = offices_[i]->state();
  unpublished_ = !mailbox_.try_publish(events_, snapshot_, done_);
}

void Loop::handle_commands() {
  commands_waiting_ = commands_waiting_ || (fds_.at(0).revents & POLLIN) != 0;
  if (!commands_waiting_ || !mailbox_.try_take_commands(commands_)) return;
  commands_waiting_ = false;
  for (Command& command : commands_) {
    std::visit([this](auto& one) { handle(one); }, command);
  }
  commands_.clear();
}

std::unique_ptr<Group> Loop::make_group(GroupPlan plan, std::uint32_t index) {
  const Group::Kernel kernel{.interfaces = interfaces_, .frames = frames_, .macvlans = macvlans_};
  return std::make_unique<Group>(now_, std::move(plan), kernel, ballots_,
                                 [this, index](const Event& event) { add_event(index, event); });
}

void Loop::add_event(std::uint32_t group, Event event) {
  event.group = group;
  event.generation = snapshot_.generation;
  if (events_.size() < Mailbox::kMaxEvents) events_.push_back(event);
}

// Groups of which nothing has changed keep their place in the world; others give up what they have and start anew.
void Loop::handle(ApplyPlan& command) {
  sharings_.clear();
  togethers_.clear();
  std::vector<std::unique_ptr<Group>> before = std::exchange(groups_, {});
  const auto goes_on = [&](const Group& group) {
    return std::ranges::any_of(command.plan.groups, [&](const GroupPlan& plan) {
      return same_group(plan, group.plan()) && same_settings(plan, group.plan());
    });
  };
  for (const std::unique_ptr<Group>& group : before) {
    if (goes_on(*group)) continue;
    group->handle_stop(now_);
    if (group->own_interface() != 0) retired_.push_back(group->own_interface());
  }
  snapshot_.generation = command.generation;
  ballots_.begin(command.plan.node_address, command.plan.votes());
  take_office(std::move(command.plan.witnesses));
  for (GroupPlan& plan : command.plan.groups) {
    const auto index = static_cast<std::uint32_t>(groups_.size());
    const auto same = std::ranges::find_if(before, [&](const std::unique_ptr<Group>& group) {
      return group != nullptr && same_group(plan, group->plan()) && same_settings(plan, group->plan());
    });
    if (same != before.end()) {
      (*same)->adopt(plan);
      (*same)->set_report([this, index](const Event& event) { add_event(index, event); });
      groups_.push_back(std::move(*same));
      continue;
    }
    groups_.push_back(make_group(std::move(plan), index));
    groups_.back()->set_healthy(now_, healthy_);
    groups_.back()->set_worth(now_, worths_[groups_.back()->plan().vip]);
  }
  sharings_ = find_sharings(groups_);
  togethers_ = find_together(groups_);
  look_due_ = now_;
}

// One that stays the same remembers whose its vote is.
void Loop::take_office(std::vector<WitnessPlan> plans) {
  std::vector<std::unique_ptr<WitnessOffice>> before = std::exchange(offices_, {});
  for (WitnessPlan& plan : plans) {
    const auto index = static_cast<std::uint32_t>(offices_.size());
    const auto report = [this, index](const Event& event) { add_event(index, event); };
    const auto same = std::ranges::find_if(before, [&](const std::unique_ptr<WitnessOffice>& office) {
      return office != nullptr && same_settings(plan, office->plan());
    });
    if (same == before.end()) {
      offices_.push_back(std::make_unique<WitnessOffice>(now_, std::move(plan), report));
      continue;
    }
    (*same)->adopt(plan);
    (*same)->set_report(report);
    offices_.push_back(std::move(*same));
  }
}

void Loop::handle(const SetHealthy& command) {
  healthy_ = command.healthy;
  for (const std::unique_ptr<Group>& group : groups_) group->set_healthy(now_, healthy_);
}

void Loop::handle(const SetWorth& command) {
  worths_[command.vip] = command.worth;
  for (const std::unique_ptr<Group>& group : groups_) {
    if (group->plan().vip == command.vip) group->set_worth(now_, command.worth);
  }
}

void Loop::handle(const HandOver& command) {
  // And what belongs to them.
  const auto meant = [&](const GroupPlan& plan) {
    return command.vip.empty() || plan.vip == command.vip ||
           (!plan.sync.empty() && std::ranges::any_of(groups_, [&](const std::unique_ptr<Group>& other) {
             return other->plan().vip == command.vip && other->plan().sync == plan.sync;
           }));
  };
  for (const std::unique_ptr<Group>& group : groups_) {
    if (!meant(group->plan())) continue;
    if (command.back) {
      group->handle_takeback(now_);
    } else {
      group->handle_handover(now_);
    }
  }
}

void Loop::handle(const StopAll&) {
  if (stop_deadline_) {
    stop_deadline_ = now_;  // told again: at once
    return;
  }
  Duration patience{0};
  for (const std::unique_ptr<Group>& group : groups_) {
    if (!group->active() || !group->plan().has_peers) continue;
    group->handle_handover(now_);
    // As long as a successor of the lowest priority may take; version 2 adds up to a second.
    const core::vrrp::RouterConfig& router = group->plan().router;
    const Duration skew = router.version == core::vrrp::Version::V2 ? Duration(1s) : router.interval;
    const Duration linger = group->own_interface() != 0 ? Group::kLinger + kStopGrace : Duration{0};
    patience = std::max(patience, 3 * router.interval + skew + kStopGrace + linger);
  }
  stop_deadline_ = now_ + patience;
}

void Loop::handle(const Suspend&) {
  for (const std::unique_ptr<Group>& group : groups_) group->abandon();
  while (!retired_.empty()) tidy();  // nobody will know of them
  done_ = true;
}

void Loop::check_stop() {
  if (!stop_deadline_ || done_) return;
  const bool waiting = std::ranges::any_of(groups_, [](const std::unique_ptr<Group>& group) {
    return group->plan().has_peers && (group->active() || group->close_due());
  });
  if (waiting && now_ < *stop_deadline_) return;
  for (const std::unique_ptr<Group>& group : groups_) group->handle_stop(now_);
  remove_own_interfaces();
  done_ = true;
}

}  // namespace stead::keeper::vip
