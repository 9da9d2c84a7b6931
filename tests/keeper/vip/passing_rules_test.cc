// Who gets the packets of unknown connections, and what the packet filter is told.
#include "keeper/vip/passing_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stead::keeper::vip {
namespace {

using core::vrrp::Cause;
using core::vrrp::State;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr IpAddress kOther = IpAddress::v4(10, 0, 0, 12);
constexpr IpAddress kForeign = IpAddress::v4(10, 0, 0, 50);
constexpr Duration kDrain = 30s;
constexpr Instant kMoved = Instant(100s);

GroupPlan plan() {
  GroupPlan group;
  group.nodes = {kOther};
  group.only_nodes = true;
  return group;
}

GroupState state(State state, Cause cause, std::optional<IpAddress> peer = kOther) {
  GroupState result;
  result.state = state;
  result.cause = cause;
  result.since = kMoved;
  if (peer) result.peer = core::vrrp::Router::Peer{.source = *peer};
  return result;
}

PassingRules rules(std::optional<IpAddress> previous) {
  return {.family = Family::V4,
          .interface = 3,
          .router_id = 100,
          .addresses = {IpAddress::v4(10, 0, 0, 100), IpAddress::v4(10, 0, 0, 101)},
          .owner = std::nullopt,
          .previous_owner = previous};
}

TEST(PreviousOwner, OfABackupIsWhoIsActive) {
  EXPECT_EQ(previous_owner(kMoved, plan(), state(State::Backup, Cause::Started), kDrain), kOther);
  EXPECT_EQ(previous_owner(kMoved, plan(), state(State::Backup, Cause::Started, std::nullopt), kDrain), std::nullopt);
}

TEST(PreviousOwner, IsServedForADrainAfterAMoveInOrder) {
  const GroupState preempted = state(State::Active, Cause::Preempted);
  EXPECT_EQ(previous_owner(kMoved + 29s, plan(), preempted, kDrain), kOther);
  EXPECT_EQ(previous_owner(kMoved + 30s, plan(), preempted, kDrain), std::nullopt);
}

// It may be that no worker serves there: who waited for an answer would wait for the whole drain.
TEST(PreviousOwner, ThatFellSilentOrGaveUpHasNoConnectionsLeft) {
  EXPECT_EQ(previous_owner(kMoved, plan(), state(State::Active, Cause::Resigned), kDrain), std::nullopt);
  EXPECT_EQ(previous_owner(kMoved, plan(), state(State::Active, Cause::Silence), kDrain), std::nullopt);
  EXPECT_EQ(previous_owner(kMoved, plan(), state(State::Initialize, Cause::Stopped), kDrain), std::nullopt);
}

TEST(PreviousOwner, ThatIsNoSteadWouldNotTakeThem) {
  EXPECT_EQ(previous_owner(kMoved, plan(), state(State::Backup, Cause::Started, kForeign), kDrain), std::nullopt);
}

TEST(PreviousOwner, IsKnownByALinkLocalAddressOnlyWhereAllRoutersAreNodes) {
  const IpAddress source = IpAddress::parse("fe80::1").value();
  GroupPlan group = plan();
  EXPECT_EQ(previous_owner(kMoved, group, state(State::Backup, Cause::Started, source), kDrain), source);
  group.only_nodes = false;
  EXPECT_EQ(previous_owner(kMoved, group, state(State::Backup, Cause::Started, source), kDrain), std::nullopt);
}

TEST(PassingRules, HandOnOnlyWhereThereIsAnOwnerBefore) {
  EXPECT_THAT(render_passing(rules(std::nullopt)), Not(HasSubstr("dup to")));
  EXPECT_THAT(render_passing(rules(kOther)), HasSubstr("tcp flags & syn != syn socket mark & 0x1000000 == 0 "
                                                       "dup to 10.0.0.12 device 3 drop\n"));
}

// Or a packet that neither knows would go to and fro.
TEST(PassingRules, HandNothingOnThatComesFromAnotherRouter) {
  const std::string text = render_passing(rules(kOther));
  EXPECT_THAT(text, HasSubstr("passing ether saddr != @routers tcp"));
}

// Only who is sure that another has the address: an owner whose address is not local yet would give its clients away.
TEST(PassingRules, ABackupHandsOnWhoAsksForANewConnection) {
  EXPECT_EQ(owner_elsewhere(plan(), state(State::Backup, Cause::HandedOver)), kOther);
  EXPECT_EQ(owner_elsewhere(plan(), state(State::Active, Cause::Preempted)), std::nullopt);
  EXPECT_EQ(owner_elsewhere(plan(), state(State::Backup, Cause::Started, kForeign)), std::nullopt);
  PassingRules backup = rules(kOther);
  backup.owner = kOther;
  EXPECT_THAT(render_passing(backup), HasSubstr("fib daddr type != local ether saddr != @routers "
                                                "tcp flags & (syn | ack) == syn dup to 10.0.0.12 device 3 drop"));
  EXPECT_THAT(render_passing(rules(kOther)), Not(HasSubstr("== syn dup to")));
}

// The address may not be local yet when the first packets for it come: IPv6.
TEST(PassingRules, HandOnBeforeTheListeningSocketCouldTakeIt) {
  const std::string text = render_passing(rules(kOther));
  const std::size_t hands_on = text.find("dup to");
  ASSERT_NE(hands_on, std::string::npos);
  EXPECT_LT(hands_on, text.find("fib daddr type != local socket transparent 1"));
}

TEST(PassingRules, LeaveAllOtherAddressesAlone) {
  const std::string text = render_passing(rules(kOther));
  const std::size_t others = text.find("ip daddr != { 10.0.0.100, 10.0.0.101 } return");
  ASSERT_NE(others, std::string::npos);
  EXPECT_LT(others, text.find("mark set"));
}

TEST(PassingRules, AreOneTableOfEachVirtualRouter) {
  EXPECT_THAT(render_passing(rules(kOther)), HasSubstr("add table ip stead_3_100 { flags owner; }"));
  EXPECT_EQ(render_passing_removal(rules(kOther)), "delete table ip stead_3_100\n");
  PassingRules six = rules(std::nullopt);
  six.family = Family::V6;
  EXPECT_EQ(render_passing_removal(six), "delete table ip6 stead_3_100\n");
}

}  // namespace
}  // namespace stead::keeper::vip
