// From [vip.NAME] to VRRP groups, as each node sees them.
#include "keeper/vip/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.h"

namespace stead::keeper::vip {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

config::Config read(const std::string& vip) {
  const config::ReadResult result = config::read(
      "[node]\nedge-1 = \"10.0.0.11/24\"\nedge-2 = \"10.0.0.12/24\"\nedge-3 = \"10.0.0.13/24\"\napp = \"10.0.0.21\"\n"
      "[site.s]\nlisten = \"public:80\"\nroute = { \"/\" = { answer = 200 } }\n[vip.public]\n" +
          vip,
      "test.toml");
  EXPECT_TRUE(result.config.has_value());
  return result.config.value_or(config::Config());
}

TEST(VipPlan, ANodeThatIsInNoVipHasNothingToDo) {
  const config::Config config = read("address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\n");
  EXPECT_THAT(make_plan(config, "app").groups, IsEmpty());
  EXPECT_THAT(make_plan(config, "edge-3").groups, IsEmpty());
  EXPECT_THAT(make_plan(config, "").groups, IsEmpty());
}

TEST(VipPlan, PrioritiesFollowFromTheOrderOfTheNodes) {
  const config::Config config = read("address = \"10.0.0.100/24\"\nnodes = [\"edge-2\", \"edge-1\", \"edge-3\"]\n");
  EXPECT_EQ(make_plan(config, "edge-2").groups.at(0).router.priority, 254);
  EXPECT_EQ(make_plan(config, "edge-1").groups.at(0).router.priority, 253);
  EXPECT_EQ(make_plan(config, "edge-3").groups.at(0).router.priority, 252);
  EXPECT_EQ(make_plan(config, "edge-3").groups.at(0).router_id, 100);
}

TEST(VipPlan, MulticastTakesAdvertsFromAnybodyUnlessTheOthersAreNamed) {
  const config::Config any = read("address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\n");
  const GroupPlan open = make_plan(any, "edge-1").groups.at(0);
  EXPECT_THAT(open.destinations, ElementsAre(wire::vrrp::kGroupV4));
  EXPECT_THAT(open.gate.peers, IsEmpty());
  const config::Config named =
      read("address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\npeers = \"10.0.0.50\"\n");
  EXPECT_THAT(make_plan(named, "edge-1").groups.at(0).gate.peers,
              ElementsAre(IpAddress::v4(10, 0, 0, 12), IpAddress::v4(10, 0, 0, 50)));
}

TEST(VipPlan, SharedAddressesAreARouterEach) {
  const config::Config config = read(
      "address = [\"10.0.0.100/24\", \"10.0.0.101/24\", \"fd00::5\"]\nnodes = [\"edge-2\", \"edge-1\"]\nspread = "
      "true\n");
  const std::vector<GroupPlan> groups = make_plan(config, "edge-1").groups;
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_THAT(groups[1].addresses, ElementsAre(IpAddress::v4(10, 0, 0, 101)));
  EXPECT_EQ(groups[0].router_id, 100);
  EXPECT_EQ(groups[1].router_id, 101);
  EXPECT_EQ(groups[2].router_id, 5);
  EXPECT_EQ(groups[0].seat, (GroupPlan::Seat{.index = 1, .nodes = 2}));
  EXPECT_FALSE(same_group(groups[0], groups[1]));
  EXPECT_TRUE(same_group(groups[0], make_plan(config, "edge-1").groups[0]));
}

TEST(VipPlan, UnicastGoesToEachOfTheOthers) {
  const config::Config config = read(
      "address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\", \"edge-3\"]\nunicast = true\npeers = "
      "\"10.0.0.50\"\n");
  const GroupPlan group = make_plan(config, "edge-2").groups.at(0);
  EXPECT_TRUE(group.gate.unicast);
  EXPECT_THAT(group.destinations,
              ElementsAre(IpAddress::v4(10, 0, 0, 11), IpAddress::v4(10, 0, 0, 13), IpAddress::v4(10, 0, 0, 50)));
  EXPECT_EQ(group.destinations, group.gate.peers);
}

TEST(VipPlan, AddressesOfBothFamiliesAreTwoGroups) {
  const config::Config config = read(
      "address = [\"10.0.0.100/24\", \"fd00::100/64\", \"fe80::53/64\", \"10.0.0.101/24\"]\nnodes = [\"edge-1\", "
      "\"edge-2\"]\n");
  const Plan plan = make_plan(config, "edge-1");
  ASSERT_EQ(plan.groups.size(), 2U);
  EXPECT_THAT(plan.groups[0].addresses, ElementsAre(IpAddress::v4(10, 0, 0, 100), IpAddress::v4(10, 0, 0, 101)));
  EXPECT_TRUE(plan.groups[1].addresses.at(0).is_link_local()) << "RFC 9568 section 5.2.9: a link-local address first";
  EXPECT_THAT(plan.groups[1].destinations, ElementsAre(wire::vrrp::kGroupV6));
  EXPECT_FALSE(same_group(plan.groups[0], plan.groups[1]));
}

TEST(VipPlan, AnotherMacIsAnotherSettingOfBothFamilies) {
  const std::string text = "address = [\"10.0.0.100/24\", \"fd00::100/64\"]\nnodes = [\"edge-1\", \"edge-2\"]\n";
  const Plan own = make_plan(read(text), "edge-1");
  const Plan shared = make_plan(read(text + "mac = \"virtual\"\n"), "edge-1");
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_FALSE(own.groups.at(i).virtual_mac);
    EXPECT_TRUE(shared.groups.at(i).virtual_mac);
    EXPECT_TRUE(same_group(own.groups[i], shared.groups[i]));
    EXPECT_FALSE(same_settings(own.groups[i], shared.groups[i]));
  }
}

TEST(VipPlan, APasswordIsVersionTwosAuthentication) {
  const config::Config config = read(
      "address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\nversion = 2\nadvert = \"1s\"\npassword = "
      "\"shop\"\n");
  const GroupPlan group = make_plan(config, "edge-1").groups.at(0);
  EXPECT_EQ(group.gate.auth_type, wire::vrrp::AuthType::SimpleText);
  EXPECT_EQ(group.gate.auth_data, (wire::vrrp::AuthData{'s', 'h', 'o', 'p', 0, 0, 0, 0}));
}

TEST(VipPlan, SecretsAreForBothFamiliesAndTheFirstIsForSending) {
  const std::string text =
      "address = [\"10.0.0.100/24\", \"fd00::100/64\"]\nnodes = [\"edge-1\", \"edge-2\"]\nsecrets = [\"2:" +
      std::string(64, 'b') + "\", \"1:hex:" + std::string(64, '0') + "\"]\n";
  const Plan plan = make_plan(read(text), "edge-1");
  ASSERT_EQ(plan.groups.size(), 2U);
  for (const GroupPlan& group : plan.groups) {
    const core::vrrp::Authentication& authentication = group.gate.authentication;
    EXPECT_EQ(authentication.secrets, (std::vector<core::vrrp::Secret>{{.id = 2, .key = std::string(64, 'b')},
                                                                       {.id = 1, .key = std::string(32, '\0')}}));
    EXPECT_EQ(authentication.trust, core::vrrp::Trust::Signed);
    EXPECT_EQ(authentication.window, 5s);
  }
  const auto trust = [&](const std::string& mode) {
    const std::string more = "authentication = \"" + mode + "\"\nadvert = \"2s\"\n";
    return make_plan(read(text + more), "edge-1").groups.at(0).gate.authentication;
  };
  EXPECT_EQ(trust("permissive").trust, core::vrrp::Trust::Both);
  EXPECT_EQ(trust("receive-only").trust, core::vrrp::Trust::SignedLater);
  EXPECT_EQ(trust("enforce").window, 6s) << "three adverts";
}

// A running group takes them over in place.
TEST(VipPlan, OtherSecretsAreNoOtherSettings) {
  const std::string text = "address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\n";
  const GroupPlan none = make_plan(read(text), "edge-1").groups.at(0);
  const GroupPlan one = make_plan(read(text + "secrets = \"1:" + std::string(32, 'a') + "\"\n"), "edge-1").groups.at(0);
  EXPECT_TRUE(same_settings(none, one));
  EXPECT_NE(none.gate.authentication, one.gate.authentication);
}

TEST(VipPlan, WhatIsTheSameIsSeenToBeTheSame) {
  const std::string text = "address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\n";
  const GroupPlan one = make_plan(read(text), "edge-1").groups.at(0);
  EXPECT_TRUE(same_settings(one, make_plan(read(text), "edge-1").groups.at(0)));
  for (const char* more : {"advert = \"50ms\"\n", "preempt = false\n", "router-id = 7\n", "checksum = \"plain\"\n",
                           "interface = \"eth1\"\n", "priority = { edge-1 = 9 }\n", "unicast = true\n"}) {
    const GroupPlan other = make_plan(read(text + more), "edge-1").groups.at(0);
    EXPECT_TRUE(same_group(one, other)) << more;
    EXPECT_FALSE(same_settings(one, other)) << more;
  }
}

TEST(VipPlan, TheKernelKeepsAnAddressForAsLongAsTheOthersWaitInWholeSeconds) {
  core::vrrp::RouterConfig router;
  for (const auto& [interval, lease] :
       std::vector<std::pair<Duration, std::uint32_t>>{{10ms, 1}, {100ms, 1}, {340ms, 2}, {1s, 3}, {40s, 120}}) {
    router.interval = interval;
    EXPECT_EQ(lease_of(router), lease) << to_ms(interval);
  }
}

TEST(VipPlan, WhoMovesAnAddressIsKnownAndMayChangeInPlace) {
  const std::string vip = "address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\nunicast = true\n";
  const std::string moved = vip + "provider = \"exec\"\ncommand = [\"/bin/true\"]\n";
  const GroupPlan by_arp = make_plan(read(vip), "edge-1").groups.at(0);
  const GroupPlan by_command = make_plan(read(moved), "edge-1").groups.at(0);
  const GroupPlan faster = make_plan(read(moved + "assert-every = \"5s\"\n"), "edge-1").groups.at(0);
  EXPECT_FALSE(by_arp.mover);
  ASSERT_TRUE(by_command.mover);
  EXPECT_THAT(by_command.mover->command, ElementsAre("/bin/true"));
  EXPECT_EQ(by_command.mover->rules.assert_every, Duration(30s));
  EXPECT_NE(by_command.mover, faster.mover);
  EXPECT_TRUE(same_settings(by_command, faster));
  EXPECT_FALSE(same_settings(by_arp, by_command));
}

TEST(VipPlan, AWitnessIsAskedByEachNodeAndKnowsThemAll) {
  const config::Config config =
      read("address = [\"10.0.0.100/24\", \"fd00::5\"]\nnodes = [\"edge-2\", \"edge-1\"]\nwitness = \"app\"\n");
  const Plan node = make_plan(config, "edge-1");
  ASSERT_EQ(node.groups.size(), 2U);
  ASSERT_TRUE(node.groups[0].vote);
  EXPECT_TRUE(node.groups[0].router.needs_permission);
  EXPECT_EQ(node.groups[0].vote->self, 1U);
  EXPECT_EQ(node.groups[0].vote->witness, IpAddress::v4(10, 0, 0, 21));
  EXPECT_THAT(node.groups[0].vote->nodes, ElementsAre(IpAddress::v4(10, 0, 0, 12), IpAddress::v4(10, 0, 0, 11)));
  EXPECT_EQ(node.groups[1].vote, node.groups[0].vote);
  EXPECT_TRUE(node.votes());
  EXPECT_THAT(node.witnesses, IsEmpty());

  const Plan witness = make_plan(config, "app");
  EXPECT_THAT(witness.groups, IsEmpty());
  ASSERT_EQ(witness.witnesses.size(), 2U);
  EXPECT_EQ(witness.witnesses[1].family, Family::V6);
  EXPECT_EQ(witness.witnesses[1].router_id, node.groups[1].router_id);
  EXPECT_EQ(witness.node_address, IpAddress::v4(10, 0, 0, 21));
  EXPECT_FALSE(witness.is_empty());
  EXPECT_TRUE(make_plan(config, "edge-3").is_empty());
}

TEST(VipPlan, EachSharedAddressHasAVoteOfItsOwn) {
  const config::Config config = read(
      "address = [\"10.0.0.100/24\", \"10.0.0.101/24\"]\nnodes = [\"edge-2\", \"edge-1\"]\nspread = true\nwitness = "
      "\"app\"\n");
  const Plan witness = make_plan(config, "app");
  ASSERT_EQ(witness.witnesses.size(), 2U);
  EXPECT_EQ(witness.witnesses[0].router_id, 100);
  EXPECT_EQ(witness.witnesses[1].router_id, 101);
}

TEST(VipPlan, WithoutAWitnessNobodyIsAsked) {
  const Plan plan = make_plan(read("address = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\n"), "edge-1");
  EXPECT_FALSE(plan.votes());
  EXPECT_FALSE(plan.groups.at(0).router.needs_permission);
}

}  // namespace
}  // namespace stead::keeper::vip
