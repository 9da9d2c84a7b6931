// Raw IP sockets for a protocol that has no ports and is spoken on one network, as VRRP is: adverts to a multicast
// group or to single peers, out of one interface, never through a router (hop limit 255).
//
// Knows nothing of what is in the packets. Neither sending nor receiving blocks or allocates. Needs CAP_NET_RAW.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "base/ip_address.h"
#include "net/unique_fd.h"

namespace stead::net {

struct AdvertSocketOptions {
  Family family = Family::V4;
  std::uint8_t protocol = 0;
  std::uint32_t interface = 0;
  std::string interface_name;
  IpAddress group;  // joined
  std::uint8_t traffic_class = 0;
};

struct ReceivedAdvert {
  std::span<const std::uint8_t> bytes;  // behind the IP header, in the caller's buffer
  IpAddress source;
  IpAddress destination;
  std::uint8_t hop_limit = 0;
};

class AdvertSocket {
 public:
  [[nodiscard]] static Result<AdvertSocket> open(const AdvertSocketOptions& options);

  // nullopt: there is none now.
  [[nodiscard]] std::optional<ReceivedAdvert> receive(std::span<std::uint8_t> buffer);
  // From `source`, which must be an address of the interface.
  [[nodiscard]] Result<> send(const IpAddress& source, const IpAddress& destination,
                              std::span<const std::uint8_t> bytes);
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  AdvertSocket(UniqueFd fd, Family family, std::uint32_t interface)
      : fd_(std::move(fd)), family_(family), interface_(interface) {}

  UniqueFd fd_;
  Family family_;
  std::uint32_t interface_;
};

// Sends whole Ethernet frames, for announcements whose sender need not have the address yet.
class FrameSocket {
 public:
  [[nodiscard]] static Result<FrameSocket> open();
  [[nodiscard]] Result<> send(std::uint32_t interface, std::span<const std::uint8_t> frame);

 private:
  explicit FrameSocket(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace stead::net
