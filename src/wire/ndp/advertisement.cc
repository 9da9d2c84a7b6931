#include "wire/ndp/advertisement.h"

#include <algorithm>
#include <span>

#include "wire/checksum.h"

namespace stead::wire::ndp {
namespace {

constexpr std::size_t kEthernet = 14;
constexpr std::size_t kIp = 40;
constexpr std::size_t kMessage = 32;
constexpr std::uint8_t kIcmpV6 = 58;
constexpr std::uint8_t kNeighbourAdvertisement = 136;
constexpr std::uint8_t kOverride = 0x20;
constexpr std::uint8_t kRouter = 0x80;
constexpr std::uint8_t kTargetLinkLayerAddress = 2;
constexpr IpAddress kAllNodes{Family::V6,
                              std::array<std::uint8_t, 16>{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

void put(std::span<std::uint8_t> frame, std::size_t at, std::span<const std::uint8_t> bytes) {
  std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

std::array<std::uint8_t, kAdvertisementSize> advertisement(const MacAddress& mac, const IpAddress& address,
                                                           bool router) {
  std::array<std::uint8_t, kAdvertisementSize> frame{};
  put(frame, 0, kAllNodesV6);
  put(frame, 6, mac);
  frame[12] = kEtherTypeV6 >> 8U;
  frame[13] = kEtherTypeV6 & 0xffU;

  constexpr std::size_t ip = kEthernet;
  frame[ip] = 0x60;
  frame[ip + 5] = kMessage;
  frame[ip + 6] = kIcmpV6;
  frame[ip + 7] = 255;  // section 7.1.2: receivers drop what could have come through a router
  put(frame, ip + 8, address.bytes());
  put(frame, ip + 24, kAllNodes.bytes());

  constexpr std::size_t message = kEthernet + kIp;
  frame[message] = kNeighbourAdvertisement;
  frame[message + 4] = static_cast<std::uint8_t>(kOverride | (router ? kRouter : 0U));
  put(frame, message + 8, address.bytes());
  frame[message + 24] = kTargetLinkLayerAddress;
  frame[message + 25] = 1;  // in units of 8 bytes
  put(frame, message + 26, mac);
  const std::uint16_t sum = Checksum()
                                .add_pseudo_header(address, kAllNodes, kMessage, kIcmpV6)
                                .add(std::span(frame).subspan(message, kMessage))
                                .value();
  frame[message + 2] = static_cast<std::uint8_t>(sum >> 8U);
  frame[message + 3] = static_cast<std::uint8_t>(sum);
  return frame;
}

}  // namespace stead::wire::ndp
