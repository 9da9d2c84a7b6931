// Virtual time for simulated things: a queue of events, each a time and what happens then. Two events at the same time
// happen in the order in which they were arranged, so a seed always tells the same story.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace stead::sim {

// A promise was broken; says which, when and by whom.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class World {
 public:
  // Begins well after Instant{}, as the time since boot does.
  explicit World(std::uint64_t seed) : random_(seed) {}

  void after(Duration delay, std::function<void()> happens) { at(now_ + delay, std::move(happens)); }
  void at(Instant when, std::function<void()> happens);
  // Lets everything happen that is due until then.
  void run_until(Instant end);

  // Ends the run: nothing that happens afterwards could be trusted.
  void require(bool kept, const char* promise, const std::string& who) const {
    if (!kept) violate(promise, who);
  }

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] Random& random() { return random_; }
  // Uniform between the two.
  [[nodiscard]] Duration between(Duration shortest, Duration longest);
  [[nodiscard]] bool chance(double probability) { return random_.unit() < probability; }

 private:
  struct Happening {
    Instant when;
    std::uint64_t order;
    std::function<void()> happens;
  };
  static constexpr std::uint64_t kStandstill = 100'000;
  static bool later(const Happening& left, const Happening& right);
  [[noreturn]] void violate(const char* promise, const std::string& who) const;

  Random random_;
  Instant now_{1'000s};
  std::uint64_t order_ = 0;
  std::uint64_t standstill_ = 0;  // events since time last went on
  std::vector<Happening> queue_;  // a heap, the earliest first
};

}  // namespace stead::sim
