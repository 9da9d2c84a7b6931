#include "core/vrrp/tie_break.h"

#include <algorithm>

namespace stead::core::vrrp {

using wire::vrrp::Sequence;
using wire::witness::Ballot;
using wire::witness::Kind;

TieBreak::TieBreak(Instant now, TieBreakConfig config)
    : config_(config), voter_(now, config.interval), round_due_(now) {
  for (Other& one : voters_) one.answered = now;
}

void TieBreak::handle_claim(Instant now, WallTime wall, const Claim& claim) {
  const Claim before = claim_;
  claim_ = claim;
  told_ = false;
  if (claim.active && !before.active) {
    // Whom we have asked may be relied on for as long as that was said; only who has asked nobody has to be given time.
    heard_ = claim.heard;
    grace_until_ = has_majority(now) ? now : now + Voter::trusted_for(config_.interval);
    begin_round(now, wall);
  } else if (claim.wants && (!before.wants || (claim.heard && !before.heard))) {
    heard_ = claim.heard;
    asked_ = 0;
    wanted_since_ = now;
    said_why_not_ = false;
    if (before.active) give_votes_back(wall, true);
    begin_round(now, wall);
  } else if (!claim.active && !claim.wants && (before.active || before.wants)) {
    heard_ = false;
    give_votes_back(wall, true);
    round_due_ = now + kLook;
  }
  conclude(now);
}

std::optional<Ballot> TieBreak::handle_request(Instant now, std::size_t from, const Ballot& request) {
  if (from >= config_.nodes || from == config_.self) return std::nullopt;
  note_presence(now, from, request);
  return voter_.handle_request(
      now, from, request,
      {.active = claim_.active, .asks = claim_.wants, .priority = claim_.priority, .index = config_.self});
}

void TieBreak::note_presence(Instant now, std::size_t from, const Ballot& request) {
  Other& voter = voters_.at(from);
  const Sequence number(request.number);
  const Instant witness = voters_.at(config_.nodes).answered;
  if (request.kind == Kind::Release && request.gone) {
    if (now - witness > Voter::trusted_for(config_.interval)) voter.gone = Other::Gone{.since = now, .number = number};
  } else if (voter.gone && number.is_after(voter.gone->number)) {
    note_return(now, voter);
  }
}

// We owned the addresses without its vote: there is time to ask for it, as at the beginning.
void TieBreak::note_return(Instant now, Other& voter) {
  if (!voter.gone) return;
  voter.gone.reset();
  if (claim_.active) voter.trusted_until = std::max(voter.trusted_until, now + Voter::trusted_for(config_.interval));
}

const TieBreak::Round* TieBreak::find_round(std::uint64_t number) const {
  const auto found = std::ranges::find(rounds_, number, &Round::number);
  return number == 0 || found == rounds_.end() ? nullptr : &*found;
}

void TieBreak::handle_answer(Instant now, std::size_t from, const Ballot& answer) {
  const Round* round = find_round(answer.number);
  if (from > config_.nodes || from == config_.self || round == nullptr || !answer.is_answer()) return;
  Other& voter = voters_.at(from);
  voter.answered = now;
  // Not an answer that it gave before it went.
  if (voter.gone && round->sent > voter.gone->since) note_return(now, voter);
  if (from == config_.nodes) {
    for (Other& one : voters_) note_return(now, one);
  }
  voter.refused = answer.kind == Kind::Refused;
  voter.holder = answer.holder;
  if (!round->asks || (!claim_.active && !claim_.wants)) return;
  const Instant until = round->sent + Voter::trusted_for(config_.interval);
  if (!voter.refused) {
    voter.trusted_until = std::max(voter.trusted_until, until);
  } else if (until > voter.trusted_until) {
    // Its vote is another's. Who takes over in order will have said so when we have asked once more; who only wanted to
    // has given it back by then.
    voter.trusted_until = std::min(voter.trusted_until, now + config_.interval * 3 / 2);
  }
  if (voter.refused && claim_.wants) {
    const Duration remaining = std::max<Duration>(std::chrono::microseconds(answer.remaining_us), config_.interval / 8);
    round_due_ = std::min(round_due_, now + remaining);
  }
  conclude(now);
}

void TieBreak::handle_timeout(Instant now, WallTime wall) {
  if (now >= round_due_) begin_round(now, wall);
  conclude(now);
}

void TieBreak::begin_round(Instant now, WallTime wall) {
  const bool wants = claim_.wants && !claim_.active;
  if (wants) say_why_not(now);
  if (wants && !may_ask(now)) {
    // Our own vote is somebody's, or may have been: asking others would only keep theirs from him.
    give_votes_back(wall, false);
    round_due_ = std::min(std::max(voter_.free_at(), now + config_.interval / 8), now + config_.interval);
    return;
  }
  if (claim_.active && has_majority(now)) heard_ = false;
  const Kind kind = claim_.active ? Kind::Renew : wants ? Kind::Ask : Kind::Look;
  send(wall, kind);
  rounds_.at(next_round_) = {.number = number_.value(), .sent = now, .asks = kind != Kind::Look};
  next_round_ = (next_round_ + 1) % kRounds;
  round_due_ = now + (kind == Kind::Look ? std::max(kLook, config_.interval) : config_.interval);
  if (wants) ++asked_;
}

// Later than any before it, also of a process before this one.
void TieBreak::send(WallTime wall, Kind kind, bool gone) {
  const Sequence at = Sequence::at(wall);
  number_ = at.is_after(number_) ? at : number_.next();
  actions_.push(SendToAll{{.kind = kind,
                           .heard = (kind == Kind::Ask || kind == Kind::Renew) && heard_,
                           .gone = gone,
                           .number = number_.value(),
                           .priority = claim_.priority}});
}

// What is on its way may have been given; only where no vote was asked for there is none to give back.
void TieBreak::give_votes_back(WallTime wall, bool for_certain) {
  const bool any =
      for_certain || std::ranges::any_of(voters_, [](const Other& one) { return one.trusted_until != Instant{}; });
  for (Other& one : voters_) one.trusted_until = Instant{};
  for (Round& one : rounds_) one.asks = false;
  if (any) send(wall, Kind::Release);
}

// Twice, since nobody answers, and who would not hear it might give the addresses up.
void TieBreak::handle_stop(WallTime wall) {
  for (int i = 0; i < 2; ++i) send(wall, Kind::Release, true);
}

bool TieBreak::has_majority(Instant now) const {
  const std::size_t voters = config_.nodes + (config_.nodes % 2 == 0 ? 1 : 0);
  std::size_t votes = claim_.active || may_ask(now) ? 1 : 0;
  for (std::size_t i = 0; i < voters; ++i) {
    const bool counts = voters_.at(i).trusted_until > now || (claim_.active && voters_.at(i).gone);
    if (i != config_.self && counts) ++votes;
  }
  return 2 * votes > voters;
}

void TieBreak::conclude(Instant now) {
  seen_ = now;
  if (told_) return;
  if (claim_.active) {
    if (has_majority(now) || now < grace_until_) return;
    told_ = true;
    actions_.push(GiveUp{});
  } else if (claim_.wants && has_majority(now)) {
    told_ = true;
    actions_.push(Permit{});
  }
}

// After a round, so that there was time for answers.
void TieBreak::say_why_not(Instant now) {
  const bool waited = now - wanted_since_ > Voter::held_for(config_.interval);
  if (said_why_not_ || (asked_ == 0 && !waited)) return;
  said_why_not_ = true;
  const auto index = [](std::uint8_t holder) {
    return holder == wire::witness::kNobody ? std::nullopt : std::optional<std::size_t>(holder);
  };
  MayNot why;
  if (const std::optional<std::size_t> holder = voter_.holder(now); holder && !heard_) {
    why = {.voter = config_.self, .holder = holder};
  }
  for (std::size_t i = 0; i <= config_.nodes; ++i) {
    const Other& one = voters_.at(i);
    if (!one.refused || now - one.answered > Voter::trusted_for(config_.interval)) continue;
    if (index(one.holder) != config_.self) why = {.voter = i, .holder = index(one.holder)};
  }
  actions_.push(why);
}

bool TieBreak::is_silent(Instant now, std::size_t voter) const {
  return now - voters_.at(voter).answered > std::max(kSilence, kSilentAdverts * config_.interval);
}

Instant TieBreak::next_timeout() const {
  Instant next = round_due_;
  if (!claim_.active) return next;
  // When one counts on a vote no more, and perhaps on too few.
  for (const Other& one : voters_) {
    if (one.trusted_until > seen_) next = std::min(next, one.trusted_until);
  }
  return grace_until_ > seen_ ? std::min(next, grace_until_) : next;
}

}  // namespace stead::core::vrrp
