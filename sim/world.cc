#include "sim/world.h"

#include <algorithm>
#include <utility>

namespace stead::sim {

void World::at(Instant when, std::function<void()> happens) {
  queue_.push_back(Happening{std::max(when, now_), order_++, std::move(happens)});
  std::ranges::push_heap(queue_, later);
}

void World::run_until(Instant end) {
  while (!queue_.empty() && queue_.front().when <= end) {
    std::ranges::pop_heap(queue_, later);
    const Happening next = std::move(queue_.back());
    queue_.pop_back();
    standstill_ = next.when == now_ ? standstill_ + 1 : 0;
    require(standstill_ < kStandstill, "time stands still", "an event that arranges itself again and again");
    now_ = next.when;
    next.happens();
  }
  now_ = end;
}

Duration World::between(Duration shortest, Duration longest) {
  return shortest +
         Duration{static_cast<Duration::rep>(random_.unit() * static_cast<double>((longest - shortest).count()))};
}

bool World::later(const Happening& left, const Happening& right) {
  return left.when != right.when ? left.when > right.when : left.order > right.order;
}

void World::violate(const char* promise, const std::string& who) const {
  throw Violation("at " + std::to_string(to_ms(now_.time_since_epoch())) + " ms: " + promise + ": " + who);
}

}  // namespace stead::sim
