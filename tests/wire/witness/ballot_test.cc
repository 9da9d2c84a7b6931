// Ballots as bytes.
#include "wire/witness/ballot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace stead::wire::witness {
namespace {

constexpr Ballot kWhole{.kind = Kind::Refused,
                        .router = 100,
                        .family = Family::V6,
                        .heard = true,
                        .gone = true,
                        .secret = 7,
                        .number = 0x0102030405060708,
                        .priority = 254,
                        .holder = 1,
                        .remaining_us = 0x0a0b0c0d};

TEST(Ballot, BytesAreThoseOfTheDrawing) {
  std::array<std::uint8_t, kMaxBallot> buffer{};
  ASSERT_EQ(encode(kWhole, buffer), kMaxBallot);
  constexpr std::array<std::uint8_t, kBallot> kExpected = {'S', 'W', 1, 6, 100, 6, 3, 7, 1,  2,  3,  4,
                                                           5,   6,   7, 8, 254, 1, 0, 0, 10, 11, 12, 13};
  EXPECT_TRUE(std::ranges::equal(std::span(buffer).first(kBallot), kExpected));
}

TEST(Ballot, WhatIsWrittenIsRead) {
  std::array<std::uint8_t, kMaxBallot> buffer{};
  EXPECT_EQ(decode(std::span(buffer).first(encode(kWhole, buffer))), kWhole);
  const Ballot plain{.kind = Kind::Ask, .router = 1};
  ASSERT_EQ(encode(plain, buffer), kBallot);
  EXPECT_EQ(decode(std::span(buffer).first(kBallot)), plain);
}

TEST(Ballot, EveryOtherLengthIsRefused) {
  std::array<std::uint8_t, kMaxBallot> buffer{};
  static_cast<void>(encode(kWhole, buffer));
  for (std::size_t size = 0; size < kMaxBallot; ++size) {
    const auto block = std::make_unique<std::uint8_t[]>(size);
    std::copy_n(buffer.begin(), size, block.get());
    EXPECT_FALSE(decode({block.get(), size})) << size;
  }
}

TEST(Ballot, EveryByteThatMustBeSoIsLookedAt) {
  std::array<std::uint8_t, kMaxBallot> good{};
  const std::size_t size = encode({.kind = Kind::Ask, .router = 1}, good);
  for (const auto& [at, value] :
       {std::pair{0, 'X'}, {1, 'X'}, {2, 2}, {3, 0}, {3, 7}, {4, 0}, {5, 5}, {6, 4}, {7, 1}, {18, 1}, {19, 1}}) {
    std::array<std::uint8_t, kMaxBallot> bad = good;
    bad[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
    EXPECT_FALSE(decode(std::span(bad).first(size))) << at;
  }
}

}  // namespace
}  // namespace stead::wire::witness
