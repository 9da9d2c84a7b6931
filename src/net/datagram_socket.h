// A UDP socket at one address and port, for small datagrams between machines that know each other: sends to the same
// port of others, and says who a datagram came from. Whom to believe is the caller's.
//
// Bound whether the machine has the address yet or not; until then, nothing can be sent. Neither sending nor receiving
// waits or allocates, unless sending fails.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/ip_address.h"
#include "net/unique_fd.h"

namespace stead::net {

class DatagramSocket {
 public:
  [[nodiscard]] static Result<DatagramSocket> open(const IpAddress& address, std::uint16_t port);

  // False: it could not be sent. There is nothing to be told that an answer which does not come would not tell.
  bool send(const IpAddress& destination, std::span<const std::uint8_t> bytes);
  struct Received {
    IpAddress source;
    std::uint16_t port = 0;
    std::span<const std::uint8_t> bytes;  // in `buffer`
  };
  // nullopt: nothing is there.
  [[nodiscard]] std::optional<Received> receive(std::span<std::uint8_t> buffer);

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  DatagramSocket(UniqueFd fd, std::uint16_t port) : fd_(std::move(fd)), port_(port) {}

  UniqueFd fd_;
  std::uint16_t port_;
};

}  // namespace stead::net
