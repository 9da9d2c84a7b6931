#include "keeper/vip/group.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/clock.h"
#include "net/unique_fd.h"
#include "wire/arp/gratuitous.h"
#include "wire/ndp/advertisement.h"

namespace stead::keeper::vip {
namespace {

using core::vrrp::Fault;
using core::vrrp::State;

bool is_router(const std::string& interface) {
  const std::string path = "/proc/sys/net/ipv6/conf/" + interface + "/forwarding";
  const net::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char value = '0';
  return file && read(file.get(), &value, 1) == 1 && value != '0';
}

}  // namespace

Group::Group(Instant now, GroupPlan plan, const Kernel& kernel, Ballots& ballots, Report report)
    : plan_(std::move(plan)),
      interfaces_(kernel.interfaces),
      frames_(kernel.frames),
      macvlans_(kernel.macvlans),
      report_(std::move(report)),
      gate_(plan_.gate),
      signer_(plan_.gate.authentication),
      priority_(plan_.router.priority),
      lease_s_(lease_of(plan_.router)) {
  if (plan_.virtual_mac) own_.emplace(macvlans_, plan_.family, plan_.router_id);
  if (plan_.vote) polling_.emplace(now, plan_, ballots, report_);
}

void Group::set_report(Report report) {
  report_ = std::move(report);
  if (polling_) polling_->set_report(report_);
}

void Group::look(Instant now) {
  if (!router_) {
    const Problem problem = prepare(now);
    if (problem != Problem::None) return;
  }
  const Result<net::Interface> link = interfaces_.find(interface_.index);
  if (!link) return leave(now, Problem::NoInterface);
  if (!has_source()) return leave(now, Problem::NoSource);
  if (const Result<> carrier = look_at_carrier(now); !carrier) {
    return leave(now, Problem::NoOwnInterface, carrier.error().code);
  }
  interface_ = *link;
  apply_priority(now);
}

// Somebody may have taken it down, or away.
Result<> Group::look_at_carrier(Instant now) {
  if (!own_) return {};
  if (Result<> there = own_->look(); !there) return there;
  if (!owned_ || own_->up()) return {};
  Result<> up = own_->set_up(true);
  if (up) put_addresses(now);
  return up;
}

std::optional<Instant> Group::close_due() const {
  if (abandoned_) return std::nullopt;
  if (leftover_ != 0) return Instant{};
  return own_ && own_->up() && !owned_ ? std::optional(linger_until_) : std::nullopt;
}

void Group::close() {
  if (const std::uint32_t leftover = std::exchange(leftover_, 0); leftover != 0) {
    [[maybe_unused]] const Result<> removed = macvlans_.remove(leftover);
  } else {
    [[maybe_unused]] const Result<> down = own_->set_up(false);
  }
}

// What the socket was bound to is gone, and it hears nothing any more; or nothing could be sent.
void Group::leave(Instant now, Problem problem, int code) {
  router_->handle_priority(now, 0);
  perform(now);
  router_.reset();
  socket_.reset();
  if (polling_) polling_->follow(now, {});
  set_problem(problem, code);
}

bool Group::has_source() {
  bool found = false;
  const Result<> asked = interfaces_.each_address([&](const net::InterfaceAddress& one) {
    found = found || (one.interface == interface_.index && one.address == plan_.router.source);
  });
  return !asked || found;
}

void Group::set_healthy(Instant now, bool healthy) {
  healthy_ = healthy;
  if (router_) apply_priority(now);
}

void Group::set_priority(Instant now, std::uint8_t priority) {
  if (priority == priority_) return;
  priority_ = priority;
  if (router_) apply_priority(now);
}

void Group::set_worth(Instant now, const core::track::Worth& worth) {
  worth_ = worth;
  if (router_) apply_priority(now);
}

void Group::set_held(Instant now, bool held) {
  if (held == held_) return;
  held_ = held;
  if (router_) apply_priority(now);
}

Problem Group::problem_now(Instant now) {
  if (send_retry_due_ && now >= *send_retry_due_) send_retry_due_.reset();
  if (!interface_.up || !interface_.carrier) return Problem::LinkDown;
  if (send_retry_due_) return Problem::CannotSend;
  if (!healthy_) return Problem::WorkerDown;
  if (worth_.out) return Problem::Withdrawn;
  return held_ ? Problem::Held : Problem::None;
}

void Group::apply_priority(Instant now) {
  const Problem problem = problem_now(now);
  set_problem(problem, problem == Problem::CannotSend ? send_error_ : 0);
  const bool out = problem != Problem::None;
  router_->handle_priority(now, out ? 0 : core::track::priority_of(priority_, worth_));
  perform(now);
}

void Group::set_problem(Problem problem, int code) {
  if (problem == counts_.problem && code == counts_.problem_code) return;
  const bool began = problem != Problem::None;
  report_({.kind = began ? Event::Kind::ProblemBegan : Event::Kind::ProblemEnded,
           .problem = began ? problem : counts_.problem,
           .code = code});
  counts_.problem = problem;
  counts_.problem_code = code;
}

std::optional<net::Interface> Group::find_interface() {
  if (!plan_.interface.empty()) {
    Result<net::Interface> named = interfaces_.find(plan_.interface);
    return named ? std::optional(std::move(*named)) : std::nullopt;
  }
  std::uint32_t index = 0;
  const Result<> asked = interfaces_.each_address([&](const net::InterfaceAddress& one) {
    if (one.address == plan_.node_address) index = one.interface;
  });
  if (!asked || index == 0) return std::nullopt;
  Result<net::Interface> found = interfaces_.find(index);
  return found ? std::optional(std::move(*found)) : std::nullopt;
}

// IPv4, and peers of IPv6: the node's own address if the interface has it, else the first that is no vip. IPv6
// multicast: the link-local address (RFC 9568 section 5.1.2.1).
std::optional<IpAddress> Group::find_source() {
  const bool link_local = plan_.family == Family::V6 && !plan_.gate.unicast;
  std::optional<IpAddress> source;
  const Result<> asked = interfaces_.each_address([&](const net::InterfaceAddress& one) {
    const bool fits = one.interface == interface_.index && one.address.family() == plan_.family && !one.tentative &&
                      !knows(one.address) && (plan_.family == Family::V4 || one.address.is_link_local() == link_local);
    if (fits && (!source || one.address == plan_.node_address)) source = one.address;
  });
  return asked ? source : std::nullopt;
}

Result<> Group::prepare_carrier() {
  if (own_) return own_->prepare(interface_);
  leftover_ = find_own_interface(macvlans_, plan_.family, interface_.index, plan_.router_id);
  return {};
}

// Whether the addresses are on the interface with a lifetime: then a keeper had them a moment ago, and was killed, or
// became us.
bool Group::had_addresses() {
  std::size_t found = 0;
  const Result<> asked = interfaces_.each_address([&](const net::InterfaceAddress& one) {
    if (one.interface == carrier() && knows(one.address) && one.lifetime_s != net::Interfaces::kForever) ++found;
  });
  return asked && found == plan_.addresses.size();
}

Problem Group::prepare(Instant now) {
  const auto fail = [&](Problem problem, int code = 0) {
    set_problem(problem, code);
    return problem;
  };
  std::optional<net::Interface> interface = find_interface();
  if (!interface) return fail(Problem::NoInterface);
  interface_ = std::move(*interface);
  const std::optional<IpAddress> source = find_source();
  if (!source) return fail(Problem::NoSource);
  Result<net::AdvertSocket> socket = net::AdvertSocket::open({.family = plan_.family,
                                                              .protocol = wire::vrrp::kProtocol,
                                                              .interface = interface_.index,
                                                              .interface_name = interface_.name,
                                                              .group = wire::vrrp::group_of(plan_.family),
                                                              .traffic_class = wire::vrrp::kTrafficClass});
  if (!socket) return fail(Problem::NoSocket, socket.error().code);
  if (const Result<> carrier = prepare_carrier(); !carrier) {
    return fail(Problem::NoOwnInterface, carrier.error().code);
  }
  set_problem(Problem::None);
  socket_ = std::move(*socket);
  forwards_ = is_router(interface_.name);
  plan_.router.source = *source;
  gate_.set_source(*source);
  router_.emplace(plan_.router);
  // Before it starts: what must not have the addresses must not have them for a moment, either, as an owner would, or
  // who finds them where a process before this one has left them.
  apply_priority(now);
  router_->handle_start(now, had_addresses());
  perform(now);
  return Problem::None;
}

void Group::adopt(const GroupPlan& plan) {
  if (plan.gate.authentication == plan_.gate.authentication) return;
  plan_.gate.authentication = plan.gate.authentication;
  gate_.adopt(plan.gate.authentication);
  signer_.adopt(plan.gate.authentication);
  if (polling_) polling_->adopt(plan.gate.authentication);
}

void Group::handle_readable(Instant now) {
  std::array<std::uint8_t, 2048> buffer;
  const WallTime wall = net::wall_now();  // for signatures, whose times others have written
  // Bounded, so that a flood on one socket does not keep our own adverts back.
  for (int count = 0; socket_ && count < 64; ++count) {
    const std::optional<net::ReceivedAdvert> packet = socket_->receive(buffer);
    if (!packet) return;
    take(now, wall, *packet);
  }
}

void Group::take(Instant now, WallTime wall, const net::ReceivedAdvert& packet) {
  if (packet.bytes.size() >= 2 && packet.bytes[1] != plan_.router_id) return;  // another group's
  const wire::vrrp::Path path{.source = packet.source, .destination = packet.destination};
  const auto refuse = [&](Fault fault) {
    ++counts_.refused.at(static_cast<std::size_t>(fault));
    counts_.refused_from = packet.source;
  };
  const auto advert = wire::vrrp::decode(packet.bytes, path);
  if (!advert) return refuse(Fault::Malformed);
  const auto passed = gate_.inspect(wall, {packet.bytes, path, packet.hop_limit}, *advert);
  if (!passed) return refuse(passed.error());
  if (passed->remark) refuse(*passed->remark);
  ++counts_.received;
  if (!passed->is_signed && !plan_.gate.authentication.secrets.empty()) ++counts_.not_signed;
  router_->handle_advert(now, passed->advert);
  perform(now);
}

void Group::handle_ballot(Instant now, const Ballots::Received& received) {
  if (!polling_) return;
  polling_->handle_ballot(now, received);
  consult(now);
}

void Group::handle_timeout(Instant now) {
  if (polling_) {
    polling_->handle_timeout(now);
    consult(now);
  }
  if (!router_) return;
  router_->handle_timeout(now);
  perform(now);
  if (owned_ && now >= refresh_due_) put_addresses(now);
  check_sending(now);
}

std::optional<Instant> Group::next_timeout() const {
  std::optional<Instant> next;
  if (polling_) next = polling_->next_timeout();
  if (!router_) return next;
  const std::optional<Instant> due = router_->next_timeout();
  if (due) next = next ? std::min(*next, *due) : due;
  if (!owned_) return next;
  return next ? std::min(*next, refresh_due_) : refresh_due_;
}

void Group::handle_handover(Instant now) {
  if (!router_) return;
  router_->handle_handover(now);
  perform(now);
}

void Group::handle_takeback(Instant now) {
  if (!router_) return;
  router_->handle_takeback(now);
  perform(now);
}

void Group::handle_stop(Instant now) {
  if (!router_ || abandoned_) return;
  router_->handle_stop(now);
  perform(now);
  if (polling_) polling_->handle_stop();
}

void Group::perform(Instant now) {
  perform_actions(now);
  if (!polling_) return;
  polling_->follow(now, router_->claim());
  consult(now);
}

// What the others think of it, until they have nothing to add.
void Group::consult(Instant now) {
  while (const std::optional<Polling::Verdict> verdict = polling_->poll_verdict()) {
    if (!router_) return;
    if (*verdict == Polling::Verdict::Permit) {
      router_->handle_permission(now);
    } else {
      router_->handle_cut_off(now);
    }
    perform_actions(now);
    polling_->follow(now, router_->claim());
  }
}

void Group::perform_actions(Instant now) {
  while (const std::optional<core::vrrp::Action> action = router_->poll_action()) {
    std::visit([&](const auto& one) { perform(now, one); }, *action);
  }
}

void Group::perform(Instant, const core::vrrp::SendAdvert& advert) {
  std::array<std::uint8_t, wire::vrrp::kMaxPacket> buffer;
  bool any = false;
  if (signer_.signs()) signer_.begin(net::wall_now());
  for (const IpAddress& destination : plan_.destinations) {
    const wire::vrrp::Path path{.source = plan_.router.source, .destination = destination};
    std::size_t size = wire::vrrp::encode({.version = plan_.router.version,
                                           .form = plan_.checksum,
                                           .router = plan_.router_id,
                                           .priority = advert.priority,
                                           .interval = plan_.router.interval,
                                           .addresses = plan_.addresses,
                                           .auth_type = plan_.gate.auth_type,
                                           .auth_data = plan_.gate.auth_data},
                                          path, buffer);
    if (signer_.signs()) size = signer_.sign(buffer, size, path);
    // What cannot be sent is not heard, and the others act on that; there is nothing better that we could do.
    const Result<> sent = socket_->send(path.source, path.destination, std::span(buffer).first(size));
    ++(sent ? counts_.sent : counts_.send_errors);
    if (!sent) send_error_ = sent.error().code;
    any = any || sent.has_value();
  }
  send_failures_ = any || plan_.destinations.empty() ? 0 : send_failures_ + 1;
}

// Who cannot say that it is there must not be: the others own the addresses by now.
void Group::check_sending(Instant now) {
  if (send_failures_ < kSendPatience) return;
  send_failures_ = 0;
  send_retry_due_ = now + kSendRetry;
  apply_priority(now);
}

void Group::perform(Instant now, const core::vrrp::ClaimAddresses&) {
  owned_ = true;
  if (own_) {
    const Result<> up = own_->set_up(true);
    if (!up) report_address_error(plan_.addresses.front(), up.error().code);
  }
  put_addresses(now);
}

void Group::put_addresses(Instant now) {
  refresh_due_ = now + kRefresh;
  for (const IpAddress& address : plan_.addresses) {
    const Result<> put = interfaces_.put_address(carrier(), address, lease_s_);
    if (!put) report_address_error(address, put.error().code);
  }
}

void Group::perform(Instant now, const core::vrrp::ReleaseAddresses&) {
  owned_ = false;
  linger_until_ = now + kLinger;
  if (carrier() == 0) return;  // it has gone, and they with it
  for (const IpAddress& address : plan_.addresses) {
    const Result<> removed = interfaces_.remove_address(carrier(), address);
    if (!removed) report_address_error(address, removed.error().code);
  }
}

// From the hardware address that is announced, so that switches learn at which port it is.
void Group::perform(Instant, const core::vrrp::Announce&) {
  if (plan_.mover) return;  // see movers.h
  const wire::MacAddress mac = own_ ? own_->mac() : interface_.mac;
  for (const IpAddress& address : plan_.addresses) {
    const Result<> sent = address.family() == Family::V4
                              ? frames_.send(interface_.index, wire::arp::gratuitous(mac, address))
                              : frames_.send(interface_.index, wire::ndp::advertisement(mac, address, forwards_));
    ++(sent ? counts_.announcements : counts_.send_errors);
  }
}

void Group::perform(Instant, const core::vrrp::Changed& changed) {
  ++counts_.transitions;
  counts_.cause = changed.cause;
  report_({.kind = Event::Kind::Changed, .changed = changed});
}

void Group::perform(Instant, const core::vrrp::SecondActive& second) {
  ++counts_.second_actives;
  report_({.kind = Event::Kind::SecondActive, .peer = second.peer, .priority = second.priority});
}

// Once for each kind of trouble: it comes again with every refresh.
void Group::report_address_error(const IpAddress& address, int code) {
  ++counts_.address_errors;
  if (code == std::exchange(last_address_error_, code)) return;
  report_({.kind = Event::Kind::AddressError, .peer = address, .code = code});
}

bool Group::knows(const IpAddress& address) const {
  return std::ranges::find(plan_.addresses, address) != plan_.addresses.end();
}

bool Group::owns(const IpAddress& address) const { return owned_ && knows(address); }

std::optional<IpAddress> Group::source() const { return router_ ? std::optional(plan_.router.source) : std::nullopt; }

core::vrrp::Spread::Seen Group::seen(Instant now) const {
  const bool ours = active();
  core::vrrp::Spread::Seen seen;
  seen.ours = ours;
  seen.fresh = ours && now - router_->since() < core::vrrp::Spread::kFreshAdverts * plan_.router.interval;
  if (!ours && router_ && router_->active_peer()) {
    seen.owner = router_->active_peer()->source;
    seen.priority = router_->active_peer()->priority;
  }
  return seen;
}

GroupState Group::state() const {
  GroupState state = counts_;
  if (polling_) state.vote = polling_->state();
  if (!router_) return state;
  state.interface = interface_.index;
  state.state = router_->state();
  state.since = router_->since();
  state.priority = router_->priority();
  state.leaving = router_->leaving();
  state.peer = router_->active_peer();
  return state;
}

}  // namespace stead::keeper::vip
