// The part of the journal that speaks of witnesses and votes.
#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "keeper/vip/journal.h"
#include "wire/witness/ballot.h"

namespace stead::keeper::vip {
namespace {

std::string join_or(const std::vector<std::string>& names, std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? fmt::format(" {} ", word) : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

Journal::Voters Journal::voters_of(const VotePlan& vote) const {
  Voters voters{.nodes = {}, .witness = vote.witness_name, .self = vote.self};
  for (const IpAddress& address : vote.nodes) voters.nodes.push_back(name_of(address));
  return voters;
}

std::string Journal::Voters::name(std::size_t voter) const {
  return voter < nodes.size() ? nodes[voter] : "the witness " + witness;
}

// "the witness app hears edge-1"
std::string Journal::why_not(const Voters& voters, const Event& event) {
  if (!event.voter) {
    std::vector<std::string> others;
    for (std::size_t i = 0; i < voters.nodes.size(); ++i) {
      if (i != voters.self) others.push_back(voters.nodes[i]);
    }
    if (voters.nodes.size() % 2 == 0) others.push_back(voters.name(voters.nodes.size()));
    if (others.size() == 2) return fmt::format("neither {} answers", join_or(others, "nor"));
    return fmt::format("too few of {} answer", join_or(others, "and"));
  }
  const std::string voter = voters.name(*event.voter);
  if (!event.holder) return voter + " has just started, and does not know yet who has it";
  const std::string holder = voters.name(*event.holder);
  if (event.voter == event.holder) return fmt::format("{} says that it has it", holder);
  if (*event.voter == voters.self) return fmt::format("{} asks for votes for it, though no adverts come", holder);
  return fmt::format("{} hears {}", voter, holder);
}

Line Journal::vote_line(const Group& group, const Event& event) const {
  const Voters& voters = group.voters;
  switch (event.kind) {
    case Event::Kind::MayNot:
      return {event.voter ? LogLevel::Warn : LogLevel::Error,
              fmt::format("vip {}: {} may not take {}: {}", group.vip, node_, group.addresses, why_not(voters, event))};
    case Event::Kind::WitnessSilent:
      return {
          LogLevel::Warn,
          fmt::format("vip {}: the witness {} does not answer {}; nothing moves because of that, but if the owner of "
                      "{} fails as well, {}",
                      group.vip, voters.witness, node_, group.addresses,
                      voters.nodes.size() == 2 ? "nobody may take over" : "half of the nodes may not take over")};
    default:
      return {LogLevel::Info, fmt::format("vip {}: the witness {} answers {} again", group.vip, voters.witness, node_)};
  }
}

Line Journal::office_line(const Event& event) const {
  const Office& office = offices_[event.group];
  const auto name = [&](const std::optional<std::size_t>& node) {
    return node ? office.voters.name(*node) : std::string();
  };
  if (event.kind == Event::Kind::VoteFree) {
    return {LogLevel::Info, fmt::format("witness of vip {}: {} has given {} back, or is not heard any more", office.vip,
                                        name(event.voter), office.addresses)};
  }
  return {LogLevel::Info, fmt::format("witness of vip {}: {} may have {}{}", office.vip, name(event.holder),
                                      office.addresses, event.voter ? ", no longer " + name(event.voter) : "")};
}

std::optional<Line> Journal::ballots_line(int error) {
  if (error == std::exchange(ballots_error_, error)) return std::nullopt;
  if (error == 0) return Line{LogLevel::Info, "witnesses can be asked, and answer, again"};
  return Line{LogLevel::Error, fmt::format("no witness can be asked, or answer: UDP port {}: {}", wire::witness::kPort,
                                           std::strerror(error))};
}

std::string Journal::witness(std::size_t group, Instant now, const VoteState& state, int ballots_error) const {
  if (group >= groups_.size()) return {};
  const std::string& name = groups_[group].voters.witness;
  if (ballots_error != 0) return fmt::format("{} cannot be asked: {}", name, std::strerror(ballots_error));
  if (!state.witness_silent) return name + " answers";
  return fmt::format("{} silent for {} s: if the owner fails as well, the addresses do not move by themselves", name,
                     to_ms(now - state.answered) / 1000);
}

std::string Journal::holder(std::size_t office, const WitnessState& state) const {
  if (office >= offices_.size() || !state.holder) return {};
  return offices_[office].voters.name(*state.holder);
}

}  // namespace stead::keeper::vip
