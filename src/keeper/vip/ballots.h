// The socket over which the nodes of vips and their witnesses ask each other for votes: one for all groups, at the
// node's own address. What a datagram says is for the group or the witness's office whose router id it carries.
//
// Belongs to the thread of the loop (loop.h). Allocates nothing but when it opens.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/ip_address.h"
#include "net/datagram_socket.h"
#include "wire/witness/ballot.h"

namespace stead::keeper::vip {

class Ballots {
 public:
  struct Received {
    IpAddress source;
    std::span<const std::uint8_t> bytes;
    wire::witness::Ballot ballot;
  };

  // With a new plan: `needed` where anybody in it asks or answers.
  void begin(const IpAddress& address, bool needed);
  // Tries again what could not be opened.
  void look();

  // What is no ballot is passed over. nullopt: nothing is there.
  [[nodiscard]] std::optional<Received> receive(std::span<std::uint8_t> buffer);
  void send(const IpAddress& destination, std::span<const std::uint8_t> bytes);

  [[nodiscard]] int fd() const { return socket_ ? socket_->fd() : -1; }
  [[nodiscard]] const IpAddress& address() const { return address_; }
  // Why there is no socket: errno; 0 where there is one, or need not be.
  [[nodiscard]] int error() const { return error_; }

 private:
  IpAddress address_;
  bool needed_ = false;
  int error_ = 0;
  std::optional<net::DatagramSocket> socket_;
};

}  // namespace stead::keeper::vip
