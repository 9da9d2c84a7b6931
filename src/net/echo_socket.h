// A raw socket for ICMP echo, bound to nothing: sends what it is given, and receives all echo replies that the machine
// gets, also those to others, which wire/icmp tells apart. Needs CAP_NET_RAW. Never waits.
//
// Raw and not a "ping socket": those are closed to everybody unless net.ipv4.ping_group_range says otherwise, and what
// speaks VRRP has the right to raw ones anyway.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/ip_address.h"
#include "net/unique_fd.h"

namespace stead::net {

class EchoSocket {
 public:
  [[nodiscard]] static Result<EchoSocket> open(Family family);

  [[nodiscard]] Result<> send(const IpAddress& destination, std::span<const std::uint8_t> message);
  struct Received {
    IpAddress source;
    std::span<const std::uint8_t> bytes;  // in `buffer`; of IPv4 with its header
  };
  // nullopt: nothing is there.
  [[nodiscard]] std::optional<Received> receive(std::span<std::uint8_t> buffer);

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit EchoSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace stead::net
