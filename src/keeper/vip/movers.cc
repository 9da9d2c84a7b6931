#include "keeper/vip/movers.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

#include "config/quantity.h"
#include "keeper/vip/journal.h"
#include "keeper/vip/metrics.h"
#include "keeper/worker_process.h"

namespace stead::keeper::vip {
namespace {

using core::vip_command::KillCommand;
using core::vip_command::Order;
using core::vip_command::StartCommand;
using core::vip_command::VipCommand;

std::string_view word(Order order) { return order == Order::Take ? "take" : "release"; }

bool share_an_address(const GroupPlan& one, const GroupPlan& other) {
  return std::ranges::any_of(one.addresses, [&](const IpAddress& address) {
    return std::ranges::find(other.addresses, address) != other.addresses.end();
  });
}

// Two runs at a time could undo each other.
bool must_not_overlap(const GroupPlan& one, const GroupPlan& other) {
  return one.vip == other.vip || share_an_address(one, other);
}

}  // namespace

// --- which -----------------------------------------------------------------------------------------------------------

void Movers::apply(Instant now, const Plan& plan, std::string node) {
  node_ = std::move(node);
  std::vector<std::unique_ptr<Entry>> before = std::exchange(entries_, {});
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const GroupPlan& group = plan.groups[i];
    if (!group.mover) continue;
    const auto same = std::ranges::find_if(before, [&](const std::unique_ptr<Entry>& entry) {
      return entry != nullptr && !entry->retired && same_group(entry->plan, group) &&
             entry->plan.addresses == group.addresses;
    });
    std::unique_ptr<Entry> entry = same == before.end() ? std::make_unique<Entry>(next_id_++, group) : std::move(*same);
    if (entry->plan.mover != group.mover) entry->command.handle_change(now, group.mover->rules);
    entry->plan = group;
    entry->group = i;
    entries_.push_back(std::move(entry));
  }
  retire(now, std::move(before));
}

void Movers::retire(Instant now, std::vector<std::unique_ptr<Entry>> gone) {
  std::erase(gone, nullptr);
  for (const std::unique_ptr<Entry>& entry : gone) {
    entry->retired = true;
    entry->command.handle_given_up(now);
    perform(now, *entry);
  }
  entries_.insert(entries_.end(), std::make_move_iterator(gone.begin()), std::make_move_iterator(gone.end()));
}

const Movers::Entry* Movers::find(std::size_t group) const {
  const auto found =
      std::ranges::find_if(entries_, [&](const auto& entry) { return !entry->retired && entry->group == group; });
  return found == entries_.end() ? nullptr : found->get();
}

// --- when ------------------------------------------------------------------------------------------------------------

void Movers::set_peer(std::size_t group, std::string peer) {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (!entry->retired && entry->group == group) entry->peer = peer;
  }
}

void Movers::look(Instant now, std::span<const GroupState> groups) {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (!entry->retired && entry->group < groups.size()) follow(now, *entry, groups[entry->group]);
  }
}

void Movers::follow(Instant now, Entry& entry, const GroupState& state) {
  const bool active = state.state == core::vrrp::State::Active;
  const std::optional<Instant> since = active ? std::optional(state.since) : std::nullopt;
  if (since == entry.active_since) return;
  entry.active_since = since;
  entry.problem.clear();
  entry.told = false;
  if (active) {
    entry.command.handle_active(now);
  } else {
    entry.command.handle_given_up(now);
  }
  perform(now, entry);
}

// The addresses are on this node again, of another vip perhaps.
bool Movers::is_superseded(const Entry& entry) const {
  return entry.retired && std::ranges::any_of(entries_, [&](const std::unique_ptr<Entry>& other) {
           return !other->retired && other->active_since && share_an_address(entry.plan, other->plan);
         });
}

bool Movers::is_due_before(const Entry& one, const Entry& other) {
  const std::optional<Instant> due = one.command.next_timeout();
  const std::optional<Instant> other_due = other.command.next_timeout();
  return due && other_due && std::tie(*due, one.id) < std::tie(*other_due, other.id);
}

// Of those that must not overlap, the one that has waited the longest: runs may take longer than the time between two
// of them, and then, in any other order, the last would never come.
bool Movers::may_start(const Entry& entry) const {
  return std::ranges::none_of(entries_, [&](const std::unique_ptr<Entry>& other) {
    return other.get() != &entry && must_not_overlap(entry.plan, other->plan) &&
           (other->command.running() || is_due_before(*other, entry));
  });
}

void Movers::handle_tick(Instant now) {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    entry->program.listen();
    if (entry->command.wanted() && is_superseded(*entry)) entry->command.handle_dropped(now);
    if (entry->command.running() || may_start(*entry)) entry->command.handle_timeout(now);
    perform(now, *entry);
  }
  std::erase_if(entries_, [](const auto& entry) { return entry->retired && entry->command.idle(); });
}

std::optional<Instant> Movers::next_timeout() const {
  std::optional<Instant> next;
  for (const std::unique_ptr<Entry>& entry : entries_) {
    // One that has to wait for another goes on at the end of that.
    if (!entry->command.running() && !may_start(*entry)) continue;
    const std::optional<Instant> due = entry->command.next_timeout();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Movers::end_commands(Instant now) {
  for (const std::unique_ptr<Entry>& entry : entries_) {
    entry->command.handle_interrupt(now);
    perform(now, *entry);
  }
}

bool Movers::idle() const {
  return std::ranges::all_of(entries_, [](const auto& entry) { return entry->command.idle(); });
}

// --- a run -----------------------------------------------------------------------------------------------------------

void Movers::perform(Instant now, Entry& entry) {
  while (const std::optional<core::vip_command::Action> action = entry.command.poll_action()) {
    std::visit([&](const auto& one) { perform(now, entry, one); }, *action);
  }
}

void Movers::perform(Instant now, Entry& entry, const StartCommand& start) {
  entry.order = start.order;
  entry.late = false;
  std::vector<std::string> command = entry.plan.mover->command;
  command.emplace_back(word(start.order));
  for (const IpAddress& address : entry.plan.addresses) command.push_back(address.to_text());
  ++(start.order == Order::Take ? entry.takes : entry.releases).runs;
  const Result<> started = entry.program.start_heard(command, environment_of(entry));
  if (!started) settle(now, entry, "cannot be started: " + started.error().message);
}

void Movers::perform(Instant, Entry& entry, const KillCommand& kill) {
  entry.program.kill();
  entry.late = kill.late;
  // Said now, since there are programs that even this does not end.
  if (kill.late) complain(entry, "has not ended after " + config::say_duration(entry.plan.mover->rules.timeout));
}

std::vector<std::string> Movers::environment_of(const Entry& entry) const {
  std::vector<std::string> environment = child_environment();
  const auto set = [&](std::string name, const std::string& value) {
    name += '=';
    std::erase_if(environment, [&](const std::string& one) { return one.starts_with(name); });
    environment.push_back(name + value);
  };
  set("STEAD_VIP", entry.plan.vip);
  set("STEAD_NODE", node_);
  set("STEAD_PEER", entry.peer);
  return environment;
}

bool Movers::handle_exit(Instant now, const net::Exit& exit) {
  const auto found =
      std::ranges::find_if(entries_, [&](const auto& entry) { return entry->program.handle_exit(exit); });
  if (found == entries_.end()) return false;
  Entry& entry = **found;
  std::string why;
  if (!entry.program.succeeded()) {
    why = entry.late ? "has not ended after " + config::say_duration(entry.plan.mover->rules.timeout)
                     : net::describe_exit(entry.program.status());
    if (const std::string words = entry.program.last_words(); !words.empty()) why += ": " + words;
  }
  settle(now, entry, why);
  return true;
}

// `why` it has failed; empty: it has not.
void Movers::settle(Instant now, Entry& entry, const std::string& why) {
  const bool counts = entry.command.counts();
  entry.command.handle_ended(now, why.empty());
  if (!counts) return;
  if (why.empty()) return rejoice(entry);
  ++(entry.order == Order::Take ? entry.takes : entry.releases).failures;
  complain(entry, why);
  if (entry.command.wanted()) return;
  log_.warn("vip {}: {} is not released after {} tries, and not tried again", entry.plan.vip,
            in_words(entry.plan.addresses), VipCommand::kReleaseTries);
}

// Each thing once: that it holds, and what keeps it from holding, until that is over. It comes again with every run.
void Movers::rejoice(Entry& entry) {
  const bool news = !entry.told || !entry.problem.empty();
  entry.told = true;
  entry.problem.clear();
  if (!news) return;
  log_.info("vip {}: {} has {} {}", entry.plan.vip, entry.plan.mover->command.front(),
            entry.order == Order::Take ? "taken" : "released", in_words(entry.plan.addresses));
}

void Movers::complain(Entry& entry, const std::string& why) {
  const bool news = entry.problem.empty();
  entry.problem = fmt::format("the command for {} {}", in_words(entry.plan.addresses), why);
  if (news) log_.warn("vip {}: {}; it is run again", entry.plan.vip, entry.problem);
}

// --- what can be asked -----------------------------------------------------------------------------------------------

std::string Movers::problem(std::size_t group) const {
  const Entry* entry = find(group);
  return entry == nullptr ? std::string() : entry->problem;
}

std::string Movers::render_metrics() const {
  if (std::ranges::all_of(entries_, &Entry::retired, [](const auto& entry) -> const Entry& { return *entry; }))
    return {};
  std::string text;
  const auto begin = [&](std::string_view name, std::string_view type, std::string_view help) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  };
  const auto counters = [&](std::string_view name, std::string_view help, std::uint64_t Counts::*count) {
    begin(name, "counter", help);
    for (const std::unique_ptr<Entry>& entry : entries_) {
      if (entry->retired) continue;
      text += fmt::format("{}{{{},order=\"take\"}} {}\n", name, labels(entry->plan), entry->takes.*count);
      text += fmt::format("{}{{{},order=\"release\"}} {}\n", name, labels(entry->plan), entry->releases.*count);
    }
  };
  constexpr std::string_view kHolds = "stead_vip_command_holds";
  begin(kHolds, "gauge", "1 if this node has the addresses, and the command that takes them has succeeded.");
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (!entry->retired)
      text += fmt::format("{}{{{}}} {}\n", kHolds, labels(entry->plan), entry->command.holds() ? 1 : 0);
  }
  counters("stead_vip_command_runs_total", "Runs of the command that moves the addresses.", &Counts::runs);
  counters("stead_vip_command_failures_total", "Of these, those that have failed.", &Counts::failures);
  return text;
}

}  // namespace stead::keeper::vip
