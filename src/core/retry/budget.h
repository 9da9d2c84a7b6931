// How many retries and hedges a pool may have: a share of its recent requests, plus a little for quiet times.
//
// A limit per request (three tries) is not enough: when all members are in trouble, every request is tried three times,
// and the trouble is tripled exactly when the members can bear it least. With a share, extra load stays below that
// share whatever happens. The floor is for a pool with a request now and then, where 20 % of nearly nothing would leave
// a single failure without a second try.
//
// One per pool and data loop. The share counts whole seconds over the last ten in a ring, the floor is a token bucket;
// both move when they are asked, so there is no timer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace stead::core::retry {

struct BudgetConfig {
  double ratio = 0.2;             // of the window's requests; 0 with floor_burst 0: no retries at all
  double floor_per_second = 3.0;  // spent only where the share is used up
  double floor_burst = 10.0;
};

class Budget {
 public:
  explicit Budget(BudgetConfig config = {});

  // A request of a client, once, however often it is tried.
  void handle_request(Instant now);
  // True: one more try is paid for. False: answer with what there is.
  [[nodiscard]] bool try_spend(Instant now);
  // After a reload; what was counted stays.
  void set_config(BudgetConfig config);

 private:
  static constexpr std::size_t kSeconds = 10;
  struct Second {
    std::uint32_t requests = 0;
    std::uint32_t spent = 0;  // of the share; what the floor paid is not held against it
  };

  // Makes `now` the current second and forgets those that have left the window.
  void advance(Instant now);

  BudgetConfig config_;
  std::array<Second, kSeconds> seconds_{};  // second n since Instant{} is at n mod kSeconds
  std::int64_t current_ = 0;                // the second that now belongs to, counted from Instant{}
  std::uint64_t requests_ = 0;              // in the window
  std::uint64_t spent_ = 0;                 // in the window, of the share
  double floor_tokens_;
  Instant floor_filled_{};
};

}  // namespace stead::core::retry
