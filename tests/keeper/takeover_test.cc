#include "keeper/takeover.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>

#include "tests/keeper/descriptors.h"

namespace stead::keeper {
namespace {

TakeoverState sample() {
  TakeoverState state{.options = {.file = "shop.toml",
                                  .node = "edge-1",
                                  .run_dir = "/run/stead",
                                  .state_dir = "/var/lib/stead",
                                  .program = "/usr/bin/stead",
                                  .version = "0.1.0"},
                      .found_node = "edge-1",
                      .generation = 7,
                      .started = Instant(5s),
                      .listeners = {{.id = 3,
                                     .name = "any:80",
                                     .endpoint = {.address = "::", .port = 80},
                                     .socket = file_with("listener 3")}},
                      .next_listener_id = 4,
                      .workers = {},
                      .bad_tracks = {"uplink"},
                      .config = "name = \"shop\"\n",
                      .health = file_with("health"),
                      .access_log = nullptr,
                      .lock = file_with("lock"),
                      .control = file_with("control"),
                      .admin = file_with("admin"),
                      .orphan = file_with("orphan"),
                      .client = file_with("client")};
  state.workers.push_back({.pid = 42,
                           .child = true,
                           .role = WorkerRole::Current,
                           .serving = true,
                           .cut_off = false,
                           .watched = 5,
                           .beat_slots = Beats::kSlots,
                           .version = "0.1.0",
                           .deadline = Instant::max(),
                           .idle_pools = {{"app"}},
                           .pidfd = file_with("pidfd"),
                           .channel = file_with("channel"),
                           .beats = Beats::create()->fd(),
                           .holder = file_with("holder"),
                           .ledger = file_with("ledger")});
  state.workers.push_back({.pid = 43,
                           .child = false,
                           .role = WorkerRole::Leaving,
                           .serving = true,
                           .cut_off = true,
                           .watched = 0,
                           .beat_slots = 0,
                           .version = "0.0.9",
                           .deadline = Instant(9s),
                           .pidfd = file_with("pidfd 43"),
                           .channel = nullptr,
                           .beats = nullptr,
                           .holder = nullptr,
                           .ledger = nullptr});
  return state;
}

void expect_sample(const TakeoverState& state) {
  EXPECT_EQ(state.options.file, "shop.toml");
  EXPECT_EQ(state.options.node, "edge-1");
  EXPECT_EQ(state.options.run_dir, "/run/stead");
  EXPECT_EQ(state.options.state_dir, "/var/lib/stead");
  EXPECT_EQ(state.options.program, "/usr/bin/stead");
  EXPECT_EQ(state.options.version, "0.1.0");
  EXPECT_EQ(state.found_node, "edge-1");
  EXPECT_EQ(state.generation, 7U);
  EXPECT_EQ(state.started, Instant(5s));
  EXPECT_EQ(state.next_listener_id, 4U);
  EXPECT_EQ(state.config, "name = \"shop\"\n");
  EXPECT_EQ(state.bad_tracks, std::vector<std::string>{"uplink"});
  EXPECT_EQ(text_in(state.health), "health");
  EXPECT_EQ(state.access_log, nullptr);
  EXPECT_EQ(text_in(state.lock), "lock");
  EXPECT_EQ(text_in(state.control), "control");
  EXPECT_EQ(text_in(state.admin), "admin");
  EXPECT_EQ(text_in(state.orphan), "orphan");
  EXPECT_EQ(text_in(state.client), "client");
}

void expect_sample_workers(const TakeoverState& state) {
  ASSERT_EQ(state.workers.size(), 2U);
  const WorkerRecord& current = state.workers[0];
  EXPECT_EQ(current.pid, 42);
  EXPECT_TRUE(current.child);
  EXPECT_EQ(current.role, WorkerRole::Current);
  EXPECT_TRUE(current.serving);
  EXPECT_EQ(current.watched, 5U);
  EXPECT_EQ(current.deadline, Instant::max());
  EXPECT_EQ(current.idle_pools, std::vector<std::string>{"app"});
  EXPECT_EQ(text_in(current.pidfd), "pidfd");
  EXPECT_EQ(text_in(current.channel), "channel");
  EXPECT_EQ(text_in(current.holder), "holder");
  EXPECT_EQ(text_in(current.ledger), "ledger");
  const WorkerRecord& leaving = state.workers[1];
  EXPECT_FALSE(leaving.child);
  EXPECT_EQ(leaving.role, WorkerRole::Leaving);
  EXPECT_TRUE(leaving.cut_off);
  EXPECT_EQ(leaving.version, "0.0.9");
  EXPECT_EQ(leaving.deadline, Instant(9s));
  EXPECT_EQ(leaving.channel, nullptr);
  EXPECT_EQ(leaving.beats, nullptr);
  EXPECT_EQ(leaving.idle_pools, std::nullopt);
}

TEST(Takeover, TheStateRoundTrips) {
  const TakeoverState state = decode_takeover(encode(sample())).value();
  expect_sample(state);
  expect_sample_workers(state);
  ASSERT_EQ(state.listeners.size(), 1U);
  EXPECT_EQ(state.listeners[0].id, 3U);
  EXPECT_EQ(state.listeners[0].name, "any:80");
  EXPECT_EQ(state.listeners[0].endpoint, (config::Endpoint{.address = "::", .port = 80}));
  EXPECT_EQ(text_in(state.listeners[0].socket), "listener 3");
}

TEST(Takeover, EachDescriptorIsNamedOnce) {
  const net::Packet packet = encode(sample());
  std::set<int> numbers;
  for (const net::SharedFd& fd : packet.fds) numbers.insert(fd->get());
  EXPECT_EQ(numbers.size(), packet.fds.size());
}

TEST(Takeover, TheTrialReadsItWithoutTheDescriptors) {
  net::UniqueFd memfd;
  {
    const net::Packet packet = encode(sample());
    memfd = write_takeover(packet).value();
  }  // here they close, as for a process that never had them
  const net::Packet packet = read_takeover_for_trial(memfd.get()).value();
  const TakeoverState state = decode_takeover(packet).value();
  EXPECT_EQ(state.options.file, "shop.toml");
  EXPECT_EQ(state.workers.size(), 2U);
}

TEST(Takeover, AnotherFormatIsAnErrorAndNotABeginning) {
  const std::string other = R"({"fds":[],"state":"{\"type\":\"takeover\"}"})";
  for (const std::string& text :
       {std::string("x"), std::string("{}"), std::string(R"({"fds":[-1],"state":"{}"})"), other}) {
    const net::SharedFd memfd = file_with(text);
    const Result<net::Packet> packet = read_takeover_for_trial(net::raw(memfd));
    EXPECT_FALSE(packet.has_value() && decode_takeover(*packet).has_value()) << text;
  }
}

// In a process of its own, which becomes a shell: that sees the descriptors by their numbers, or fails.
TEST(Takeover, TheDescriptorsSurviveTheChangeOfProgram) {
  const pid_t child = fork();
  if (child == 0) {
    const net::Packet packet{.text = "{}", .fds = {file_with("kept")}};
    const net::SharedFd other = file_with("not kept");
    const net::UniqueFd memfd = write_takeover(packet).value();
    const std::string fds = "/proc/self/fd/";
    const std::string script = "grep -q kept " + fds + std::to_string(packet.fds[0]->get()) + " && grep -q state " +
                               fds + std::to_string(memfd.get()) + " && ! [ -e " + fds + std::to_string(other->get()) +
                               " ]";
    (void)become("/bin/sh", {"sh", "-c", script}, packet, memfd);
    _exit(99);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Takeover, AProgramThatCannotBeStartedChangesNothing) {
  const net::Packet packet{.text = "{}", .fds = {file_with("kept")}};
  const net::UniqueFd memfd = write_takeover(packet).value();
  const Error error = become("/nonexistent/stead", {"stead"}, packet, memfd);
  EXPECT_EQ(error.code, ENOENT);
  EXPECT_NE(fcntl(packet.fds[0]->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(fcntl(memfd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(WorkerRecord, AWorkerIsTheSameAfterwards) {
  auto [keeper_end, worker_end] = net::MessageSocket::pair().value();
  WorkerProcess worker;
  worker.process = net::find_process(getpid()).value();
  worker.channel = std::move(keeper_end);
  worker.beats = Beats::create().value();
  worker.beats->cell(1)->store(77);
  worker.watched = 2;
  worker.role = WorkerRole::Leaving;
  worker.serving = true;
  worker.deadline = Instant(9s);

  WorkerProcess restored = worker_of(record_of(worker).value()).value();
  worker.channel = {};
  EXPECT_EQ(restored.pid(), getpid());
  EXPECT_EQ(restored.role, WorkerRole::Leaving);
  EXPECT_TRUE(restored.serving);
  EXPECT_EQ(restored.deadline, Instant(9s));
  EXPECT_EQ(restored.beats->read(restored.watched)[1], Instant(77ns));
  ASSERT_TRUE(worker_end.send({.text = "still here", .fds = {}}));
  EXPECT_EQ(restored.channel.receive()->packet.text, "still here");
}

}  // namespace
}  // namespace stead::keeper
