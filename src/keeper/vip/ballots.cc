#include "keeper/vip/ballots.h"

#include <utility>

namespace stead::keeper::vip {

void Ballots::begin(const IpAddress& address, bool needed) {
  if (!needed || address != address_) socket_.reset();
  address_ = address;
  needed_ = needed;
  error_ = 0;
  look();
}

void Ballots::look() {
  if (!needed_ || socket_) return;
  Result<net::DatagramSocket> opened = net::DatagramSocket::open(address_, wire::witness::kPort);
  error_ = opened ? 0 : opened.error().code;
  if (opened) socket_ = std::move(*opened);
}

std::optional<Ballots::Received> Ballots::receive(std::span<std::uint8_t> buffer) {
  if (!socket_) return std::nullopt;
  // Bounded: rubbish must not keep us from our timers.
  for (int count = 0; count < 64; ++count) {
    const std::optional<net::DatagramSocket::Received> datagram = socket_->receive(buffer);
    if (!datagram) return std::nullopt;
    if (datagram->port != wire::witness::kPort) continue;
    const std::optional<wire::witness::Ballot> ballot = wire::witness::decode(datagram->bytes);
    if (ballot) return Received{.source = datagram->source, .bytes = datagram->bytes, .ballot = *ballot};
  }
  return std::nullopt;
}

void Ballots::send(const IpAddress& destination, std::span<const std::uint8_t> bytes) {
  if (socket_) socket_->send(destination, bytes);
}

}  // namespace stead::keeper::vip
