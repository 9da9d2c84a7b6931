#include "sim/vrrp/network.h"

namespace stead::sim::vrrp {

void Network::send(std::size_t from, const std::function<void(std::size_t to)>& arrive) {
  ++counts_.sent;
  for (std::size_t to = 0; to < nodes_; ++to) {
    if (to != from) send_to(from, to, arrive);
  }
}

void Network::send_to(std::size_t from, std::size_t to, const std::function<void(std::size_t to)>& arrive) {
  const Link& way = link(from, to);
  if (way.cut || world_.chance(way.loss)) {
    ++counts_.lost;
    return;
  }
  const int copies = way.loss > 0 && world_.chance(0.1) ? 2 : 1;
  counts_.repeated += static_cast<std::uint64_t>(copies - 1);
  for (int copy = 0; copy < copies; ++copy) {
    // A network that loses also lets some packets wait, so that they overtake each other.
    const Duration longest = way.loss > 0 ? 2 * interval_ : delay_;
    world_.after(world_.between(Duration{0}, longest), [to, arrive] { arrive(to); });
  }
}

void Network::cut_one_way() {
  const std::uint32_t from = world_.random().below(static_cast<std::uint32_t>(nodes_));
  const std::uint32_t to = world_.random().below(static_cast<std::uint32_t>(nodes_));
  link(from, to).cut = true;
}

void Network::lose_some() {
  for (Link& one : links_) one.loss = world_.chance(0.5) ? 0.4 * world_.random().unit() : 0;
}

void Network::part() {
  std::vector<bool> side(nodes_);
  for (std::size_t i = 0; i < nodes_; ++i) side[i] = world_.chance(0.5);
  for (std::size_t from = 0; from < nodes_; ++from) {
    for (std::size_t to = 0; to < nodes_; ++to) link(from, to).cut = side[from] != side[to];
  }
}

void Network::mend() {
  for (Link& one : links_) one = {};
}

}  // namespace stead::sim::vrrp
