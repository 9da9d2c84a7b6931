#include "core/vrrp/gate.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stead::core::vrrp {
namespace {

struct Words {
  std::string_view text;
  std::string_view label;
};

constexpr std::array<Words, kFaults> kWords = {{
    {"is malformed", "malformed"},
    {"has come through a router: its hop limit is not 255", "bad_hop_limit"},
    {"has our own address as its source", "own_source"},
    {"is from none of the peers", "unknown_source"},
    {"is multicast where peers are told one by one, or the other way round", "wrong_path"},
    {"is of another version", "other_version"},
    {"has another interval, which must be the same on all in version 2", "other_interval"},
    {"has another number of addresses", "other_addresses"},
    {"has another password", "bad_password"},
    {"is authenticated in a way that is not configured here", "unauthenticated"},
}};

}  // namespace

std::string_view describe(Fault fault) { return kWords.at(static_cast<std::size_t>(fault)).text; }
std::string_view label(Fault fault) { return kWords.at(static_cast<std::size_t>(fault)).label; }

Gate::Gate(GateConfig config) : config_(std::move(config)) {}

std::expected<Passed, Fault> Gate::inspect(const Packet& packet, const wire::vrrp::Advert& advert) const {
  std::expected<void, Fault> passed = check_sender(packet);
  if (passed) passed = check_content(advert);
  Passed result{.advert = {packet.path.source, advert.priority, advert.interval}, .remark = std::nullopt};
  if (advert.addresses.size() != config_.addresses) result.remark = Fault::OtherAddresses;
  if (!passed) return std::unexpected(passed.error());
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
  if (!advert.trailer.empty()) return std::unexpected(Fault::Unauthenticated);
  if (advert.version == Version::V2) {
    const bool same_password = config_.auth_type == wire::vrrp::AuthType::None || advert.auth_data == config_.auth_data;
    if (advert.auth_type != config_.auth_type || !same_password) return std::unexpected(Fault::BadPassword);
    if (advert.interval != config_.interval) return std::unexpected(Fault::OtherInterval);
  }
  return {};
}

}  // namespace stead::core::vrrp
