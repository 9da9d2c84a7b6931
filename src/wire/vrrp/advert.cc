#include "wire/vrrp/advert.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "wire/checksum.h"

namespace stead::wire::vrrp {
namespace {

constexpr std::uint8_t kAdvertisement = 1;
constexpr std::size_t kHeader = 8;
constexpr std::size_t kChecksumOffset = 6;
constexpr Duration kHundredth = 10ms;

struct Words {
  std::string_view text;
  std::string_view label;
};

constexpr std::array<Words, kRefusals> kWords = {{
    {"is cut short", "too_short"},
    {"is of a version that is neither 2 nor 3", "bad_version"},
    {"is not an advertisement; another protocol, such as CARP, has the same number", "bad_type"},
    {"has the router id 0", "bad_router"},
    {"has the interval 0", "bad_interval"},
    {"has an authentication type that is unknown", "bad_auth_type"},
    {"is longer than its count of addresses", "bad_length"},
    {"has a wrong checksum", "bad_checksum"},
}};

std::size_t auth_length(Version version) { return version == Version::V2 ? std::tuple_size_v<AuthData> : 0; }

// Interval and, in version 2, the kind of authentication.
std::expected<void, Refusal> decode_timing(std::span<const std::uint8_t> bytes, Advert& advert) {
  if (advert.version == Version::V2) {
    if (bytes[4] > static_cast<std::uint8_t>(AuthType::SimpleText)) return std::unexpected(Refusal::BadAuthType);
    advert.auth_type = static_cast<AuthType>(bytes[4]);
    advert.interval = std::chrono::seconds(bytes[5]);
  } else {
    advert.interval = ((bytes[4] & 0x0fU) * 256U + bytes[5]) * kHundredth;  // the upper 4 bits are to be ignored
  }
  if (advert.interval == Duration{}) return std::unexpected(Refusal::BadInterval);
  return {};
}

// Of the first `length` bytes, which are the advert; of IPv6, also of all of them.
bool checksum_holds(std::span<const std::uint8_t> bytes, std::size_t length, Version version, const Path& path) {
  const std::span<const std::uint8_t> message = bytes.first(length);
  const auto holds = [&](std::span<const std::uint8_t> part, const IpAddress& destination) {
    return Checksum().add_pseudo_header(path.source, destination, part.size(), kProtocol).add(part).value() == 0;
  };
  const auto holds_with = [&](const IpAddress& destination) { return holds(message, destination); };
  if (path.source.family() == Family::V6) return holds(bytes, path.destination) || holds_with(path.destination);
  if (Checksum().add(message).value() == 0) return true;
  return version == Version::V3 && (holds_with(path.destination) || holds_with(kGroupV4));
}

void put_word(std::span<std::uint8_t> buffer, std::size_t at, std::uint16_t word) {
  buffer[at] = static_cast<std::uint8_t>(word >> 8U);
  buffer[at + 1] = static_cast<std::uint8_t>(word);
}

void encode_timing(const Outgoing& advert, std::span<std::uint8_t> buffer) {
  if (advert.version == Version::V2) {
    buffer[4] = static_cast<std::uint8_t>(advert.auth_type);
    buffer[5] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(advert.interval / 1s, 1, 255));
  } else {
    put_word(buffer, 4, static_cast<std::uint16_t>(std::clamp<std::int64_t>(advert.interval / kHundredth, 1, 4095)));
  }
}

}  // namespace

std::string_view describe(Refusal refusal) { return kWords.at(static_cast<std::size_t>(refusal)).text; }
std::string_view label(Refusal refusal) { return kWords.at(static_cast<std::size_t>(refusal)).label; }

std::expected<Advert, Refusal> decode(std::span<const std::uint8_t> bytes, const Path& path) {
  if (bytes.size() < kHeader) return std::unexpected(Refusal::TooShort);
  const unsigned version = bytes[0] >> 4U;
  Advert advert;
  advert.family = path.source.family();
  if (version != 3 && !(version == 2 && advert.family == Family::V4)) return std::unexpected(Refusal::BadVersion);
  advert.version = static_cast<Version>(version);
  if ((bytes[0] & 0x0fU) != kAdvertisement) return std::unexpected(Refusal::BadType);
  advert.router = bytes[1];
  advert.priority = bytes[2];
  if (advert.router == 0) return std::unexpected(Refusal::BadRouter);
  if (const auto timing = decode_timing(bytes, advert); !timing) return std::unexpected(timing.error());

  const std::size_t addresses = bytes[3] * IpAddress::size_of(advert.family);
  const std::size_t length = kHeader + addresses + auth_length(advert.version);
  if (bytes.size() < length) return std::unexpected(Refusal::TooShort);
  const std::span<const std::uint8_t> message = bytes.first(length);
  if (!checksum_holds(bytes, length, advert.version, path)) return std::unexpected(Refusal::BadChecksum);
  advert.addresses = AddressList(advert.family, message.subspan(kHeader, addresses));
  if (advert.version == Version::V2) std::copy_n(message.last(8).begin(), 8, advert.auth_data.begin());
  advert.trailer = bytes.subspan(length);
  return advert;
}

std::size_t encode(const Outgoing& advert, const Path& path, std::span<std::uint8_t> buffer) {
  assert(buffer.size() >= kMaxAdvert && advert.addresses.size() <= kMaxAddresses);
  const Family family = path.source.family();
  buffer[0] = static_cast<std::uint8_t>(static_cast<unsigned>(advert.version) << 4U | kAdvertisement);
  buffer[1] = advert.router;
  buffer[2] = advert.priority;
  buffer[3] = static_cast<std::uint8_t>(advert.addresses.size());
  encode_timing(advert, buffer);
  put_word(buffer, kChecksumOffset, 0);
  std::size_t length = kHeader;
  for (const IpAddress& address : advert.addresses) {
    assert(address.family() == family);
    std::copy(address.bytes().begin(), address.bytes().end(), buffer.begin() + static_cast<std::ptrdiff_t>(length));
    length += address.bytes().size();
  }
  if (advert.version == Version::V2) {
    std::copy(advert.auth_data.begin(), advert.auth_data.end(), buffer.begin() + static_cast<std::ptrdiff_t>(length));
    length += advert.auth_data.size();
  }
  Checksum sum;
  const bool pseudo_header =
      family == Family::V6 || (advert.version == Version::V3 && advert.form == ChecksumForm::PseudoHeader);
  if (pseudo_header) sum.add_pseudo_header(path.source, path.destination, length, kProtocol);
  put_word(buffer, kChecksumOffset, sum.add(buffer.first(length)).value());
  return length;
}

void checksum_to_the_end(std::span<std::uint8_t> packet, const Path& path) {
  if (path.source.family() != Family::V6) return;
  put_word(packet, kChecksumOffset, 0);
  Checksum sum;
  sum.add_pseudo_header(path.source, path.destination, packet.size(), kProtocol).add(packet);
  put_word(packet, kChecksumOffset, sum.value());
}

}  // namespace stead::wire::vrrp
