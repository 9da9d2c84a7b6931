#include "core/vrrp/voter.h"

#include <algorithm>

namespace stead::core::vrrp {

using wire::vrrp::Sequence;
using wire::witness::Ballot;
using wire::witness::Kind;

std::optional<std::size_t> Voter::holder(Instant now) const { return now < until_ ? holder_ : std::nullopt; }

bool Voter::is_late(std::size_t from, Sequence number) {
  std::optional<Sequence>& last = last_.at(from);
  const bool late = last && !number.is_after(*last) && last->since(number) < kLateWithin;
  if (!late) last = number;
  return late;
}

bool Voter::grants(Instant now, std::size_t from, const Ballot& request, const Own& own) const {
  const std::optional<std::size_t> held = holder(now);
  if (held == from || request.heard) return true;
  if (held || own.active) return false;
  if (request.kind == Kind::Renew) return true;
  const bool own_is_better =
      own.asks && (own.priority > request.priority || (own.priority == request.priority && own.index < from));
  return !own_is_better && now >= unknown_until_;
}

std::optional<Ballot> Voter::handle_request(Instant now, std::size_t from, const Ballot& request, const Own& own) {
  if (from >= kMostNodes || request.is_answer() || is_late(from, Sequence(request.number))) return std::nullopt;
  const bool was_held = holder(now) == from;
  Ballot answer = request;
  answer.code = {};
  answer.secret = 0;
  answer.kind = Kind::Refused;
  switch (request.kind) {
    case Kind::Release:
      if (was_held) holder_.reset();
      return std::nullopt;
    case Kind::Look:
      if (was_held) answer.kind = Kind::Granted;
      break;
    default:
      if (!grants(now, from, request, own)) break;
      answer.kind = Kind::Granted;
      holder_ = from;
      until_ = now + held_for(interval_);
  }
  const std::optional<std::size_t> held = own.active && answer.kind == Kind::Refused ? own.index : holder(now);
  answer.holder = held ? static_cast<std::uint8_t>(*held) : wire::witness::kNobody;
  const Duration remaining = std::max(std::max(held ? until_ : now, unknown_until_) - now, Duration{0});
  answer.remaining_us = static_cast<std::uint32_t>(
      std::chrono::ceil<std::chrono::microseconds>(std::min<Duration>(remaining, 1h)).count());
  return answer;
}

}  // namespace stead::core::vrrp
