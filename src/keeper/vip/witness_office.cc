#include "keeper/vip/witness_office.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/clock.h"

namespace stead::keeper::vip {

using wire::witness::Ballot;

WitnessOffice::WitnessOffice(Instant now, WitnessPlan plan, Report report)
    : plan_(std::move(plan)), report_(std::move(report)), seal_(plan_.authentication), voter_(now, plan_.interval) {
  state_.since = now;
}

void WitnessOffice::handle_ballot(Instant now, const Ballots::Received& received, Ballots& ballots) {
  const auto node = std::ranges::find(plan_.vote.nodes, received.source);
  const core::vrrp::Seal::Way way{.source = received.source, .destination = ballots.address()};
  const bool known = node != plan_.vote.nodes.end();
  if (!known || !seal_.accepts(net::wall_now(), received.bytes, received.ballot, way)) {
    ++state_.refused;
    return;
  }
  const auto from = static_cast<std::size_t>(node - plan_.vote.nodes.begin());
  const std::optional<Ballot> answer = voter_.handle_request(now, from, received.ballot, {});
  look(now);
  if (!answer) return;
  const bool denied = answer->kind == wire::witness::Kind::Refused && received.ballot.kind == wire::witness::Kind::Ask;
  ++state_.asked;
  state_.denied += denied ? 1 : 0;
  std::array<std::uint8_t, wire::witness::kMaxBallot> buffer;
  const std::size_t size = seal_.write(*answer, {.source = ballots.address(), .destination = received.source}, buffer);
  ballots.send(received.source, std::span(buffer).first(size));
}

void WitnessOffice::look(Instant now) {
  const std::optional<std::size_t> holder = voter_.holder(now);
  if (holder == state_.holder) return;
  const std::optional<std::size_t> before = std::exchange(state_.holder, holder);
  state_.since = now;
  report_({.kind = holder ? Event::Kind::VoteGiven : Event::Kind::VoteFree, .voter = before, .holder = holder});
}

}  // namespace stead::keeper::vip
