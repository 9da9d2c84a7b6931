#include "core/track/track.h"

#include <algorithm>

namespace stead::core::track {

void Track::handle_turn(Instant now) {
  const bool late = last_turn_ && now - *last_turn_ > rules_.every / 2;
  if (late && phase_ == Phase::Looking) late_ = true;
  last_turn_ = now;
}

void Track::handle_timeout(Instant now) {
  if (!due_ || now < *due_) return;
  if (phase_ == Phase::Looking) {
    phase_ = Phase::Ending;
    due_.reset();  // for as long as it takes
    actions_.push(AbandonLook{});
    count(now, rules_.silence);
    return;
  }
  phase_ = Phase::Looking;
  late_ = false;
  begun_ = now;
  due_ = now + rules_.timeout;
  actions_.push(StartLook{});
}

void Track::handle_finding(Instant now, Finding finding) {
  if (phase_ != Phase::Looking) return;  // it comes too late to count
  count(now, finding);
  wait_for_next(now);
}

void Track::handle_ended(Instant now) {
  if (phase_ == Phase::Ending) wait_for_next(now);
}

void Track::wait_for_next(Instant now) {
  phase_ = Phase::Waiting;
  due_ = std::max(begun_ + rules_.every, now);
}

void Track::count(Instant now, Finding finding) {
  if (late_) finding = Finding::Unknown;
  if (finding == Finding::Unknown) {
    ++unknowns_;
    ++unknowns_in_a_row_;
    return;
  }
  unknowns_in_a_row_ = 0;
  const bool good = finding == Finding::Good;
  const bool decisive = rules_.known_at_once && !known_;
  known_ = true;
  if (good == good_) {
    row_ = 0;
    return;
  }
  if (row_ == 0) row_began_ = begun_;
  ++row_;
  if (decisive || row_ >= (good ? rules_.rise : rules_.fall)) turn(now, good);
}

void Track::turn(Instant now, bool good) {
  good_ = good;
  since_ = now;
  row_ = 0;
  actions_.push(Turned{.good = good, .first = row_began_});
}

void Track::handle_earlier(Instant now, bool good) {
  if (good != good_) since_ = now;
  good_ = good;
}

}  // namespace stead::core::track
