// Whether a node that owns addresses has a worker to serve them: what the keeper sees of its worker, damped.
//
// A worker that dies is replaced within milliseconds, and moving an address for that would cost clients more than the
// death. One that cannot be replaced soon should cost them nothing but the move, at once. And a worker that comes back
// to die again must not draw the addresses back each time.
#pragma once

#include <optional>

#include "base/time.h"

namespace stead::core::track {

class WorkerTrack {
 public:
  // How long one must serve before the node counts again; not for the first.
  static constexpr Duration kRise = 2s;

  // `grace`: how long nobody may serve: no longer than a worker may be silent before it is replaced, which is what the
  // operator has said that clients may wait; much longer than a worker's start.
  void set_grace(Duration grace) { grace_ = grace; }

  // `next_start`: when the next worker will be started, where one is being waited for. Returns whether the node is
  // well.
  bool handle(Instant now, bool serving, std::optional<Instant> next_start) {
    if (serving) {
      if (!serving_since_) serving_since_ = now;
      lost_at_.reset();
      if (!well_ && (first_ || now - *serving_since_ >= kRise)) well_ = true;
      first_ = false;
      return well_;
    }
    serving_since_.reset();
    if (!lost_at_) lost_at_ = now;
    const Instant limit = *lost_at_ + grace_;
    if (now >= limit || (next_start && *next_start >= limit)) well_ = false;
    return well_;
  }

  [[nodiscard]] bool well() const { return well_; }

 private:
  Duration grace_ = 500ms;
  bool first_ = true;  // no worker has served yet
  bool well_ = false;
  std::optional<Instant> serving_since_;
  std::optional<Instant> lost_at_;
};

}  // namespace stead::core::track
