// Signed adverts at the gate: who is believed in each mode, how secrets follow one another, and recordings.
#include <gtest/gtest.h>

#include <vector>

#include "core/vrrp/gate.h"
#include "core/vrrp/signer.h"
#include "wire/vrrp/trailer.h"

namespace stead::core::vrrp {
namespace {

using wire::vrrp::Path;

const Secret kFirst{.id = 1, .key = std::string(32, 'a')};
const Secret kSecond{.id = 2, .key = std::string(64, 'b')};
const Secret kForged{.id = 1, .key = std::string(32, 'x')};
constexpr IpAddress kOwn = IpAddress::v4(10, 0, 0, 11);
constexpr IpAddress kPeer = IpAddress::v4(10, 0, 0, 12);
constexpr IpAddress kOther = IpAddress::v4(10, 0, 0, 13);

Authentication authentication(std::vector<Secret> secrets, Trust trust = Trust::Signed) {
  return {.secrets = std::move(secrets), .trust = trust, .window = 5s};
}

GateConfig config_with(Authentication authentication) {
  GateConfig config;
  config.router = 100;
  config.interval = 100ms;
  config.source = kOwn;
  config.addresses = 1;
  config.authentication = std::move(authentication);
  return config;
}

class Signed : public ::testing::Test {
 protected:
  using Bytes = std::vector<std::uint8_t>;

  // As the shell sends it.
  [[nodiscard]] Bytes advert(Signer& signer, const IpAddress& source = kPeer) const {
    const Path path{source, wire::vrrp::kGroupV4};
    Bytes bytes(wire::vrrp::kMaxPacket);
    std::size_t size = encode({.router = 100, .priority = 200, .interval = 100ms, .addresses = addresses}, path, bytes);
    if (signer.signs()) {
      signer.begin(now);
      size = signer.sign(bytes, size, path);
    }
    bytes.resize(size);
    return bytes;
  }
  [[nodiscard]] Bytes advert(const Secret& secret, const IpAddress& source = kPeer) const {
    Signer signer(authentication({secret}));
    return advert(signer, source);
  }
  [[nodiscard]] Bytes unsigned_advert() const {
    Signer none{Authentication()};
    return advert(none);
  }

  std::optional<Fault> fault_of(Gate& gate, const Bytes& bytes, const IpAddress& source = kPeer) const {
    const Path path{source, wire::vrrp::kGroupV4};
    const auto decoded = wire::vrrp::decode(bytes, path);
    if (!decoded) return Fault::Malformed;
    const auto passed = gate.inspect(now, {bytes, path, 255}, *decoded);
    return passed ? std::nullopt : std::optional(passed.error());
  }

  const std::vector<IpAddress> addresses{IpAddress::v4(10, 0, 0, 100)};
  WallTime now{1'000'000s};
};

TEST_F(Signed, AreTakenAndNothingElseIsWhereSignaturesAreEnforced) {
  Gate gate(config_with(authentication({kFirst})));
  EXPECT_EQ(fault_of(gate, advert(kFirst)), std::nullopt);
  EXPECT_EQ(fault_of(gate, unsigned_advert()), Fault::Unsigned);
  EXPECT_EQ(fault_of(gate, advert(kForged)), Fault::BadSignature);
  EXPECT_EQ(fault_of(gate, advert(kSecond)), Fault::UnknownSecret);
}

TEST_F(Signed, ArePreferredButNotDemandedWhileSignaturesAreRolledOut) {
  for (const Trust trust : {Trust::Both, Trust::SignedLater}) {
    Gate gate(config_with(authentication({kFirst}, trust)));
    EXPECT_EQ(fault_of(gate, advert(kFirst)), std::nullopt);
    EXPECT_EQ(fault_of(gate, unsigned_advert()), std::nullopt);
    EXPECT_EQ(fault_of(gate, advert(kForged)), Fault::BadSignature);
    EXPECT_EQ(fault_of(gate, advert(kSecond)), Fault::UnknownSecret);
  }
}

TEST_F(Signed, AreKnownFromThoseThatAreNot) {
  Gate gate(config_with(authentication({kFirst}, Trust::Both)));
  const Path path{kPeer, wire::vrrp::kGroupV4};
  for (const bool is_signed : {true, false}) {
    const Bytes bytes = is_signed ? advert(kFirst) : unsigned_advert();
    const auto passed = gate.inspect(now, {bytes, path, 255}, wire::vrrp::decode(bytes, path).value());
    ASSERT_TRUE(passed.has_value());
    EXPECT_EQ(passed->is_signed, is_signed);
  }
}

TEST_F(Signed, AreNotSentByWhoOnlyReceivesThem) {
  EXPECT_TRUE(Signer(authentication({kFirst})).signs());
  EXPECT_TRUE(Signer(authentication({kFirst}, Trust::Both)).signs());
  EXPECT_FALSE(Signer(authentication({kFirst}, Trust::SignedLater)).signs());
  EXPECT_FALSE(Signer(Authentication()).signs());
}

TEST_F(Signed, AreRefusedWhereThereIsNoSecret) {
  Gate gate(config_with(Authentication()));
  EXPECT_EQ(fault_of(gate, advert(kFirst)), Fault::Unauthenticated);
  EXPECT_EQ(fault_of(gate, unsigned_advert()), std::nullopt);
}

// Make before break: each step on all routers, in any order, before the next.
TEST_F(Signed, SecretsFollowOneAnotherWithoutARefusal) {
  const std::vector<std::vector<Secret>> steps = {{kFirst}, {kFirst, kSecond}, {kSecond, kFirst}, {kSecond}};
  Signer signer(authentication(steps[0]));
  Gate gate(config_with(authentication(steps[0])));
  for (std::size_t step = 1; step < steps.size(); ++step) {
    gate.adopt(authentication(steps[step]));
    EXPECT_EQ(fault_of(gate, advert(signer)), std::nullopt) << "the receiver first, step " << step;
    signer.adopt(authentication(steps[step]));
    EXPECT_EQ(fault_of(gate, advert(signer)), std::nullopt) << "both, step " << step;
  }
  EXPECT_EQ(fault_of(gate, advert(kFirst)), Fault::UnknownSecret);
}

TEST_F(Signed, ASecondTimeIsARecording) {
  Gate gate(config_with(authentication({kFirst})));
  const Bytes recorded = advert(kFirst);
  EXPECT_EQ(fault_of(gate, recorded), std::nullopt);
  EXPECT_EQ(fault_of(gate, recorded), Fault::Replayed);
  now += 1s;
  EXPECT_EQ(fault_of(gate, advert(kFirst)), std::nullopt);
  EXPECT_EQ(fault_of(gate, recorded), Fault::Replayed);
}

TEST_F(Signed, ARecordingStaysOneAfterASecretWasAdded) {
  Gate gate(config_with(authentication({kFirst})));
  const Bytes recorded = advert(kFirst);
  EXPECT_EQ(fault_of(gate, recorded), std::nullopt);
  gate.adopt(authentication({kSecond, kFirst}));
  EXPECT_EQ(fault_of(gate, recorded), Fault::Replayed);
}

TEST_F(Signed, FromTooFarAwayInTimeAreStale) {
  Gate gate(config_with(authentication({kFirst})));
  const Bytes early = advert(kFirst);
  now += 5s;
  EXPECT_EQ(fault_of(gate, early), std::nullopt) << "at the edge of the window";
  const Bytes late = advert(kFirst);
  now += 5001ms;
  EXPECT_EQ(fault_of(gate, late), Fault::Stale);
  const Bytes future = advert(kFirst);
  now -= 5001ms;
  EXPECT_EQ(fault_of(gate, future), Fault::Stale);
}

TEST_F(Signed, TwoSendersHaveTheirOwnSequences) {
  Gate gate(config_with(authentication({kFirst})));
  Signer one(authentication({kFirst})), other(authentication({kFirst}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(fault_of(gate, advert(one)), std::nullopt);
    now -= 1s;  // the other's clock is behind
    const Bytes bytes = advert(other, kOther);
    now += 1s;
    EXPECT_EQ(fault_of(gate, bytes, kOther), std::nullopt);
    now += 100ms;
  }
}

TEST_F(Signed, OfOneSenderDoNotHoldForAnother) {
  Gate gate(config_with(authentication({kFirst})));
  EXPECT_EQ(fault_of(gate, advert(kFirst, kOther), kPeer), Fault::Malformed) << "the checksum knows the source";
  Signer signer(authentication({kFirst}));
  Bytes bytes = advert(signer, kOther);
  const Bytes own = advert(signer, kPeer);
  std::copy_n(own.begin(), 8, bytes.begin());  // with the checksum of the other source
  EXPECT_EQ(fault_of(gate, bytes, kPeer), Fault::BadSignature);
}

TEST_F(Signed, WithABrokenTrailerAreRefused) {
  for (const Trust trust : {Trust::Signed, Trust::Both, Trust::SignedLater}) {
    Gate gate(config_with(authentication({kFirst}, trust)));
    Bytes cut = advert(kFirst);
    cut.pop_back();
    EXPECT_EQ(fault_of(gate, cut), Fault::BadTrailer);
    Bytes longer = advert(kFirst);
    longer.push_back(0);
    EXPECT_EQ(fault_of(gate, longer), Fault::BadTrailer);
  }
}

// What is refused must not be remembered: a forger could lock a sender out with a number from the future.
TEST_F(Signed, AForgedNumberDoesNotLockTheTrueSenderOut) {
  Gate gate(config_with(authentication({kFirst})));
  now += 4s;
  const Bytes forged = advert(kForged);
  now -= 4s;
  EXPECT_EQ(fault_of(gate, forged), Fault::BadSignature);
  EXPECT_EQ(fault_of(gate, advert(kFirst)), std::nullopt);
}

TEST_F(Signed, GoOnThoughTheSendersClockStepsBackALittle) {
  Gate gate(config_with(authentication({kFirst})));
  Signer signer(authentication({kFirst}));
  EXPECT_EQ(fault_of(gate, advert(signer)), std::nullopt);
  now -= 3s;
  for (int i = 0; i < 40; ++i, now += 100ms) {
    const Bytes bytes = advert(signer);
    now += 3s;  // the receiver's clock is right
    EXPECT_EQ(fault_of(gate, bytes), std::nullopt) << i;
    now -= 3s;
  }
}

// Both were an hour ahead, and are put right. Nobody may be left out for that hour.
TEST_F(Signed, GoOnAfterAWrongClockWasPutRight) {
  Gate gate(config_with(authentication({kFirst})));
  Signer signer(authentication({kFirst}));
  EXPECT_EQ(fault_of(gate, advert(signer)), std::nullopt);
  now -= 1h;
  EXPECT_EQ(fault_of(gate, advert(signer)), std::nullopt);
  const Bytes recorded = advert(signer);
  EXPECT_EQ(fault_of(gate, recorded), std::nullopt);
  EXPECT_EQ(fault_of(gate, recorded), Fault::Replayed);
}

TEST_F(Signed, GoOnAfterTheSenderHasStartedAgain) {
  Gate gate(config_with(authentication({kFirst})));
  for (int i = 0; i < 3; ++i, now += 1ms) EXPECT_EQ(fault_of(gate, advert(kFirst)), std::nullopt) << i;
}

TEST_F(Signed, InOnePartOfASecondHaveNumbersThatGrow) {
  Gate gate(config_with(authentication({kFirst})));
  Signer signer(authentication({kFirst}));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(fault_of(gate, advert(signer)), std::nullopt) << i;
}

TEST_F(Signed, EveryFlippedBitIsRefused) {
  const Bytes good = advert(kFirst);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Gate gate(config_with(authentication({kFirst})));
    Bytes bytes = good;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_NE(fault_of(gate, bytes), std::nullopt) << bit;
  }
}

}  // namespace
}  // namespace stead::core::vrrp
