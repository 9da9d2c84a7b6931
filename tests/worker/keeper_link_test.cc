#include "worker/keeper_link.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <variant>
#include <vector>

namespace stead::worker {
namespace {

using net::MessageSocket;

class KeeperLinkTest : public testing::Test {
 protected:
  KeeperLinkTest() {
    auto ends = MessageSocket::pair().value();
    keeper_ = std::move(ends.first);
    link_.connect(std::move(ends.second));
  }

  void turn_until(const auto& condition) {
    while (!condition() && loop_.run_one() > 0) {
    }
  }

  boost::asio::io_context loop_;
  MessageSocket keeper_;
  std::vector<keeper::ToWorker> messages_;
  std::vector<std::string> complaints_;
  int gone_ = 0;
  KeeperLink link_{loop_,
                   {.message = [this](keeper::ToWorker message) { messages_.push_back(std::move(message)); },
                    .gone = [this] { ++gone_; },
                    .complain = [this](const std::string& complaint) { complaints_.push_back(complaint); }}};
};

TEST_F(KeeperLinkTest, DeliversMessagesInOrder) {
  ASSERT_TRUE(keeper_.send(keeper::encode(keeper::ToWorker(keeper::Drain{.deadline_ms = 7})).value()));
  ASSERT_TRUE(keeper_.send(keeper::encode(keeper::ToWorker(keeper::Drain{.deadline_ms = 8})).value()));
  turn_until([this] { return messages_.size() == 2; });
  EXPECT_EQ(std::get<keeper::Drain>(messages_.at(0)).deadline_ms, 7U);
  EXPECT_EQ(std::get<keeper::Drain>(messages_.at(1)).deadline_ms, 8U);
}

TEST_F(KeeperLinkTest, ABadMessageIsLeftAndTheNextOneCounts) {
  for (const std::string text :
       {"{", "[]", "{\"type\": \"fly\"}", "{\"type\": \"start\"}", "{\"type\": \"apply\"}", "\xff"}) {
    ASSERT_TRUE(keeper_.send({.text = text, .fds = {}}));
  }
  ASSERT_TRUE(keeper_.send(keeper::encode(keeper::ToWorker(keeper::Drain{})).value()));
  turn_until([this] { return !messages_.empty(); });
  EXPECT_EQ(complaints_.size(), 6U);
  EXPECT_EQ(messages_.size(), 1U);
  EXPECT_TRUE(link_.connected());
}

TEST_F(KeeperLinkTest, SaysOnceThatTheKeeperIsGoneAndTakesAnother) {
  keeper_ = MessageSocket();
  turn_until([this] { return gone_ > 0; });
  EXPECT_FALSE(link_.connected());
  link_.send(keeper::Drained{});  // nowhere
  auto ends = MessageSocket::pair().value();
  link_.connect(std::move(ends.second));
  link_.send(keeper::Applied{.generation = 3, .loops = 2});
  const auto received = ends.first.receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(std::get<keeper::Applied>(keeper::decode_to_keeper(received->packet).value()).generation, 3U);
  EXPECT_EQ(gone_, 1);
}

TEST_F(KeeperLinkTest, AKeeperThatDoesNotReadHoldsNothingUpAndMissesOnlyOldStates) {
  int states = 0;
  while (complaints_.empty() && states < 5000) {
    link_.send(keeper::State{.blob = std::to_string(states++)});
  }
  EXPECT_TRUE(complaints_.empty());  // of those that wait, only the latest is kept
  link_.send(keeper::Drained{.cut = 5});
  // Now it reads.
  std::vector<keeper::ToKeeper> received;
  turn_until([&] {
    while (true) {
      const auto packet = keeper_.receive();
      if (!packet || packet->kind != net::Received::Kind::Packet) break;
      received.push_back(keeper::decode_to_keeper(packet->packet).value());
    }
    return !received.empty() && std::holds_alternative<keeper::Drained>(received.back());
  });
  ASSERT_GE(received.size(), 2U);
  EXPECT_EQ(std::get<keeper::State>(received[received.size() - 2]).blob, std::to_string(states - 1));
  EXPECT_LT(received.size(), static_cast<std::size_t>(states));
}

}  // namespace
}  // namespace stead::worker
