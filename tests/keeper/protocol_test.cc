#include "keeper/protocol.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/keeper/descriptors.h"

namespace stead::keeper {
namespace {

Assignment sample_assignment() {
  return {.generation = 7,
          .file_name = "shop.toml",
          .node = "edge-1",
          .listeners = {{.id = 3, .name = "edge-1:80", .socket = file_with("listener 3")},
                        {.id = 9, .name = "any:81", .socket = file_with("listener 9")}},
          .config = file_with("the config"),
          .access_log = nullptr};
}

// Through a real socket, so that what was counted wrongly would not arrive.
net::Packet travelled(const net::Packet& packet) {
  auto [one, other] = net::MessageSocket::pair().value();
  EXPECT_TRUE(one.send(packet).has_value());
  return std::move(other.receive().value().packet);
}

template <typename Message>
Message through(const ToWorker& message) {
  return std::get<Message>(decode_to_worker(travelled(encode(message).value())).value());
}

template <typename Message>
Message through(const ToKeeper& message) {
  return std::get<Message>(decode_to_keeper(travelled(encode(message).value())).value());
}

void expect_sample(const Assignment& assignment) {
  EXPECT_EQ(assignment.generation, 7U);
  EXPECT_EQ(assignment.file_name, "shop.toml");
  EXPECT_EQ(assignment.node, "edge-1");
  ASSERT_EQ(assignment.listeners.size(), 2U);
  EXPECT_EQ(assignment.listeners[0].id, 3U);
  EXPECT_EQ(assignment.listeners[0].name, "edge-1:80");
  EXPECT_EQ(text_in(assignment.listeners[0].socket), "listener 3");
  EXPECT_EQ(assignment.listeners[1].id, 9U);
  EXPECT_EQ(text_in(assignment.listeners[1].socket), "listener 9");
  EXPECT_EQ(text_in(assignment.config), "the config");
}

TEST(Protocol, StartArrivesWithEachDescriptorInItsPlace) {
  const auto start = through<Start>(Start{.assignment = sample_assignment(),
                                          .run_dir = "/run/stead",
                                          .state_dir = "/var/lib/stead",
                                          .admin = file_with("admin"),
                                          .orphan = file_with("orphan"),
                                          .beats = file_with("beats"),
                                          .beat_slots = 257,
                                          .health = file_with("health")});
  expect_sample(start.assignment);
  EXPECT_EQ(start.assignment.access_log, nullptr);
  EXPECT_EQ(start.run_dir, "/run/stead");
  EXPECT_EQ(start.state_dir, "/var/lib/stead");
  EXPECT_EQ(text_in(start.admin), "admin");
  EXPECT_EQ(text_in(start.orphan), "orphan");
  EXPECT_EQ(text_in(start.beats), "beats");
  EXPECT_EQ(start.beat_slots, 257U);
  EXPECT_EQ(text_in(start.health), "health");
}

TEST(Protocol, ApplyArrives) {
  Assignment assignment = sample_assignment();
  assignment.access_log = file_with("log");
  const auto apply = through<Apply>(Apply{assignment});
  expect_sample(apply.assignment);
  EXPECT_EQ(text_in(apply.assignment.access_log), "log");
}

TEST(Protocol, InheritSaysFromWhom) {
  const auto dead = through<Inherit>(
      Inherit{.from = Inherit::From::Holder, .socket = file_with("holder"), .ledger = file_with("ledger")});
  EXPECT_EQ(dead.from, Inherit::From::Holder);
  EXPECT_EQ(text_in(dead.socket), "holder");
  EXPECT_EQ(text_in(dead.ledger), "ledger");
  const auto living =
      through<Inherit>(Inherit{.from = Inherit::From::Worker, .socket = file_with("worker"), .ledger = nullptr});
  EXPECT_EQ(living.from, Inherit::From::Worker);
  EXPECT_EQ(text_in(living.socket), "worker");
  EXPECT_EQ(living.ledger, nullptr);
}

TEST(Protocol, LastOrdersArriveWithTheirDeadlines) {
  const auto hand_over = through<HandOver>(HandOver{.socket = file_with("successor"), .deadline_ms = 30'000});
  EXPECT_EQ(text_in(hand_over.socket), "successor");
  EXPECT_EQ(hand_over.deadline_ms, 30'000U);
  EXPECT_EQ(through<Drain>(ToWorker(Drain{.deadline_ms = 5})).deadline_ms, 5U);
}

TEST(Protocol, AddressesThatHaveMovedArrive) {
  const Moved moved = through<Moved>(ToWorker(Moved{.addresses = {"10.0.0.100", "fd00::1"}, .deadline_ms = 15000}));
  EXPECT_EQ(moved.addresses, (std::vector<std::string>{"10.0.0.100", "fd00::1"}));
  EXPECT_EQ(moved.deadline_ms, 15000U);
}

TEST(Protocol, MetricsArriveWhateverTheirSize) {
  const std::string text(300'000, 'm');  // more than a message could hold
  EXPECT_EQ(through<Metrics>(ToWorker(Metrics{.text = text})).text, text);
  EXPECT_EQ(through<Metrics>(ToWorker(Metrics{})).text, "");
  EXPECT_FALSE(encode(ToWorker(Metrics{.text = std::string(kMaxMetrics + 1, 'm')})));
}

TEST(Protocol, HelloMayComeWithoutAHolder) {
  const auto full = through<Hello>(
      Hello{.version = "0.1.0", .pid = 42, .holder = file_with("holder"), .ledger = file_with("ledger")});
  EXPECT_EQ(full.version, "0.1.0");
  EXPECT_EQ(full.pid, 42);
  EXPECT_EQ(text_in(full.holder), "holder");
  EXPECT_EQ(text_in(full.ledger), "ledger");
  const auto poor = through<Hello>(Hello{.version = "0.1.0", .pid = 42, .holder = nullptr, .ledger = nullptr});
  EXPECT_EQ(poor.holder, nullptr);
}

TEST(Protocol, AnswersArrive) {
  const auto applied = through<Applied>(ToKeeper(Applied{.generation = 7, .loops = 4}));
  EXPECT_EQ(applied.generation, 7U);
  EXPECT_EQ(applied.loops, 4U);
  const auto refused = through<Refused>(ToKeeper(Refused{.generation = 8, .text = "no user `x`\nreally"}));
  EXPECT_EQ(refused.generation, 8U);
  EXPECT_EQ(refused.text, "no user `x`\nreally");
  EXPECT_EQ(through<Drained>(ToKeeper(Drained{.cut = 3})).cut, 3U);
  const std::vector<std::string> names = {"app", "api"};
  EXPECT_EQ(through<IdlePools>(ToKeeper(IdlePools{.names = names})).names, names);
  EXPECT_TRUE(through<IdlePools>(ToKeeper(IdlePools{})).names.empty());
}

TEST(Protocol, AStateMayBeLargerThanAMessage) {
  const std::string blob(4 * net::MessageSocket::kMaxText, '\x01');
  EXPECT_EQ(through<State>(ToKeeper(State{.blob = blob})).blob, blob);
}

TEST(Protocol, ARefusalOfAnyLengthFitsIntoAMessage) {
  const auto refused = through<Refused>(ToKeeper(Refused{.generation = 1, .text = std::string(1'000'000, '\x01')}));
  EXPECT_GT(refused.text.size(), 1000U);
}

TEST(Protocol, TheLargestStartFitsIntoAMessage) {
  Assignment assignment = sample_assignment();
  assignment.listeners.assign(
      kMaxListeners, {.id = 4'000'000'000, .name = std::string(253, 'n') + ":65535", .socket = file_with("same")});
  assignment.access_log = file_with("log");
  const auto start = through<Start>(Start{.assignment = assignment,
                                          .run_dir = std::string(4096, 'r'),
                                          .state_dir = std::string(4096, 's'),
                                          .admin = file_with("admin"),
                                          .orphan = file_with("orphan"),
                                          .beats = file_with("beats"),
                                          .beat_slots = 257,
                                          .health = file_with("health")});
  EXPECT_EQ(start.assignment.listeners.size(), kMaxListeners);
}

TEST(Protocol, KeysOfALaterVersionAreIgnored) {
  const auto decoded = decode_to_worker({.text = R"({"type":"drain","deadline_ms":5,"colour":"red"})", .fds = {}});
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(std::get<Drain>(*decoded).deadline_ms, 5U);
}

TEST(Protocol, WhatCannotBeUnderstoodIsAnError) {
  for (const char* text :
       {"", "x", "[]", "{}", R"({"type":5})", R"({"type":"dance"})", R"({"type":"drain"})",
        R"({"type":"drain","deadline_ms":-1})", R"({"type":"drain","deadline_ms":4294967296})",
        R"({"type":"drain","deadline_ms":"5"})", R"({"type":"drain","deadline_ms":1.5})",
        R"({"type":"hand-over","deadline_ms":5})", R"({"type":"hand-over","deadline_ms":5,"socket":0})",
        R"({"type":"inherit","from":"nobody","socket":0})",
        R"({"type":"apply","generation":1,"file_name":"","node":"","listeners":[5],"config":0})"}) {
    EXPECT_FALSE(decode_to_worker({.text = text, .fds = {}}).has_value()) << text;
  }
  EXPECT_FALSE(decode_to_keeper({.text = R"({"type":"drain","deadline_ms":5})", .fds = {}}).has_value());
}

}  // namespace
}  // namespace stead::keeper
