// What the log says of virtual addresses.
#include "keeper/vip/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.h"

namespace stead::keeper::vip {
namespace {

using core::vrrp::Cause;
using core::vrrp::Changed;
using core::vrrp::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Instant kStart{1000s};
constexpr IpAddress kEdge2 = IpAddress::v4(10, 0, 0, 12);
constexpr IpAddress kStranger = IpAddress::v4(10, 0, 0, 99);

class VipJournal : public ::testing::Test {
 protected:
  VipJournal() {
    config_ = *config::read(
                   "[node]\nedge-1 = \"10.0.0.11/24\"\nedge-2 = \"10.0.0.12/24\"\n[site.s]\nlisten = \"public:80\"\n"
                   "route = { \"/\" = { answer = 200 } }\n[vip.public]\naddress = \"10.0.0.100/24\"\nnodes = "
                   "[\"edge-1\", \"edge-2\"]\n",
                   "test.toml")
                   .config;
    plan_ = make_plan(config_, "edge-1");
    journal_.begin(plan_, 1, config_, "edge-1");
  }

  std::vector<std::string> texts(const std::vector<Line>& lines) {
    std::vector<std::string> result;
    for (const Line& line : lines) result.push_back(line.text);
    return result;
  }
  std::vector<std::string> say(const Changed& changed) {
    return texts(journal_.handle(kStart, {.kind = Event::Kind::Changed, .generation = 1, .changed = changed}));
  }

  config::Config config_;
  Plan plan_;
  Journal journal_;
};

TEST_F(VipJournal, ATakeoverSaysWhoWasSilentForHowLong) {
  EXPECT_THAT(say({.from = State::Backup,
                   .to = State::Active,
                   .cause = Cause::Silence,
                   .peer = kEdge2,
                   .peer_priority = 253,
                   .silence = 312ms}),
              ElementsAre("vip public: edge-1 took 10.0.0.100: edge-2 silent for 312 ms"));
  EXPECT_EQ(journal_.why(0), "edge-2 silent for 312 ms");
}

TEST_F(VipJournal, RoutersThatAreNoNodesAreCalledByTheirAddress) {
  EXPECT_THAT(say({.from = State::Active,
                   .to = State::Backup,
                   .cause = Cause::Yielded,
                   .peer = kStranger,
                   .peer_priority = 255,
                   .silence = {}}),
              ElementsAre("vip public: edge-1 left 10.0.0.100: 10.0.0.99 has the higher priority 255"));
}

TEST_F(VipJournal, EveryCauseHasItsWords) {
  for (const Cause cause : {Cause::Started, Cause::Resumed, Cause::Silence, Cause::Resigned, Cause::Preempted,
                            Cause::Yielded, Cause::HandedOver, Cause::Stalled, Cause::Disabled, Cause::Stopped}) {
    const std::vector<std::string> lines = say(
        {.from = State::Active, .to = State::Active, .cause = cause, .peer = {}, .peer_priority = 0, .silence = {}});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("vip public: edge-1 ")) << lines[0];
    EXPECT_NE(journal_.why(0), "");
  }
}

TEST_F(VipJournal, ASecondOwnerIsReportedOnceForAWhile) {
  const Event event{.kind = Event::Kind::SecondActive, .generation = 1, .peer = kEdge2, .priority = 253};
  EXPECT_THAT(texts(journal_.handle(kStart, event)),
              ElementsAre("vip public: two nodes have 10.0.0.100: edge-1 and edge-2, whose priority is 253; the better "
                          "one keeps it"));
  EXPECT_THAT(journal_.handle(kStart + Journal::kQuiet - 1ms, event), IsEmpty());
  EXPECT_EQ(journal_.handle(kStart + Journal::kQuiet, event).size(), 1U);
}

TEST_F(VipJournal, RefusedAdvertsAreSummedUp) {
  Snapshot snapshot{.generation = 1, .groups = std::vector<GroupState>(1), .loop = {}};
  EXPECT_THAT(journal_.look(kStart, snapshot), IsEmpty());
  snapshot.groups[0].refused[static_cast<std::size_t>(core::vrrp::Fault::BadPassword)] = 1;
  snapshot.groups[0].refused_from = kStranger;
  EXPECT_THAT(texts(journal_.look(kStart, snapshot)),
              ElementsAre("vip public: 1 advert refused: the last, from 10.0.0.99, has another password"));
  snapshot.groups[0].refused[static_cast<std::size_t>(core::vrrp::Fault::BadPassword)] = 101;
  EXPECT_THAT(journal_.look(kStart + 1s, snapshot), IsEmpty());
  EXPECT_THAT(texts(journal_.look(kStart + Journal::kQuiet, snapshot)),
              ElementsAre("vip public: 100 adverts refused: the last, from 10.0.0.99, has another password"));
  EXPECT_THAT(journal_.look(kStart + 3 * Journal::kQuiet, snapshot), IsEmpty());
}

TEST(VipProblem, WithoutAnInterfaceOfOnesOwnSaysWhatIsMissing) {
  EXPECT_EQ(describe(Problem::NoOwnInterface, EOPNOTSUPP),
            "there can be no interface with the virtual MAC: Operation not supported (the kernel has no macvlan: "
            "`modprobe macvlan`, or leave `mac` out)");
  EXPECT_EQ(describe(Problem::NoOwnInterface, EROFS),
            "there can be no interface with the virtual MAC: Read-only file system (/proc/sys must be writable for it, "
            "or leave `mac` out)");
  EXPECT_EQ(describe(Problem::NoOwnInterface, EPERM),
            "there can be no interface with the virtual MAC: Operation not permitted (run Stead as root, or with "
            "CAP_NET_ADMIN)");
}

TEST_F(VipJournal, ProblemsSayWhatToDo) {
  const Event event{.kind = Event::Kind::ProblemBegan, .generation = 1, .problem = Problem::NoSocket, .code = EPERM};
  EXPECT_THAT(
      texts(journal_.handle(kStart, event)),
      ElementsAre("vip public: edge-1 cannot have 10.0.0.100: adverts can be neither sent nor heard: Operation not "
                  "permitted (run Stead as root, or with CAP_NET_RAW and CAP_NET_ADMIN)"));
}

TEST_F(VipJournal, AWithdrawalSaysWhatIsBad) {
  journal_.set_withdrawal("public", "uplink is bad: no answer from 10.0.0.1 for 3 s");
  const Event began{.kind = Event::Kind::ProblemBegan, .generation = 1, .problem = Problem::Withdrawn};
  EXPECT_THAT(texts(journal_.handle(kStart, began)),
              ElementsAre("vip public: edge-1 cannot have 10.0.0.100: uplink is bad: no answer from 10.0.0.1 for 3 s"));
  EXPECT_THAT(say({.from = State::Active,
                   .to = State::Initialize,
                   .cause = Cause::Disabled,
                   .peer = {},
                   .peer_priority = 0,
                   .silence = {}}),
              ElementsAre("vip public: edge-1 gave up 10.0.0.100: uplink is bad: no answer from 10.0.0.1 for 3 s"));
  GroupState state;
  state.problem = Problem::Withdrawn;
  EXPECT_EQ(journal_.problem(0, state), "uplink is bad: no answer from 10.0.0.1 for 3 s");
  state.problem = Problem::WorkerDown;
  EXPECT_EQ(journal_.problem(0, state), "no worker serves on this node");
  const Event ended{.kind = Event::Kind::ProblemEnded, .generation = 1, .problem = Problem::Withdrawn};
  EXPECT_THAT(
      texts(journal_.handle(kStart, ended)),
      ElementsAre("vip public: edge-1 can have 10.0.0.100 again; before: uplink is bad: no answer from 10.0.0.1 "
                  "for 3 s"));
}

TEST_F(VipJournal, EventsOfAnEarlierPlanAreLeftOut) {
  journal_.begin(plan_, 2, config_, "edge-1");
  EXPECT_THAT(say({.from = State::Backup,
                   .to = State::Active,
                   .cause = Cause::Silence,
                   .peer = {},
                   .peer_priority = 0,
                   .silence = {}}),
              IsEmpty());
}

TEST_F(VipJournal, AReloadForgetsNothingOfWhatStays) {
  say({.from = State::Backup,
       .to = State::Active,
       .cause = Cause::Resigned,
       .peer = kEdge2,
       .peer_priority = 254,
       .silence = {}});
  journal_.begin(plan_, 2, config_, "edge-1");
  EXPECT_EQ(journal_.why(0), "edge-2 gave up");
}

}  // namespace
}  // namespace stead::keeper::vip
