// Which packets may speak to a virtual router: RFC 9568 section 7.1, and beyond it, who sent them. What is refused
// changes nothing; counting it is the caller's.
//
// Not authentication in earnest: version 2's password travels in the clear, and a source address can be forged by any
// host on the network. It keeps mistakes out: another installation with the same router id, a node that speaks another
// version, multicast that reaches where only peers should.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/time.h"
#include "core/vrrp/router.h"
#include "wire/vrrp/advert.h"

namespace stead::core::vrrp {

struct GateConfig {
  Version version = Version::V3;
  std::uint8_t router = 0;
  Duration interval{};           // version 2: that of all routers
  IpAddress source;              // ours
  std::vector<IpAddress> peers;  // of which adverts may come; empty: any, of multicast
  bool unicast = false;          // to and from the peers, and no other way
  std::size_t addresses = 0;     // how many the virtual router has
  wire::vrrp::AuthType auth_type = wire::vrrp::AuthType::None;
  wire::vrrp::AuthData auth_data{};
};

struct Packet {
  std::span<const std::uint8_t> bytes;  // behind the IP header
  wire::vrrp::Path path;
  std::uint8_t hop_limit = 0;
};

enum class Fault : std::uint8_t {
  Malformed,      // wire::vrrp::Refusal says how
  BadHopLimit,    // came through a router (section 7.1); unicast peers may be behind one
  OwnSource,      // has our address: it came back, or somebody else has it
  UnknownSource,  // is none of the peers
  WrongPath,      // multicast where unicast is agreed, or the other way
  OtherVersion,
  OtherInterval,   // version 2: must be the same on all
  OtherAddresses,  // another number of addresses; passes, since a file that changes does not change everywhere at once
  BadPassword,
  Unauthenticated,  // an authentication trailer that we cannot check
};
inline constexpr std::size_t kFaults = 10;
[[nodiscard]] std::string_view describe(Fault fault);
[[nodiscard]] std::string_view label(Fault fault);

struct Passed {
  Heard advert;
  // What is odd about it, though no reason to refuse it: OtherAddresses.
  std::optional<Fault> remark;
};

class Gate {
 public:
  explicit Gate(GateConfig config);

  // `advert` is the packet's, and for this router's id.
  [[nodiscard]] std::expected<Passed, Fault> inspect(const Packet& packet, const wire::vrrp::Advert& advert) const;

 private:
  [[nodiscard]] std::expected<void, Fault> check_sender(const Packet& packet) const;
  [[nodiscard]] std::expected<void, Fault> check_content(const wire::vrrp::Advert& advert) const;

  GateConfig config_;
};

}  // namespace stead::core::vrrp
