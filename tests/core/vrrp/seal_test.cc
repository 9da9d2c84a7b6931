// Whether a ballot is signed by somebody who knows the secret, and for this way.
#include "core/vrrp/seal.h"

#include <gtest/gtest.h>

#include "wire/vrrp/trailer.h"

namespace stead::core::vrrp::testing {
namespace {

using wire::witness::Ballot;
using wire::witness::Kind;

constexpr WallTime kNow{1'700'000'000s};
const Seal::Way kWay{.source = IpAddress::v4(10, 0, 0, 11), .destination = IpAddress::v4(10, 0, 0, 21)};

Authentication with(Trust trust, char letter = 'a', std::uint8_t id = 1) {
  return {.secrets = {{.id = id, .key = std::string(32, letter)}}, .trust = trust};
}

bool accepted(const Authentication& sender, const Authentication& receiver, const Seal::Way& way = kWay,
              Kind kind = Kind::Ask, WallTime now = kNow) {
  std::array<std::uint8_t, wire::witness::kMaxBallot> buffer{};
  const Ballot ballot{.kind = kind, .router = 1, .number = wire::vrrp::Sequence::at(kNow).value()};
  const std::size_t size = Seal(sender).write(ballot, kWay, buffer);
  const std::span<const std::uint8_t> bytes = std::span(buffer).first(size);
  return Seal(receiver).accepts(now, bytes, wire::witness::decode(bytes).value(), way);
}

TEST(Seal, TheSecretMustBeTheSame) {
  EXPECT_TRUE(accepted(with(Trust::Signed), with(Trust::Signed)));
  EXPECT_FALSE(accepted(with(Trust::Signed), with(Trust::Signed, 'b')));
  EXPECT_FALSE(accepted(with(Trust::Signed), with(Trust::Signed, 'a', 2)));
  EXPECT_FALSE(accepted(with(Trust::Signed), {}));
}

TEST(Seal, WhatIsNotSignedIsTakenWhereAdvertsAreSo) {
  EXPECT_TRUE(accepted({}, {}));
  EXPECT_FALSE(accepted({}, with(Trust::Signed)));
  EXPECT_TRUE(accepted({}, with(Trust::Both)));
  EXPECT_TRUE(accepted(with(Trust::SignedLater), with(Trust::Both)));
  EXPECT_TRUE(accepted(with(Trust::Both), with(Trust::SignedLater)));
}

TEST(Seal, ASignatureIsForOneWay) {
  const Seal::Way elsewhere{.source = kWay.source, .destination = IpAddress::v4(10, 0, 0, 22)};
  const Seal::Way back{.source = kWay.destination, .destination = kWay.source};
  EXPECT_FALSE(accepted(with(Trust::Signed), with(Trust::Signed), elsewhere));
  EXPECT_FALSE(accepted(with(Trust::Signed), with(Trust::Signed), back));
}

TEST(Seal, ARecordedRequestIsStaleAfterTheWindowAndAnAnswerIsNot) {
  EXPECT_TRUE(accepted(with(Trust::Signed), with(Trust::Signed), kWay, Kind::Ask, kNow + 5s));
  EXPECT_FALSE(accepted(with(Trust::Signed), with(Trust::Signed), kWay, Kind::Ask, kNow + 6s));
  EXPECT_FALSE(accepted(with(Trust::Signed), with(Trust::Signed), kWay, Kind::Ask, kNow - 6s));
  EXPECT_TRUE(accepted(with(Trust::Signed), with(Trust::Signed), kWay, Kind::Granted, kNow + 6s));
}

TEST(Seal, EachBitIsSigned) {
  std::array<std::uint8_t, wire::witness::kMaxBallot> buffer{};
  const Seal seal(with(Trust::Signed));
  const Ballot ballot{.kind = Kind::Granted, .router = 1, .number = wire::vrrp::Sequence::at(kNow).value()};
  const std::size_t size = seal.write(ballot, kWay, buffer);
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    std::array<std::uint8_t, wire::witness::kMaxBallot> bad = buffer;
    bad.at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto decoded = wire::witness::decode(std::span(bad).first(size));
    EXPECT_FALSE(decoded && seal.accepts(kNow, std::span(bad).first(size), *decoded, kWay)) << bit;
  }
}

}  // namespace
}  // namespace stead::core::vrrp::testing
