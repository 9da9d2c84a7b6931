// Any bytes as what follows an IP header: what is taken for an advert comes out again when it is encoded anew, and
// refers to nothing beyond the bytes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "wire/vrrp/advert.h"

namespace {

using namespace stead;
using namespace stead::wire::vrrp;

void require(bool holds) {
  if (!holds) std::abort();
}

const Path kPaths[] = {
    {IpAddress::v4(10, 9, 0, 1), kGroupV4},
    {IpAddress::v4(10, 9, 0, 1), IpAddress::v4(10, 9, 0, 2)},
    {*IpAddress::parse("fe80::1"), kGroupV6},
};

void check(std::span<const std::uint8_t> bytes, const Path& path) {
  const auto advert = decode(bytes, path);
  if (!advert) {
    require(!describe(advert.error()).empty());
    return;
  }
  require(advert->router != 0 && advert->interval > Duration{});
  require(advert->trailer.size() < bytes.size());
  std::vector<IpAddress> addresses;
  for (std::size_t i = 0; i < advert->addresses.size(); ++i) addresses.push_back(advert->addresses[i]);
  if (addresses.size() > kMaxAddresses) return;  // we never send so many
  std::vector<std::uint8_t> anew(kMaxAdvert);
  anew.resize(encode({.version = advert->version,
                      .router = advert->router,
                      .priority = advert->priority,
                      .interval = advert->interval,
                      .addresses = addresses,
                      .auth_type = advert->auth_type,
                      .auth_data = advert->auth_data},
                     path, anew));
  require(anew.size() + advert->trailer.size() == bytes.size());
  const auto again = decode(anew, path);
  require(again && again->priority == advert->priority && again->interval == advert->interval &&
          again->addresses.size() == addresses.size() && again->auth_data == advert->auth_data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto block = std::make_unique_for_overwrite<std::uint8_t[]>(size);  // of exactly its size
  std::copy_n(data, size, block.get());
  for (const Path& path : kPaths) check({block.get(), size}, path);
  // Wrong checksums would stop nearly everything at the door: with one that fits, the rest is tried as well.
  if (size < 8) return 0;
  block[6] = block[7] = 0;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += i % 2 == 0 ? block[i] * 256U : block[i];
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  block[6] = static_cast<std::uint8_t>(~sum >> 8U);
  block[7] = static_cast<std::uint8_t>(~sum);
  check({block.get(), size}, kPaths[0]);
  return 0;
}
