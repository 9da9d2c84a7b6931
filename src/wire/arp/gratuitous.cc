#include "wire/arp/gratuitous.h"

#include <algorithm>

namespace stead::wire::arp {

std::array<std::uint8_t, kGratuitousSize> gratuitous(const MacAddress& mac, const IpAddress& address) {
  constexpr std::array<std::uint8_t, 10> kTypeAndOperation = {
      kEtherTypeArp >> 8U,
      kEtherTypeArp & 0xffU,
      0,
      1,  // Ethernet
      8,
      0,  // IPv4
      6,
      4,  // lengths of their addresses
      0,
      1,  // request
  };
  std::array<std::uint8_t, kGratuitousSize> frame{};
  auto out = std::copy(kBroadcast.begin(), kBroadcast.end(), frame.begin());
  out = std::copy(mac.begin(), mac.end(), out);
  out = std::copy(kTypeAndOperation.begin(), kTypeAndOperation.end(), out);
  out = std::copy(mac.begin(), mac.end(), out);
  out = std::copy(address.bytes().begin(), address.bytes().end(), out);
  out = std::copy(kBroadcast.begin(), kBroadcast.end(), out);
  std::copy(address.bytes().begin(), address.bytes().end(), out);
  return frame;
}

}  // namespace stead::wire::arp
