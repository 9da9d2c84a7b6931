#include "keeper/listener_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "net/memfd.h"

namespace stead::keeper {
namespace {

using Names = std::vector<std::string>;

config::Listener listener(const std::string& address, std::uint16_t port, const std::string& name = {}) {
  return {.name = name.empty() ? address + ":" + std::to_string(port) : name,
          .endpoint = {.address = address, .port = port},
          .node = {},
          .where = {}};
}

// A network in which some ports are taken.
class ListenerTables : public testing::Test {
 protected:
  StagedListeners stage(const std::vector<config::Listener>& wanted) {
    return table_.stage(wanted, [this](const config::Listener& listener) -> Result<net::UniqueFd> {
      const config::Endpoint& endpoint = listener.endpoint;
      ++binds_;
      if (taken_.contains(endpoint.port)) return failure("taken");
      return net::text_memfd("listener", "");
    });
  }
  void have(const std::vector<config::Listener>& wanted) {
    table_.commit(stage(wanted));
    binds_ = 0;
  }
  static std::vector<std::uint32_t> ids(const std::vector<OpenListener>& open) {
    std::vector<std::uint32_t> result;
    for (const OpenListener& one : open) result.push_back(one.id);
    return result;
  }

  ListenerTable table_;
  std::set<std::uint16_t> taken_;
  int binds_ = 0;
};

TEST_F(ListenerTables, StartingIsAReloadFromNothing) {
  const StagedListeners staged = stage({listener("10.0.0.1", 80), listener("10.0.0.1", 443)});
  EXPECT_EQ(staged.opened, (Names{"10.0.0.1:80", "10.0.0.1:443"}));
  EXPECT_EQ(ids(staged.open), (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(ListenerTables, WhatStaysIsNotOpenedAgainAndKeepsItsSocketAndId) {
  have({listener("10.0.0.1", 80), listener("10.0.0.1", 81)});
  const net::SharedFd socket = table_.open()[1].socket;
  have({listener("10.0.0.1", 81, "edge-1:81"), listener("10.0.0.1", 82)});
  ASSERT_EQ(table_.open().size(), 2U);
  EXPECT_EQ(table_.open()[0].socket, socket);
  EXPECT_EQ(table_.open()[0].id, 2U);
  EXPECT_EQ(table_.open()[0].name, "edge-1:81");
  EXPECT_EQ(table_.open()[1].id, 3U);
}

TEST_F(ListenerTables, SaysWhatItOpened) {
  have({listener("10.0.0.1", 80), listener("10.0.0.1", 81)});
  const StagedListeners staged = stage({listener("10.0.0.1", 81), listener("10.0.0.1", 82)});
  EXPECT_EQ(staged.opened, (Names{"10.0.0.1:82"}));
  EXPECT_EQ(binds_, 1);
}

TEST_F(ListenerTables, NothingChangesBeforeTheCommitAndDroppingItClosesWhatWasOpened) {
  have({listener("10.0.0.1", 80)});
  std::weak_ptr<const net::UniqueFd> opened;
  {
    const StagedListeners staged = stage({listener("10.0.0.1", 81)});
    opened = staged.open[0].socket;
    EXPECT_FALSE(opened.expired());
    EXPECT_EQ(table_.open()[0].endpoint.port, 80);
  }
  EXPECT_TRUE(opened.expired());
}

TEST_F(ListenerTables, CommittingClosesWhatIsGone) {
  have({listener("10.0.0.1", 80), listener("10.0.0.1", 81)});
  const std::weak_ptr<const net::UniqueFd> gone = table_.open()[0].socket;
  have({listener("10.0.0.1", 81)});
  EXPECT_TRUE(gone.expired());
}

TEST_F(ListenerTables, AnIdIsNeverUsedForAnotherSocket) {
  have({listener("10.0.0.1", 80)});
  have({listener("10.0.0.1", 81)});
  have({listener("10.0.0.1", 80)});
  EXPECT_EQ(table_.open()[0].id, 3U);
}

TEST_F(ListenerTables, OneThatFailsDoesNotKeepTheOthersFromOpening) {
  taken_ = {80};
  have({listener("10.0.0.1", 80), listener("10.0.0.1", 81)});
  ASSERT_EQ(table_.open().size(), 1U);
  EXPECT_EQ(table_.open()[0].name, "10.0.0.1:81");
  ASSERT_EQ(table_.failures().size(), 1U);
  EXPECT_EQ(table_.failures()[0].name, "10.0.0.1:80");
  EXPECT_EQ(table_.failures()[0].why, "taken");
  EXPECT_FALSE(table_.complete(std::vector{listener("10.0.0.1", 80), listener("10.0.0.1", 81)}));
}

TEST_F(ListenerTables, AReloadAnswersOnlyForFailuresThatItCaused) {
  taken_ = {80, 90};
  have({listener("10.0.0.1", 80), listener("10.0.0.1", 81)});
  const StagedListeners same = stage({listener("10.0.0.1", 80), listener("10.0.0.1", 82)});
  EXPECT_TRUE(same.new_failures(table_.failures()).empty());
  const StagedListeners worse = stage({listener("10.0.0.1", 80), listener("10.0.0.1", 90)});
  const std::vector<ListenerFailure> caused = worse.new_failures(table_.failures());
  ASSERT_EQ(caused.size(), 1U);
  EXPECT_EQ(caused[0].name, "10.0.0.1:90");
}

TEST_F(ListenerTables, OneThatFailedIsTriedAgain) {
  taken_ = {80};
  const std::vector wanted = {listener("10.0.0.1", 80), listener("10.0.0.1", 81)};
  have(wanted);
  taken_.clear();
  const StagedListeners staged = stage(wanted);
  EXPECT_EQ(staged.opened, (Names{"10.0.0.1:80"}));
  EXPECT_TRUE(staged.failures.empty());
}

TEST_F(ListenerTables, TwoNamesForOnePlaceShareASocket) {
  have({listener("10.0.0.1", 80, "edge-1:80"), listener("10.0.0.1", 80)});
  EXPECT_EQ(table_.open().size(), 1U);
  EXPECT_EQ(table_.open()[0].name, "edge-1:80");
}

TEST_F(ListenerTables, ReplacingAWildcardByOneOfItsAddressesIsExplained) {
  have({listener("::", 80, "any:80")});
  taken_ = {80};
  const StagedListeners staged = stage({listener("10.0.0.1", 80)});
  ASSERT_EQ(staged.failures.size(), 1U);
  EXPECT_NE(staged.failures[0].why.find("this Stead's own listener any:80"), std::string::npos);
}

TEST_F(ListenerTables, AdoptedSocketsAreKeptWhereTheyAreWanted) {
  const net::SharedFd socket = net::share(net::text_memfd("listener", "").value());
  table_.adopt(socket, {.address = "10.0.0.1", .port = 80}, "old:80");
  have({listener("10.0.0.1", 80)});
  EXPECT_EQ(table_.open()[0].socket, socket);
  EXPECT_EQ(binds_, 0);
}

}  // namespace
}  // namespace stead::keeper
