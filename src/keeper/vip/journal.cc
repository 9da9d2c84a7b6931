#include "keeper/vip/journal.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace stead::keeper::vip {
namespace {

using core::vrrp::Cause;
using core::vrrp::Changed;
using core::vrrp::Fault;
using core::vrrp::State;

// Whether so much time has passed since; `since` may be the beginning of time.
bool passed(Instant now, Instant since, Duration time) { return since == Instant::min() || now - since >= time; }

std::string_view advice_for_own_interface(int code) {
  switch (code) {
    case EPERM:
    case EACCES:
      return " (run Stead as root, or with CAP_NET_ADMIN)";
    case EOPNOTSUPP:
      return " (the kernel has no macvlan: `modprobe macvlan`, or leave `mac` out)";
    case EROFS:
      return " (/proc/sys must be writable for it, or leave `mac` out)";
    case EBUSY:
      return " (is the network interface part of a bridge? name the bridge as `interface`)";
    default:
      return {};
  }
}

}  // namespace

std::string in_words(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i > 0) text += i + 1 == addresses.size() ? " and " : ", ";
    text += addresses[i].to_text();
  }
  return text;
}

std::string describe(Problem problem, int code) {
  switch (problem) {
    case Problem::None:
      return {};
    case Problem::NoInterface:
      return "no network interface has the node's address, or the name in the file";
    case Problem::NoSource:
      return "the network interface has no address yet that adverts could come from";
    case Problem::NoSocket:
      return fmt::format("adverts can be neither sent nor heard: {}{}", std::strerror(code),
                         code == EPERM ? " (run Stead as root, or with CAP_NET_RAW and CAP_NET_ADMIN)" : "");
    case Problem::NoOwnInterface:
      return fmt::format("there can be no interface with the virtual MAC: {}{}", std::strerror(code),
                         advice_for_own_interface(code));
    case Problem::LinkDown:
      return "the network interface has no link";
    case Problem::CannotSend:
      return fmt::format("adverts cannot be sent: {}{}", std::strerror(code),
                         code == EPERM ? " (does a firewall of this machine forbid IP protocol 112?)" : "");
    case Problem::WorkerDown:
      return "no worker serves on this node";
    case Problem::Held:
      return "what belongs to it by `sync` cannot be here";
    case Problem::Withdrawn:
      return "something that it tracks is bad";
  }
  return {};
}

void Journal::begin(const Plan& plan, std::uint64_t generation, const config::Config& config, std::string node) {
  std::vector<Group> before = std::exchange(groups_, {});
  generation_ = generation;
  node_ = std::move(node);
  names_.clear();
  for (const config::Node& one : config.nodes) {
    if (const std::optional<IpAddress> address = IpAddress::parse(one.address)) names_.emplace(*address, one.name);
  }
  for (const GroupPlan& one : plan.groups) {
    Group group;
    group.vip = one.vip;
    group.addresses = in_words(one.addresses);
    for (const Group& old : before) {
      if (old.vip == group.vip && old.addresses == group.addresses) group = old;
    }
    group.voters = one.vote ? voters_of(*one.vote) : Voters();
    groups_.push_back(std::move(group));
  }
  offices_.clear();
  for (const WitnessPlan& one : plan.witnesses)
    offices_.push_back({one.vip, in_words(one.addresses), voters_of(one.vote)});
}

std::string Journal::name_of(const IpAddress& address) const {
  const auto found = names_.find(address);
  return found == names_.end() ? address.to_text() : found->second;
}

std::string Journal::peer_of(const Changed& changed) const {
  return changed.peer ? name_of(*changed.peer) : std::string("somebody");
}

std::string Journal::why(std::size_t group) const {
  return group < groups_.size() ? groups_[group].why : std::string();
}

void Journal::set_withdrawal(std::string_view vip, std::string why) {
  for (Group& group : groups_) {
    if (group.vip == vip) group.withdrawal = why;
  }
}

std::string Journal::problem_of(const Group& group, Problem problem, int code) {
  const bool known = problem == Problem::Withdrawn && !group.withdrawal.empty();
  return known ? group.withdrawal : describe(problem, code);
}

std::string Journal::problem(std::size_t group, const GroupState& state) const {
  return group < groups_.size() ? problem_of(groups_[group], state.problem, state.problem_code) : std::string();
}

Line Journal::changed(Group& group, const Changed& changed) const {
  const std::string peer = peer_of(changed);
  const std::string& what = group.addresses;
  const auto line = [&](LogLevel level, std::string_view verb, std::string why) {
    group.why = std::move(why);
    return Line{level, fmt::format("vip {}: {} {} {}: {}", group.vip, node_, verb, what, group.why)};
  };
  switch (changed.cause) {
    case Cause::Started:
      if (changed.to == State::Active) return line(LogLevel::Info, "took", "it is the owner");
      return line(LogLevel::Info, "watches over", "it has started to listen");
    case Cause::Resumed:
      return line(LogLevel::Info, "goes on with", "it had them before its keeper was replaced");
    case Cause::Silence:
      return changed.peer
                 ? line(LogLevel::Warn, "took", fmt::format("{} silent for {} ms", peer, to_ms(changed.silence)))
                 : line(LogLevel::Info, "took", fmt::format("nobody was heard for {} ms", to_ms(changed.silence)));
    case Cause::Resigned:
      return line(LogLevel::Info, "took", fmt::format("{} gave up", peer));
    case Cause::Preempted:
      return line(LogLevel::Info, "took", fmt::format("{} had the lower priority {}", peer, changed.peer_priority));
    case Cause::Yielded:
      return line(LogLevel::Info, "left", fmt::format("{} has the higher priority {}", peer, changed.peer_priority));
    case Cause::HandedOver:
      return line(LogLevel::Info, "handed over", fmt::format("{} has taken over", peer));
    case Cause::Stalled:
      return line(LogLevel::Warn, "gave up",
                  fmt::format("it did not run for {} ms, and others may have taken over", to_ms(changed.silence)));
    case Cause::Disabled:
      return line(changed.from == State::Active ? LogLevel::Warn : LogLevel::Info,
                  changed.from == State::Active ? "gave up" : "does not watch over",
                  group.withdrawn ? group.withdrawal : "it cannot serve");
    case Cause::CutOff:
      return line(LogLevel::Warn, "gave up",
                  fmt::format("it is cut off: neither the witness {} nor another node lets it have {}",
                              group.voters.witness, what));
    case Cause::Stopped:
      return line(LogLevel::Info, changed.from == State::Active ? "gave up" : "no longer watches over", "it stops");
  }
  return {};
}

std::vector<Line> Journal::handle(Instant now, const Event& event) {
  if (event.generation != generation_) return {};
  const bool of_office = event.kind == Event::Kind::VoteGiven || event.kind == Event::Kind::VoteFree;
  if (event.group >= (of_office ? offices_.size() : groups_.size())) return {};
  if (of_office) return {office_line(event)};
  Group& group = groups_[event.group];
  switch (event.kind) {
    case Event::Kind::Changed:
      return {changed(group, event.changed)};
    case Event::Kind::ProblemBegan:
      group.withdrawn = event.problem == Problem::Withdrawn;
      return {{LogLevel::Error, fmt::format("vip {}: {} cannot have {}: {}", group.vip, node_, group.addresses,
                                            problem_of(group, event.problem, event.code))}};
    case Event::Kind::ProblemEnded:
      group.withdrawn = false;
      return {{LogLevel::Info, fmt::format("vip {}: {} can have {} again; before: {}", group.vip, node_,
                                           group.addresses, problem_of(group, event.problem, 0))}};
    case Event::Kind::AddressError:
      return {{LogLevel::Error, fmt::format("vip {}: {} cannot be changed on the interface: {}", group.vip,
                                            event.peer ? event.peer->to_text() : "", std::strerror(event.code))}};
    case Event::Kind::MayNot:
    case Event::Kind::WitnessSilent:
    case Event::Kind::WitnessAnswers:
      return {vote_line(group, event)};
    case Event::Kind::VoteGiven:
    case Event::Kind::VoteFree:
    case Event::Kind::SecondActive:
      break;
  }
  if (!passed(now, group.second_active_said, kQuiet)) return {};
  group.second_active_said = now;
  return {{LogLevel::Warn,
           fmt::format("vip {}: two nodes have {}: {} and {}, whose priority is {}; the better one keeps it", group.vip,
                       group.addresses, node_, event.peer ? name_of(*event.peer) : "", event.priority)}};
}

std::vector<Line> Journal::look(Instant now, const Snapshot& snapshot) {
  std::vector<Line> lines;
  if (snapshot.generation != generation_) return lines;
  if (std::optional<Line> line = ballots_line(snapshot.loop.ballots_error)) lines.push_back(std::move(*line));
  for (std::size_t i = 0; i < groups_.size() && i < snapshot.groups.size(); ++i) {
    Group& group = groups_[i];
    const GroupState& state = snapshot.groups[i];
    for (std::size_t fault = 0; fault < core::vrrp::kFaults; ++fault) {
      const std::uint64_t more = state.refused[fault] - group.refused[fault];
      if (state.refused[fault] <= group.refused[fault] || !passed(now, group.refusal_said[fault], kQuiet)) continue;
      group.refused[fault] = state.refused[fault];
      group.refusal_said[fault] = now;
      const bool taken = static_cast<Fault>(fault) == Fault::OtherAddresses;
      lines.push_back({LogLevel::Warn, fmt::format("vip {}: {} advert{} {}: the last, from {}, {}", group.vip, more,
                                                   more == 1 ? "" : "s", taken ? "looked odd" : "refused",
                                                   state.refused_from ? name_of(*state.refused_from) : "?",
                                                   core::vrrp::describe(static_cast<Fault>(fault)))});
    }
  }
  return lines;
}

}  // namespace stead::keeper::vip
