// Virtual addresses, as the keeper's loop sees them: what the thread that owns them (vip/service.h) has to know, and
// what it has to say.
#include <algorithm>
#include <utility>

#include "keeper/keeper.h"
#include "keeper/vip/metrics.h"

namespace stead::keeper {
namespace {

std::string_view in_words(core::vrrp::State state) {
  switch (state) {
    case core::vrrp::State::Active:
      return "active";
    case core::vrrp::State::Backup:
      return "backup";
    case core::vrrp::State::Initialize:
      break;
  }
  return "out";
}

// The first of the vip's nodes that is not the owner.
std::string next_after(const config::Config& config, const std::string& vip, const std::string& owner) {
  for (const config::Vip& one : config.vips) {
    if (one.name != vip) continue;
    std::vector<config::VipNode> nodes = one.nodes;
    std::ranges::stable_sort(nodes, std::ranges::greater{}, &config::VipNode::priority);
    for (const config::VipNode& node : nodes) {
      if (node.node != owner) return node.node;
    }
  }
  return {};
}

// By so much a node is worth less for a vip of which a listener could not be opened: more than any order of nodes makes
// up for, so the address goes to a node where all are open, and stays where there is none.
constexpr std::uint32_t kListenerWeight = 100;

}  // namespace

// When there is a worker that serves: an address before that would be of no use to anybody. Not being able to is no
// reason not to serve at the node's own addresses.
void Keeper::start_vips() {
  vip::Plan plan = vip::make_plan(deployment_.loaded.config, deployment_.loaded.node);
  if (plan.is_empty()) return;
  begin_tracks();
  vip::Service::Worths worths;
  for (const vip::GroupPlan& group : plan.groups) worths[group.vip] = worth_of(group.vip);
  Result<std::unique_ptr<vip::Service>> service = vip::Service::start(plan, worths);
  if (!service) {
    vip_retry_due_ = now_ + kListenerRetry;
    return log_.error("virtual addresses cannot be managed, and it is tried again every second: {}",
                      service.error().message);
  }
  vips_ = std::move(*service);
  passing_.emplace();
  journal_.begin(vips_->plan(), vips_->generation(), deployment_.loaded.config, deployment_.loaded.node);
  movers_.apply(now_, vips_->plan(), deployment_.loaded.node);
  tell_worths();
  vips_->set_healthy(worker_track_.handle(now_, supervisor_->serving(), std::nullopt));
}

void Keeper::apply_vips() {
  begin_tracks();
  const vip::Plan plan = vip::make_plan(deployment_.loaded.config, deployment_.loaded.node);
  for (const vip::GroupPlan& group : plan.groups) vips_->set_worth(group.vip, worth_of(group.vip));
  vips_->apply(plan);
  journal_.begin(vips_->plan(), vips_->generation(), deployment_.loaded.config, deployment_.loaded.node);
  movers_.apply(now_, vips_->plan(), deployment_.loaded.node);
  tell_worths();
}

// What is known at once is known before an address could come here.
void Keeper::begin_tracks() {
  tracks_.apply(now_, deployment_.loaded.config, deployment_.loaded.node);
  tracks_.handle_earlier(now_, std::exchange(earlier_bad_tracks_, {}));
  tracks_.handle_tick(now_);
}

const ListenerFailure* Keeper::closed_listener(const std::string& vip) const {
  for (const ListenerFailure& failed : listeners_.failures()) {
    for (const config::Listener& listener : deployment_.loaded.config.listeners) {
      if (listener.vip == vip && listener.name == failed.name) return &failed;
    }
  }
  return nullptr;
}

core::track::Worth Keeper::worth_of(const std::string& vip) const {
  core::track::Worth worth = tracks_.worth_of(vip);
  if (closed_listener(vip) != nullptr) worth.lowered_by += kListenerWeight;
  return worth;
}

// The reason first: whoever is told of what follows asks for it.
void Keeper::tell_worths() {
  for (const vip::GroupPlan& group : vips_->plan().groups) {
    const core::track::Worth worth = worth_of(group.vip);
    if (worth.out) journal_.set_withdrawal(group.vip, tracks_.why_out(group.vip));
    vips_->set_worth(group.vip, worth);
  }
}

void Keeper::tick_vips() {
  if (!vips_) {
    const bool possible = now_ >= vip_retry_due_ && supervisor_->serving();
    if (possible && !std::holds_alternative<Stop>(job_)) start_vips();
    return;
  }
  worker_track_.set_grace(deployment_.loaded.config.worker.heartbeat_timeout);
  const bool waiting = supervisor_->state() == core::supervise::WorkerWatch::State::Waiting;
  const std::optional<Instant> next_start = waiting ? supervisor_->next_timeout() : std::nullopt;
  vips_->set_healthy(worker_track_.handle(now_, supervisor_->serving(), next_start));
  tell_worths();
  const vip::Snapshot snapshot = vips_->snapshot();
  handle_vips();  // what the snapshot speaks of: who had the addresses before
  if (snapshot.generation == vips_->generation()) movers_.look(now_, snapshot.groups);
  for (const vip::Line& line : journal_.look(now_, snapshot)) log_.write(line.level, line.text);
  pass_connections(snapshot);
  if (now_ < vip_metrics_due_) return;
  vip_metrics_due_ = now_ + kMetricsInterval;
  supervisor_->tell_metrics({.text = vip::render_metrics(vips_->plan(), vips_->generation(), snapshot) +
                                     movers_.render_metrics() + tracks_.render_metrics()});
}

void Keeper::pass_connections(const vip::Snapshot& snapshot) {
  if (snapshot.generation != vips_->generation()) return;  // it is being taken up
  const Duration drain = deployment_.loaded.config.timeouts.drain;
  const std::optional<std::string> news = passing_->reconcile(now_, vips_->plan(), snapshot.groups, drain);
  if (news) log_.write(passing_->works() ? LogLevel::Info : LogLevel::Warn, *news);
}

// The new owner passes on what belongs to connections of ours, for as long as a drain takes. Until then, most clients
// should have found their way to it: each answer asks them to, and who has nothing to ask is closed half way.
void Keeper::notice_move(const vip::Event& event) {
  using core::vrrp::Cause;
  const bool given_up = event.kind == vip::Event::Kind::Changed && event.changed.from == core::vrrp::State::Active;
  const bool in_order = event.changed.cause == Cause::HandedOver || event.changed.cause == Cause::Yielded;
  if (!given_up || !in_order || event.generation != vips_->generation()) return;
  Moved moved{.addresses = {},
              .deadline_ms = static_cast<std::uint32_t>(to_ms(deployment_.loaded.config.timeouts.drain) / 2)};
  for (const IpAddress& address : vips_->plan().groups.at(event.group).addresses) {
    moved.addresses.push_back(address.to_text());
  }
  supervisor_->tell_moved(moved);
}

// Commands are told who had the addresses, and who has them.
void Keeper::notice_peer(const vip::Event& event) {
  if (event.kind != vip::Event::Kind::Changed || event.generation != vips_->generation()) return;
  const core::vrrp::Changed& changed = event.changed;
  if (changed.from != core::vrrp::State::Active && changed.to != core::vrrp::State::Active) return;
  movers_.set_peer(event.group, changed.peer ? journal_.name_of(*changed.peer) : std::string());
}

void Keeper::handle_vips() {
  for (const vip::Event& event : vips_->take_events()) {
    notice_move(event);
    notice_peer(event);
    for (const vip::Line& line : journal_.handle(now_, event)) log_.write(line.level, line.text);
  }
  Stop* stop = std::get_if<Stop>(&job_);
  if (stop != nullptr && !stop->drain_due && vips_->stopped()) stop->drain_due = now_ + kMoveGrace;
}

void Keeper::begin_handover(const ControlServer::Asked& asked) {
  const std::string& name = asked.request.vip;
  const bool back = asked.request.command == ControlCommand::Takeback;
  std::string known;
  bool found = false;
  if (vips_) {
    for (const vip::GroupPlan& group : vips_->plan().groups) {
      found = found || group.vip == name;
      if (!known.ends_with(group.vip)) known += (known.empty() ? "" : ", ") + group.vip;
    }
  }
  if (!found) {
    return answer(
        asked.client, false,
        known.empty() ? "this node is in no vip" : "no vip of this node is called `" + name + "`; it is in " + known);
  }
  if (back) {
    vips_->takeback(name);
  } else {
    vips_->handover(name);
  }
  log_.info("vip {}: told to {}", name, back ? "take part as before" : "hand over");
  answer(asked.client, true,
         back ? "vip " + name + ": this node takes part with its own priority again"
              : "vip " + name +
                    ": handing over to whoever takes it; `stead vip` shows who has it, and `stead takeback " + name +
                    "` ends this");
}

// Before this process becomes another binary: the addresses stay where they are for as long as the kernel keeps them.
void Keeper::suspend_vips() {
  if (!vips_) return;
  tracks_.end_commands();
  movers_.end_commands(now_);
  vips_->suspend();
  handle_vips();
  vips_.reset();
  passing_.reset();
}

void Keeper::report_vips(KeeperStatus& status) const {
  if (!vips_) return;
  const vip::Snapshot snapshot = vips_->snapshot();
  const vip::Plan& plan = vips_->plan();
  if (snapshot.generation != vips_->generation()) return;  // it is being taken up
  for (std::size_t i = 0; i < plan.groups.size() && i < snapshot.groups.size(); ++i) {
    const vip::GroupState& state = snapshot.groups[i];
    KeeperStatus::Vip one{.name = plan.groups[i].vip,
                          .addresses = {},
                          .state = std::string(in_words(state.state)),
                          .why = journal_.why(i),
                          .problem = journal_.problem(i, state),
                          .owner = {},
                          .next = {},
                          .since_ms = state.since == Instant{} ? 0 : to_ms(now_ - state.since),
                          .priority = state.priority,
                          .leaving = state.leaving,
                          .second_actives = state.second_actives,
                          .refused = 0};
    if (one.problem.empty()) one.problem = movers_.problem(i);
    if (const ListenerFailure* failed = closed_listener(one.name); failed != nullptr && one.problem.empty()) {
      one.problem = failed->name + " cannot be opened here, so the priority is lowered: " + failed->why;
    }
    for (const IpAddress& address : plan.groups[i].addresses) one.addresses.push_back(address.to_text());
    for (const std::uint64_t count : state.refused) one.refused += count;
    for (const track::TrackState& track : tracks_.states_of(one.name)) {
      one.tracks.push_back({.name = track.name,
                            .good = track.good,
                            .why = track.why,
                            .since_ms = track.since ? to_ms(now_ - *track.since) : -1,
                            .weight = track.weight,
                            .unknowns = track.unknowns});
    }
    if (state.state == core::vrrp::State::Active) one.owner = deployment_.loaded.node;
    if (state.state == core::vrrp::State::Backup && state.peer) one.owner = journal_.name_of(state.peer->source);
    // Of shared ones, that depends on what the others have by then.
    if (state.vote) one.witness = journal_.witness(i, now_, *state.vote, snapshot.loop.ballots_error);
    if (!plan.groups[i].seat) one.next = next_after(deployment_.loaded.config, one.name, one.owner);
    status.vips.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < plan.witnesses.size() && i < snapshot.witnesses.size(); ++i) {
    const vip::WitnessState& state = snapshot.witnesses[i];
    KeeperStatus::WitnessOf one{.vip = plan.witnesses[i].vip,
                                .addresses = {},
                                .holder = journal_.holder(i, state),
                                .since_ms = to_ms(now_ - state.since),
                                .denied = state.denied};
    for (const IpAddress& address : plan.witnesses[i].addresses) one.addresses.push_back(address.to_text());
    status.witness_of.push_back(std::move(one));
  }
}

}  // namespace stead::keeper
