#include "core/vrrp/gate.h"

#include <algorithm>
#include <utility>

namespace stead::core::vrrp {

Gate::Gate(GateConfig config) : config_(std::move(config)), verifier_(config_.authentication) {}

void Gate::adopt(const Authentication& authentication) {
  config_.authentication = authentication;
  verifier_.adopt(authentication);
}

std::expected<Passed, Fault> Gate::inspect(WallTime now, const Packet& packet, const wire::vrrp::Advert& advert) {
  std::expected<void, Fault> passed = check_sender(packet);
  if (passed) passed = check_content(advert);
  if (!passed) return std::unexpected(passed.error());
  // Last, since it remembers what it takes.
  const auto verified = verifier_.check(packet.bytes, advert.trailer, packet.path.source, now);
  if (!verified) return std::unexpected(verified.error());
  Passed result{.advert = {packet.path.source, advert.priority, advert.interval},
                .remark = std::nullopt,
                .is_signed = !advert.trailer.empty()};
  if (advert.addresses.size() != config_.addresses) result.remark = Fault::OtherAddresses;
  return result;
}

std::expected<void, Fault> Gate::check_sender(const Packet& packet) const {
  const IpAddress& source = packet.path.source;
  if (source == config_.source) return std::unexpected(Fault::OwnSource);
  if (!config_.unicast && packet.hop_limit != wire::vrrp::kHopLimit) return std::unexpected(Fault::BadHopLimit);
  if (packet.path.destination.is_multicast() == config_.unicast) return std::unexpected(Fault::WrongPath);
  const bool known = std::find(config_.peers.begin(), config_.peers.end(), source) != config_.peers.end();
  if (!known && (config_.unicast || !config_.peers.empty())) return std::unexpected(Fault::UnknownSource);
  return {};
}

std::expected<void, Fault> Gate::check_content(const wire::vrrp::Advert& advert) const {
  if (advert.version != config_.version) return std::unexpected(Fault::OtherVersion);
  if (advert.version == Version::V2) {
    const bool same_password = config_.auth_type == wire::vrrp::AuthType::None || advert.auth_data == config_.auth_data;
    if (advert.auth_type != config_.auth_type || !same_password) return std::unexpected(Fault::BadPassword);
    if (advert.interval != config_.interval) return std::unexpected(Fault::OtherInterval);
  }
  return {};
}

}  // namespace stead::core::vrrp
