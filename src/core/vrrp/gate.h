// Which packets may speak to a virtual router: RFC 9568 section 7.1, and beyond it, who sent them. What is refused
// changes nothing; counting it is the caller's.
//
// Authentication in earnest is the verifier's (verifier.h), where there are secrets. The rest keeps mistakes out:
// another installation with the same router id, a node that speaks another version, multicast that reaches where only
// peers should. Version 2's password travels in the clear, and a source address can be forged by any host on the
// network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "base/ip_address.h"
#include "base/time.h"
#include "core/vrrp/fault.h"
#include "core/vrrp/router.h"
#include "core/vrrp/secret.h"
#include "core/vrrp/verifier.h"
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
  Authentication authentication;
};

struct Packet {
  std::span<const std::uint8_t> bytes;  // behind the IP header
  wire::vrrp::Path path;
  std::uint8_t hop_limit = 0;
};

struct Passed {
  Heard advert;
  // What is odd about it, though no reason to refuse it: OtherAddresses.
  std::optional<Fault> remark;
  bool is_signed = false;
};

class Gate {
 public:
  explicit Gate(GateConfig config);

  // What may change while the group goes on; what is remembered of senders stays.
  void set_source(const IpAddress& source) { config_.source = source; }
  void adopt(const Authentication& authentication);

  // `advert` is the packet's, and for this router's id.
  [[nodiscard]] std::expected<Passed, Fault> inspect(WallTime now, const Packet& packet,
                                                     const wire::vrrp::Advert& advert);

 private:
  [[nodiscard]] std::expected<void, Fault> check_sender(const Packet& packet) const;
  [[nodiscard]] std::expected<void, Fault> check_content(const wire::vrrp::Advert& advert) const;

  GateConfig config_;
  Verifier verifier_;
};

}  // namespace stead::core::vrrp
