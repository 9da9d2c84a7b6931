// The network of the simulated routers: every node to every other, each direction of its own, which may be cut, lose,
// repeat and delay.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/world.h"

namespace stead::sim::vrrp {

class Network {
 public:
  struct Link {
    bool cut = false;
    double loss = 0;
  };
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
    std::uint64_t repeated = 0;
  };

  // `delay`: the longest while all is well; `interval`: of adverts, of which two may pass until one arrives where a
  // link loses.
  Network(World& world, std::size_t nodes, Duration delay, Duration interval)
      : world_(world), nodes_(nodes), delay_(delay), interval_(interval), links_(nodes * nodes) {}

  // To all others. `arrive` is called for each copy that does, when it does.
  void send(std::size_t from, const std::function<void(std::size_t to)>& arrive);

  // To one. Not counted as sent.
  void send_to(std::size_t from, std::size_t to, const std::function<void(std::size_t to)>& arrive);

  [[nodiscard]] Link& link(std::size_t from, std::size_t to) { return links_[from * nodes_ + to]; }
  void cut_one_way();  // any
  void lose_some();
  void part();  // into two sides, at random
  void mend();
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  World& world_;
  std::size_t nodes_;
  Duration delay_;
  Duration interval_;
  std::vector<Link> links_;
  Counts counts_;
};

}  // namespace stead::sim::vrrp
