// What the log says of witnesses and votes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.h"
#include "keeper/vip/journal.h"

namespace stead::keeper::vip {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Instant kStart{1000s};

class VipVotes : public ::testing::Test {
 protected:
  VipVotes() {
    config_ = *config::read(
                   "[node]\nedge-1 = \"10.0.0.11/24\"\nedge-2 = \"10.0.0.12/24\"\napp = \"10.0.0.21\"\n[site.s]\n"
                   "listen = \"public:80\"\nroute = { \"/\" = { answer = 200 } }\n[vip.public]\naddress = "
                   "\"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\nwitness = \"app\"\n",
                   "test.toml")
                   .config;
    begin("edge-2");
  }
  void begin(const std::string& node) { journal_.begin(make_plan(config_, node), 1, config_, node); }

  std::vector<std::string> texts(const std::vector<Line>& lines) {
    std::vector<std::string> result;
    for (const Line& line : lines) result.push_back(line.text);
    return result;
  }
  std::vector<std::string> say(Event event) {
    event.generation = 1;
    return texts(journal_.handle(kStart, event));
  }

  config::Config config_;
  Journal journal_;
};

TEST_F(VipVotes, WhoMayNotTakeOverSaysWhoRefusedAndWhy) {
  EXPECT_THAT(say({.kind = Event::Kind::MayNot, .voter = 2, .holder = 0}),
              ElementsAre("vip public: edge-2 may not take 10.0.0.100: the witness app hears edge-1"));
  EXPECT_THAT(say({.kind = Event::Kind::MayNot, .voter = 0, .holder = 0}),
              ElementsAre("vip public: edge-2 may not take 10.0.0.100: edge-1 says that it has it"));
  EXPECT_THAT(say({.kind = Event::Kind::MayNot}),
              ElementsAre("vip public: edge-2 may not take 10.0.0.100: neither edge-1 nor the witness app answers"));
}

TEST_F(VipVotes, ASilentWitnessIsSaidWithWhatItMeans) {
  EXPECT_THAT(say({.kind = Event::Kind::WitnessSilent}),
              ElementsAre("vip public: the witness app does not answer edge-2; nothing moves because of that, but if "
                          "the owner of 10.0.0.100 fails as well, nobody may take over"));
  EXPECT_THAT(say({.kind = Event::Kind::WitnessAnswers}),
              ElementsAre("vip public: the witness app answers edge-2 again"));
}

TEST_F(VipVotes, TheWitnessSaysWhomItHasGivenItsVote) {
  begin("app");
  EXPECT_THAT(say({.kind = Event::Kind::VoteGiven, .holder = 0}),
              ElementsAre("witness of vip public: edge-1 may have 10.0.0.100"));
  EXPECT_THAT(say({.kind = Event::Kind::VoteGiven, .voter = 0, .holder = 1}),
              ElementsAre("witness of vip public: edge-2 may have 10.0.0.100, no longer edge-1"));
  EXPECT_THAT(say({.kind = Event::Kind::VoteFree, .voter = 1}),
              ElementsAre("witness of vip public: edge-2 has given 10.0.0.100 back, or is not heard any more"));
  EXPECT_THAT(say({.kind = Event::Kind::MayNot}), IsEmpty());
}

TEST_F(VipVotes, WhatIsShownSaysHowTheWitnessIs) {
  EXPECT_EQ(journal_.witness(0, kStart, {}, 0), "app answers");
  VoteState silent;
  silent.witness_silent = true;
  silent.answered = kStart - 12s;
  EXPECT_EQ(journal_.witness(0, kStart, silent, 0),
            "app silent for 12 s: if the owner fails as well, the addresses do not move by themselves");
}

TEST_F(VipVotes, APortThatIsTakenIsSaidOnce) {
  Snapshot snapshot;
  snapshot.generation = 1;
  snapshot.loop.ballots_error = EADDRINUSE;
  EXPECT_THAT(texts(journal_.look(kStart, snapshot)),
              ElementsAre("no witness can be asked, or answer: UDP port 9568: Address already in use"));
  EXPECT_THAT(journal_.look(kStart, snapshot), IsEmpty());
}

}  // namespace
}  // namespace stead::keeper::vip
