// Any bytes at a gate that takes signed adverts only: nothing passes but what is signed with the secret, and that once;
// and whatever is an advert passes when it is signed, unless something else is wrong with it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/vrrp/gate.h"
#include "core/vrrp/signer.h"
#include "wire/vrrp/trailer.h"

namespace {

using namespace stead;
using namespace stead::wire::vrrp;
using core::vrrp::Fault;
using core::vrrp::Gate;

void require(bool holds) {
  if (!holds) std::abort();
}

// The secret, the time and the paths of the examples in the draft, which are among the seeds.
constexpr WallTime kNow{std::chrono::seconds(0x68000001)};
const Path kPaths[] = {
    {IpAddress::v4(198, 51, 100, 10), kGroupV4},
    {*IpAddress::parse("fe80::10"), *IpAddress::parse("fe80::20")},
};

core::vrrp::Authentication authentication() {
  std::string key(32, '\0');
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(i);
  return {.secrets = {{.id = 1, .key = key}}};
}

Gate make_gate(const Path& path, Version version) {
  core::vrrp::GateConfig config;
  config.version = version;
  config.interval = 1s;
  config.unicast = !path.destination.is_multicast();
  config.peers = {path.source};
  config.source = path.destination;
  config.addresses = 1;
  config.authentication = authentication();
  return Gate(std::move(config));
}

bool is_signed(std::span<const std::uint8_t> bytes, const Advert& advert, const IpAddress& source) {
  const auto trailer = decode_trailer(advert.trailer);
  if (!trailer) return false;
  std::array<std::uint8_t, kTrailer> anew;
  encode_trailer(*trailer, anew);
  require(std::ranges::equal(anew, advert.trailer));
  const HmacSha256 hmac(authentication().secrets[0].bytes());
  return hmac.matches(SignedMessage(bytes, source).pieces(), trailer->code);
}

void check(std::span<const std::uint8_t> bytes, const Path& path) {
  const auto advert = decode(bytes, path);
  if (!advert) return;
  Gate gate = make_gate(path, advert->version);
  const core::vrrp::Packet packet{bytes, path, kHopLimit};
  const auto passed = gate.inspect(kNow, packet, *advert);
  const bool right = is_signed(bytes, *advert, path.source);
  require(!passed || right);
  if (passed) {
    const auto again = gate.inspect(kNow, packet, *advert);
    require(!again && again.error() == Fault::Replayed);
  }

  const std::span<const std::uint8_t> alone = bytes.first(bytes.size() - advert->trailer.size());
  if (alone.size() > kMaxAdvert) return;  // we never send so much
  std::vector<std::uint8_t> own(alone.begin(), alone.end());
  own.resize(alone.size() + kTrailer);
  core::vrrp::Signer signer(authentication());
  signer.begin(kNow);
  require(signer.sign(own, alone.size(), path) == own.size());
  const auto decoded = decode(own, path);
  require(decoded && is_signed(own, *decoded, path.source));
  const auto taken = make_gate(path, advert->version).inspect(kNow, {own, path, kHopLimit}, *decoded);
  require(taken || taken.error() == Fault::BadPassword || taken.error() == Fault::OtherInterval);
}

// Wrong checksums would stop nearly everything at the door.
void mend(std::span<std::uint8_t> bytes) {
  bytes[6] = bytes[7] = 0;
  const std::size_t auth_data = bytes[0] >> 4U == 2 ? 8 : 0;
  const std::size_t length = std::min<std::size_t>(8 + bytes[3] * 4U + auth_data, bytes.size());
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < length; ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  bytes[6] = static_cast<std::uint8_t>(~sum >> 8U);
  bytes[7] = static_cast<std::uint8_t>(~sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto block = std::make_unique_for_overwrite<std::uint8_t[]>(size);  // of exactly its size
  std::copy_n(data, size, block.get());
  const std::span<std::uint8_t> bytes(block.get(), size);
  for (const Path& path : kPaths) check(bytes, path);
  if (size < 8) return 0;
  mend(bytes);
  check(bytes, kPaths[0]);
  checksum_to_the_end(bytes, kPaths[1]);
  check(bytes, kPaths[1]);
  return 0;
}
