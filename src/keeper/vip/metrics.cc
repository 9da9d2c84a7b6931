#include "keeper/vip/metrics.h"

#include <fmt/format.h>

#include <string_view>

#include "core/vrrp/gate.h"

namespace stead::keeper::vip {
namespace {

using core::vrrp::State;

void family(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

struct Field {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t (*value)(const GroupState& state);
};

constexpr Field kFields[] = {
    {"stead_vip_active", "gauge", "1 if this node has the addresses.",
     [](const GroupState& state) -> std::uint64_t { return state.state == State::Active ? 1 : 0; }},
    {"stead_vip_priority", "gauge", "In which this node takes part.",
     [](const GroupState& state) -> std::uint64_t { return state.priority; }},
    {"stead_vip_problem", "gauge", "1 if something keeps this node from taking part.",
     [](const GroupState& state) -> std::uint64_t { return state.problem == Problem::None ? 0 : 1; }},
    {"stead_vip_transitions_total", "counter", "Changes between active, backup and out.",
     [](const GroupState& state) { return state.transitions; }},
    {"stead_vip_second_owner_adverts_total", "counter", "Adverts of another owner while this node was one.",
     [](const GroupState& state) { return state.second_actives; }},
    {"stead_vip_adverts_sent_total", "counter", "Adverts sent.", [](const GroupState& state) { return state.sent; }},
    {"stead_vip_adverts_received_total", "counter", "Adverts received and taken.",
     [](const GroupState& state) { return state.received; }},
    {"stead_vip_adverts_not_signed_total", "counter", "Adverts taken although they are not signed, with `secrets`.",
     [](const GroupState& state) { return state.not_signed; }},
    {"stead_vip_send_errors_total", "counter", "Adverts and announcements that could not be sent.",
     [](const GroupState& state) { return state.send_errors; }},
    {"stead_vip_announcements_total", "counter", "Gratuitous ARP and unsolicited neighbour advertisements sent.",
     [](const GroupState& state) { return state.announcements; }},
    {"stead_vip_address_errors_total", "counter", "Addresses that could not be put on the interface or taken off it.",
     [](const GroupState& state) { return state.address_errors; }},
};

struct VoteField {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t (*value)(const VoteState& state);
};

constexpr VoteField kVoteFields[] = {
    {"stead_vip_witness_silent", "gauge", "1 if the vip's witness does not answer this node.",
     [](const VoteState& state) -> std::uint64_t { return state.witness_silent ? 1 : 0; }},
    {"stead_vip_takeovers_denied_total", "counter", "Takeovers that the witness or the other nodes did not permit.",
     [](const VoteState& state) { return state.denied; }},
    {"stead_vip_ballots_refused_total", "counter", "Ballots of strangers, or not signed as they should be.",
     [](const VoteState& state) { return state.refused; }},
};

struct WitnessField {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t (*value)(const WitnessState& state);
};

constexpr WitnessField kWitnessFields[] = {
    {"stead_witness_vote_given", "gauge", "1 if a node of the vip has the vote of this node, its witness.",
     [](const WitnessState& state) -> std::uint64_t { return state.holder ? 1 : 0; }},
    {"stead_witness_requests_total", "counter", "Requests that this node has answered as a witness.",
     [](const WitnessState& state) { return state.asked; }},
    {"stead_witness_denied_total", "counter", "Takeovers that this node has refused as a witness.",
     [](const WitnessState& state) { return state.denied; }},
    {"stead_witness_ballots_refused_total", "counter", "Ballots of strangers, or not signed as they should be.",
     [](const WitnessState& state) { return state.refused; }},
};

void write_votes(std::string& text, const Plan& plan, const Snapshot& snapshot) {
  for (const VoteField& field : kVoteFields) {
    std::string lines;
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
      if (!snapshot.groups[i].vote) continue;
      lines += fmt::format("{}{{{}}} {}\n", field.name, labels(plan.groups[i]), field.value(*snapshot.groups[i].vote));
    }
    if (lines.empty()) return;
    family(text, field.name, field.type, field.help);
    text += lines;
  }
}

void write_witnesses(std::string& text, const Plan& plan, const Snapshot& snapshot) {
  if (plan.witnesses.empty()) return;
  for (const WitnessField& field : kWitnessFields) {
    family(text, field.name, field.type, field.help);
    for (std::size_t i = 0; i < plan.witnesses.size(); ++i) {
      const WitnessPlan& one = plan.witnesses[i];
      text += fmt::format("{}{{vip=\"{}\",address=\"{}\"}} {}\n", field.name, one.vip, one.addresses.front().to_text(),
                          field.value(snapshot.witnesses[i]));
    }
  }
}

void write_refused(std::string& text, const Plan& plan, const Snapshot& snapshot) {
  family(text, "stead_vip_adverts_refused_total", "counter", "Adverts that were refused, or odd, by what was wrong.");
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    for (std::size_t fault = 0; fault < core::vrrp::kFaults; ++fault) {
      text += fmt::format("stead_vip_adverts_refused_total{{{},reason=\"{}\"}} {}\n", labels(plan.groups[i]),
                          core::vrrp::label(static_cast<core::vrrp::Fault>(fault)), snapshot.groups[i].refused[fault]);
    }
  }
}

void write_groups(std::string& text, const Plan& plan, const Snapshot& snapshot) {
  for (const Field& field : kFields) {
    family(text, field.name, field.type, field.help);
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
      text += fmt::format("{}{{{}}} {}\n", field.name, labels(plan.groups[i]), field.value(snapshot.groups[i]));
    }
  }
  write_refused(text, plan, snapshot);
  write_votes(text, plan, snapshot);
}

void write_loop(std::string& text, const LoopState& loop) {
  const auto one = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    family(text, name, type, help);
    text += fmt::format("{} {}\n", name, value);
  };
  one("stead_vip_real_time", "gauge", "1 if adverts are sent from a real-time thread.", loop.real_time ? 1 : 0);
  one("stead_vip_timers_total", "counter", "Timers that have fired.", loop.timers);
  one("stead_vip_timers_late_1ms_total", "counter", "Timers that fired more than 1 ms late.", loop.late_over_1ms);
  one("stead_vip_timers_late_10ms_total", "counter", "Timers that fired more than 10 ms late.", loop.late_over_10ms);
  one("stead_vip_timer_latest_seconds", "gauge", "How late the latest of all timers was.",
      std::chrono::duration<double>(loop.latest).count());
}

}  // namespace

std::string labels(const GroupPlan& group) {
  const std::string address =
      group.seat ? fmt::format(",address=\"{}\"", group.addresses.front().to_text()) : std::string();
  return fmt::format("vip=\"{}\",family=\"{}\"{}", group.vip, group.family == Family::V4 ? "ipv4" : "ipv6", address);
}

std::string render_metrics(const Plan& plan, std::uint64_t generation, const Snapshot& snapshot) {
  std::string text;
  if (snapshot.generation != generation || snapshot.groups.size() != plan.groups.size()) return text;
  if (snapshot.witnesses.size() != plan.witnesses.size()) return text;
  write_witnesses(text, plan, snapshot);
  if (!plan.groups.empty()) write_groups(text, plan, snapshot);
  write_loop(text, snapshot.loop);
  return text;
}
}  // namespace stead::keeper::vip
