#include "keeper/vip/polling.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/clock.h"

namespace stead::keeper::vip {

using wire::witness::Ballot;

Polling::Polling(Instant now, const GroupPlan& plan, Ballots& ballots, Report report)
    : plan_(plan.vote.value()),
      family_(plan.family),
      router_id_(plan.router_id),
      ballots_(ballots),
      report_(std::move(report)),
      seal_(plan.gate.authentication),
      tie_break_(now, {.interval = plan.router.interval, .self = plan_.self, .nodes = plan_.nodes.size()}) {
  state_.answered = now;
}

void Polling::follow(Instant now, const core::vrrp::Claim& claim) {
  tie_break_.handle_claim(now, net::wall_now(), claim);
  perform();
}

std::optional<std::size_t> Polling::voter_at(const IpAddress& address) const {
  if (address == plan_.witness) return plan_.nodes.size();
  const auto found = std::ranges::find(plan_.nodes, address);
  if (found == plan_.nodes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - plan_.nodes.begin());
}

void Polling::handle_ballot(Instant now, const Ballots::Received& received) {
  const std::optional<std::size_t> from = voter_at(received.source);
  const core::vrrp::Seal::Way way{.source = received.source, .destination = ballots_.address()};
  if (!from || !seal_.accepts(net::wall_now(), received.bytes, received.ballot, way)) {
    ++state_.refused;
    return;
  }
  if (received.ballot.is_answer()) {
    tie_break_.handle_answer(now, *from, received.ballot);
    watch_witness(now);
  } else if (const std::optional<Ballot> answer = tie_break_.handle_request(now, *from, received.ballot)) {
    send(received.source, *answer);
  }
  perform();
}

void Polling::handle_timeout(Instant now) {
  tie_break_.handle_timeout(now, net::wall_now());
  watch_witness(now);
  perform();
}

void Polling::handle_stop() {
  tie_break_.handle_stop(net::wall_now());
  perform();
}

void Polling::watch_witness(Instant now) {
  const std::size_t witness = plan_.nodes.size();
  state_.answered = tie_break_.answered(witness);
  const bool silent = tie_break_.is_silent(now, witness);
  if (silent == std::exchange(state_.witness_silent, silent)) return;
  report_({.kind = silent ? Event::Kind::WitnessSilent : Event::Kind::WitnessAnswers});
}

std::optional<Polling::Verdict> Polling::poll_verdict() { return std::exchange(verdict_, std::nullopt); }

void Polling::perform() {
  while (const std::optional<core::vrrp::TieBreakAction> action = tie_break_.poll_action()) {
    std::visit([this](const auto& one) { perform(one); }, *action);
  }
}

void Polling::perform(const core::vrrp::SendToAll& action) {
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    if (i != plan_.self) send(plan_.nodes[i], action.ballot);
  }
  send(plan_.witness, action.ballot);
}

void Polling::send(const IpAddress& destination, const Ballot& ballot) {
  std::array<std::uint8_t, wire::witness::kMaxBallot> buffer;
  Ballot ours = ballot;
  ours.router = router_id_;
  ours.family = family_;
  const std::size_t size = seal_.write(ours, {.source = ballots_.address(), .destination = destination}, buffer);
  ballots_.send(destination, std::span(buffer).first(size));
}

void Polling::perform(const core::vrrp::MayNot& action) {
  ++state_.denied;
  report_({.kind = Event::Kind::MayNot, .voter = action.voter, .holder = action.holder});
}

}  // namespace stead::keeper::vip
