#include "core/vrrp/spread.h"

#include <algorithm>

namespace stead::core::vrrp {

// Who is alive, as far as adverts tell, in the order of their addresses, which is the same for all; and who has what.
struct Spread::View {
  struct Node {
    IpAddress source;
    bool gives_up = false;
  };
  std::array<Node, kMostAddresses + 1> nodes;
  std::size_t count = 0;
  Holder self = 0;
  Holders holders{};
  std::size_t addresses = 0;

  [[nodiscard]] Holder find(const IpAddress& source) const {
    const auto end = nodes.begin() + static_cast<std::ptrdiff_t>(count);
    const auto at = std::find_if(nodes.begin(), end, [&](const Node& node) { return node.source == source; });
    return static_cast<Holder>(at - nodes.begin());
  }
  void add(const IpAddress& source) {
    if (find(source) == count) nodes.at(count++).source = source;
  }
};

Spread::View Spread::look(std::span<const Seen> seen) const {
  View view;
  view.addresses = std::min(seen.size(), kMostAddresses);
  view.add(self_);
  for (const Seen& one : seen.first(view.addresses)) {
    if (!one.ours && one.owner) view.add(*one.owner);
  }
  std::sort(view.nodes.begin(), view.nodes.begin() + static_cast<std::ptrdiff_t>(view.count),
            [](const View::Node& one, const View::Node& other) { return one.source < other.source; });
  view.self = view.find(self_);
  for (std::size_t i = 0; i < view.addresses; ++i) {
    const Seen& one = seen[i];
    view.holders.at(i) = one.ours ? view.self : one.owner ? view.find(*one.owner) : kNobody;
    if (!one.ours && one.owner && one.priority < kGivesUp) view.nodes.at(view.holders.at(i)).gives_up = true;
  }
  return view;
}

// Who should have what if `without` died.
Spread::Holders Spread::share(const View& view, Holder without) {
  std::array<std::size_t, kMostAddresses + 1> has{};
  std::array<Holder, kMostAddresses + 1> order{};  // those that count, who has most first
  std::size_t living = 0;
  for (std::size_t i = 0; i < view.addresses; ++i) {
    if (view.holders.at(i) != kNobody) ++has.at(view.holders.at(i));
  }
  for (std::size_t node = 0; node < view.count; ++node) {
    if (node != without && !view.nodes.at(node).gives_up) order.at(living++) = static_cast<Holder>(node);
  }
  Holders result;
  result.fill(kNobody);
  if (living == 0) return result;
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(living);
  std::stable_sort(order.begin(), end, [&](Holder one, Holder other) { return has.at(one) > has.at(other); });
  std::array<std::size_t, kMostAddresses + 1> may{};  // addresses that a node may still keep or get
  for (std::size_t i = 0; i < living; ++i) {
    may.at(order.at(i)) = view.addresses / living + (i < view.addresses % living ? 1 : 0);
  }
  const auto give = [&](std::size_t address, Holder to) {
    result.at(address) = to;
    --may.at(to);
  };
  for (std::size_t i = 0; i < view.addresses; ++i) {
    const Holder holder = view.holders.at(i);
    if (holder != kNobody && may.at(holder) > 0) give(i, holder);
  }
  for (std::size_t i = 0; i < view.addresses; ++i) {
    if (result.at(i) != kNobody) continue;
    give(i,
         *std::max_element(order.begin(), end, [&](Holder one, Holder other) { return may.at(one) < may.at(other); }));
  }
  return result;
}

void Spread::decide(std::span<const Seen> seen, std::span<std::uint8_t> priorities) const {
  const View view = look(seen);
  const Holders wanted = share(view, kNobody);
  for (std::size_t node = 0; node < view.count; ++node) {
    const bool leaves = view.nodes.at(node).gives_up;
    const Holders bequest = leaves ? wanted : share(view, static_cast<Holder>(node));
    for (std::size_t i = 0; i < view.addresses; ++i) {
      if (view.holders.at(i) != node) continue;
      if (node == view.self) {
        priorities[i] = seen[i].fresh ? kClaim : kOwner;
      } else if (!leaves && wanted.at(i) == view.self) {
        priorities[i] = kClaim;
      } else {
        priorities[i] = bequest.at(i) == view.self ? heir(view) : rest(i);
      }
    }
  }
  for (std::size_t i = 0; i < view.addresses; ++i) {
    if (view.holders.at(i) == kNobody) priorities[i] = first_of_all(i);
  }
}

std::uint8_t Spread::heir(const View& view) const {
  const auto end = view.holders.begin() + static_cast<std::ptrdiff_t>(view.addresses);
  if (std::find(view.holders.begin(), end, view.self) != end) return kHeir;
  return static_cast<std::uint8_t>(kUnknownHeir - std::min<std::size_t>(index_, 6));
}

// From one address to the next, another node is the first of the rest.
std::uint8_t Spread::rest(std::size_t address) const {
  const std::size_t place = (index_ + nodes_ - address % nodes_) % nodes_;
  return static_cast<std::uint8_t>(kRest - std::min(place, kMostNodes - 1));
}

// All start at once, perhaps, and nobody has anything: in the file's order.
std::uint8_t Spread::first_of_all(std::size_t address) const {
  return address % nodes_ == index_ ? kHeir : rest(address);
}

}  // namespace stead::core::vrrp
