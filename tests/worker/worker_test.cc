// A real worker process, with real members on loopback and a keeper that is the test.
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/json.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "keeper/orphan.h"
#include "tests/service/check/fake_member.h"
#include "tests/worker/test_keeper.h"

namespace stead::worker {
namespace {

using service::check::FakeMember;

net::UniqueFd connect_to(std::uint16_t port) {
  net::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

std::string get(std::uint16_t port, const std::string& path) {
  const net::UniqueFd fd = connect_to(port);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::string all;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    first_ = std::make_unique<FakeMember>(members_loop_, ok("first"));
    second_ = std::make_unique<FakeMember>(members_loop_, ok("second"));
    for (std::uint32_t id : {11U, 12U}) {
      net::SharedFd socket = net::share(net::listen_tcp("127.0.0.1", 0).value());
      listeners_.push_back({.id = id, .name = net::local_address(raw(socket)), .socket = socket});
    }
    keeper_ = std::make_unique<TestKeeper>(run_dir_);  // forks: before there is a thread
    members_thread_ = std::thread([this] { members_loop_.run(); });
  }
  ~WorkerTest() override {
    keeper_.reset();
    members_loop_.stop();
    members_thread_.join();
  }

  static FakeMember::Reply ok(const std::string& body) {
    return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
  }
  [[nodiscard]] std::string name_of(const FakeMember& member) const {
    return "127.0.0.1:" + std::to_string(member.endpoint().port());
  }
  [[nodiscard]] std::uint16_t port(std::size_t listener) const {
    return net::local_port(raw(listeners_[listener].socket));
  }

  // A site on all listeners, with a fixed answer at /fixed.
  [[nodiscard]] std::string config(const std::string& fixed = "one") const {
    return "[worker]\nloops = 2\n[site.shop]\nhosts = [\"*\"]\nlisten = [\"" + listeners_[0].name + "\", \"" +
           listeners_[1].name +
           "\"]\n[site.shop.route]\n\"/\" = { pool = \"api\" }\n\"/fixed\" = { answer = 200, body = \"" + fixed +
           "\" }\n[pool.api]\nmembers = [\"" + name_of(*first_) + "\", \"" + name_of(*second_) +
           "\"]\nbalance = \"round-robin\"\ncheck = { http = \"/healthz\", every = \"20s\" }\n";
  }

  keeper::Applied start(const std::string& health = {}) {
    keeper_->start(TestKeeper::assignment(1, config(), listeners_, run_dir_.log()), health);
    keeper_->expect<keeper::Hello>();
    return keeper_->expect<keeper::Applied>();
  }

  [[nodiscard]] admin::Status status() const {
    const auto response = admin::Client(run_dir_.admin_path()).request("GET", "/v1/status");
    EXPECT_TRUE(response);
    return admin::status_from_json(boost::json::parse(response->body)).value();
  }
  void drain_member(const FakeMember& member) const {
    const auto response = admin::Client(run_dir_.admin_path())
                              .request("POST", "/v1/members/drain", "{\"member\": \"" + name_of(member) + "\"}");
    ASSERT_TRUE(response);
    ASSERT_EQ(response->status, 200) << response->body;
  }

  boost::asio::io_context members_loop_;
  std::unique_ptr<FakeMember> first_;
  std::unique_ptr<FakeMember> second_;
  std::vector<keeper::ListenerSocket> listeners_;
  TestRunDir run_dir_;
  std::unique_ptr<TestKeeper> keeper_;
  std::thread members_thread_;
};

TEST_F(WorkerTest, IntroducesItselfServesAndBeats) {
  keeper_->start(TestKeeper::assignment(1, config(), listeners_, run_dir_.log()));
  const auto hello = keeper_->expect<keeper::Hello>();
  EXPECT_EQ(hello.version, "0.test");
  EXPECT_EQ(hello.pid, keeper_->pid());
  EXPECT_TRUE(hello.holder);
  EXPECT_TRUE(hello.ledger);
  const auto applied = keeper_->expect<keeper::Applied>();
  EXPECT_EQ(applied.generation, 1U);
  EXPECT_EQ(applied.loops, 2U);
  EXPECT_TRUE(get(port(0), "/fixed").ends_with("\r\n\r\none"));
  const std::string answers = get(port(0), "/") + get(port(1), "/") + get(port(0), "/") + get(port(1), "/");
  EXPECT_NE(answers.find("first"), std::string::npos);
  EXPECT_NE(answers.find("second"), std::string::npos);
  for (const Instant beat : keeper_->beats().read(1 + applied.loops)) EXPECT_GT(beat, Instant{});
}

TEST_F(WorkerTest, ShowsWhatItDoesAndObeysTheOperator) {
  start();
  drain_member(*first_);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(get(port(0), "/").ends_with("second"));
  const admin::Status now = status();
  EXPECT_EQ(now.pid, keeper_->pid());
  EXPECT_EQ(now.version, "0.test");
  EXPECT_EQ(now.generation, 1U);
  EXPECT_FALSE(now.keeper_gone);
  EXPECT_EQ(now.listeners.size(), 2U);
  EXPECT_EQ(now.totals().get(&service::http::LoopStats::requests), 6U);
  ASSERT_EQ(now.pools.size(), 1U);
  ASSERT_EQ(now.pools[0].members.size(), 2U);
  EXPECT_TRUE(now.pools[0].members[0].drained);
  EXPECT_EQ(now.pools[0].members[0].counters.get(&service::http::MemberStats::requests), 0U);
  // Not its requests: the member closes kept connections without a word, so that some are sent twice.
  EXPECT_EQ(now.pools[0].members[1].counters.get(&service::http::MemberStats::responses), 6U);
  EXPECT_EQ(now.pools[0].members[1].address, name_of(*second_));
}

TEST_F(WorkerTest, ARefusedConfigurationLeavesTheOldOneAndAGoodOneReplacesIt) {
  start();
  drain_member(*first_);
  keeper_->send(keeper::Apply{TestKeeper::assignment(2, "[pool", listeners_, nullptr)});
  const auto refused = keeper_->expect<keeper::Refused>();
  EXPECT_EQ(refused.generation, 2U);
  EXPECT_NE(refused.text.find("test.toml"), std::string::npos);
  EXPECT_TRUE(get(port(0), "/fixed").ends_with("one"));
  keeper_->send(keeper::Apply{TestKeeper::assignment(3, config("two"), listeners_, nullptr)});
  EXPECT_EQ(keeper_->expect<keeper::Applied>().generation, 3U);
  EXPECT_TRUE(get(port(0), "/fixed").ends_with("two"));
  EXPECT_EQ(status().generation, 3U);
  EXPECT_TRUE(status().pools[0].members[0].drained);  // the operator's word survives
}

TEST_F(WorkerTest, AReloadClosesTheListenersThatAreGoneAndKeepsTheOthers) {
  start();
  const std::uint16_t gone = port(1);
  std::vector<keeper::ListenerSocket> kept{listeners_[0]};
  keeper_->send(keeper::Apply{TestKeeper::assignment(2, config(), kept, nullptr)});
  keeper_->expect<keeper::Applied>();
  listeners_.pop_back();  // the keeper's copy
  while (connect_to(gone)) {
  }
  EXPECT_TRUE(get(port(0), "/fixed").ends_with("one"));
}

TEST_F(WorkerTest, BadMessagesDoNotHarmIt) {
  start();
  for (const char* text : {"{", "null", "{\"type\": \"apply\"}", "{\"type\": \"inherit\"}", "{\"type\": 7}"}) {
    keeper_->send_raw(text);
  }
  keeper_->start(TestKeeper::assignment(9, config(), listeners_, nullptr));  // a second Start
  keeper_->send(keeper::Apply{TestKeeper::assignment(2, config("two"), listeners_, nullptr)});
  EXPECT_EQ(keeper_->expect<keeper::Applied>().generation, 2U);
  EXPECT_TRUE(get(port(0), "/fixed").ends_with("two"));
}

TEST_F(WorkerTest, DrainsAndExitsInOrder) {
  start();
  get(port(0), "/one");
  get(port(0), "/two");
  keeper_->send(keeper::Drain{.deadline_ms = kLongMs});
  EXPECT_EQ(keeper_->expect<keeper::Drained>().cut, 0U);
  EXPECT_EQ(keeper_->wait_for_exit(), 0);
  const std::string log = net::read_text(raw(run_dir_.log()), 1 << 20).value();
  EXPECT_NE(log.find("\"GET shop /one\" 200"), std::string::npos) << log;
  EXPECT_NE(log.find("\"GET shop /two\" 200"), std::string::npos) << log;
}

TEST_F(WorkerTest, LeavesItsKnowledgeToTheNextOne) {
  start();
  drain_member(*second_);
  keeper_->send(keeper::Drain{.deadline_ms = kLongMs});
  keeper_->expect<keeper::Drained>();
  ASSERT_FALSE(keeper_->state().empty());
  EXPECT_EQ(keeper_->wait_for_exit(), 0);
  const std::string state = keeper_->state();
  keeper_ = std::make_unique<TestKeeper>(run_dir_);
  start(state);
  EXPECT_FALSE(status().pools[0].members[0].drained);
  EXPECT_TRUE(status().pools[0].members[1].drained);
}

TEST_F(WorkerTest, SaysOfWhichPoolsNoMemberCanServe) {
  keeper_->start(TestKeeper::assignment(1, config(), listeners_, run_dir_.log()));
  EXPECT_TRUE(keeper_->expect<keeper::IdlePools>().names.empty()) << "before it is asked to serve";
  keeper_->expect<keeper::Applied>();
  drain_member(*first_);
  drain_member(*second_);
  EXPECT_EQ(keeper_->expect<keeper::IdlePools>().names, std::vector<std::string>{"api"});
  keeper_->send(keeper::Apply{.assignment = TestKeeper::assignment(2, config("two"), listeners_, run_dir_.log())});
  EXPECT_EQ(keeper_->expect<keeper::IdlePools>().names, std::vector<std::string>{"api"}) << "and anew after a reload";
  keeper_->expect<keeper::Applied>();
  const auto response = admin::Client(run_dir_.admin_path())
                            .request("POST", "/v1/members/ready", "{\"member\": \"" + name_of(*first_) + "\"}");
  ASSERT_TRUE(response);
  EXPECT_TRUE(keeper_->expect<keeper::IdlePools>().names.empty());
}

TEST_F(WorkerTest, GoesOnWithoutItsKeeperAndTakesANewOne) {
  start();
  keeper_->vanish();
  while (!status().keeper_gone) {
  }
  EXPECT_TRUE(get(port(0), "/fixed").ends_with("one"));
  auto adopted = keeper::adopt_orphan(run_dir_.orphan_path(), {.version = "0.next", .pid = getpid()});
  ASSERT_TRUE(adopted && *adopted);
  EXPECT_EQ((*adopted)->orphan.pid, keeper_->pid());
  EXPECT_EQ((*adopted)->orphan.generation, 1U);
  EXPECT_EQ((*adopted)->orphan.listeners.size(), 2U);
  keeper_->take(std::move((*adopted)->channel));
  EXPECT_FALSE(status().keeper_gone);
  keeper_->send(keeper::Drain{.deadline_ms = kLongMs});
  keeper_->expect<keeper::Drained>();
  EXPECT_EQ(keeper_->wait_for_exit(), 0);
}

TEST_F(WorkerTest, AnOrphanObeysSigterm) {
  start();
  keeper_->vanish();
  while (!status().keeper_gone) {
  }
  kill(keeper_->pid(), SIGTERM);
  EXPECT_EQ(keeper_->wait_for_exit(), 0);
}

TEST_F(WorkerTest, WithItsKeeperItLeavesSignalsToIt) {
  start();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGQUIT}) kill(keeper_->pid(), signal);
  EXPECT_TRUE(get(port(0), "/fixed").ends_with("one"));
  EXPECT_EQ(status().pid, keeper_->pid());
}

TEST_F(WorkerTest, HandsOverToItsSuccessor) {
  start();
  // A kept connection, between two requests.
  const net::UniqueFd client = connect_to(port(0));
  const std::string request = "GET /fixed HTTP/1.1\r\nHost: shop\r\n\r\n";
  ASSERT_GT(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
  std::array<char, 4096> buffer{};
  ASSERT_GT(recv(client.get(), buffer.data(), buffer.size(), 0), 0);

  auto ends = net::MessageSocket::pair().value();
  TestKeeper next(run_dir_);
  next.start(TestKeeper::assignment(1, config("successor"), listeners_, run_dir_.log()));
  next.expect<keeper::Hello>();
  next.expect<keeper::Applied>();
  next.send(keeper::Inherit{
      .from = keeper::Inherit::From::Worker, .socket = net::share(ends.second.take()), .ledger = nullptr});
  keeper_->send(keeper::HandOver{.socket = net::share(ends.first.take()), .deadline_ms = kLongMs});
  keeper_->expect<keeper::Drained>();
  EXPECT_EQ(keeper_->wait_for_exit(), 0);

  ASSERT_GT(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
  const ssize_t count = recv(client.get(), buffer.data(), buffer.size(), 0);
  ASSERT_GT(count, 0);
  EXPECT_TRUE(std::string_view(buffer.data(), static_cast<std::size_t>(count)).ends_with("successor"));
  EXPECT_EQ(status().pid, next.pid());
  EXPECT_EQ(status().totals().get(&service::http::LoopStats::adopted), 1U);
}

TEST(WorkerWithoutAKeeper, EndsWithAnErrorBeforeItHasBegun) {
  const TestRunDir run_dir;
  TestKeeper vanished(run_dir);
  vanished.vanish();
  EXPECT_EQ(vanished.wait_for_exit(), 1);
  TestKeeper confused(run_dir);
  confused.send(keeper::Drain{});
  EXPECT_EQ(confused.wait_for_exit(), 1);
}

TEST(WorkerThatCannotServe, SaysWhyAndEnds) {
  const TestRunDir run_dir;
  TestKeeper keeper(run_dir);
  keeper.start(TestKeeper::assignment(4, "[pool", {}, nullptr));
  const auto refused = keeper.expect<keeper::Refused>();
  EXPECT_EQ(refused.generation, 4U);
  EXPECT_NE(refused.text.find("test.toml"), std::string::npos);
  EXPECT_EQ(keeper.wait_for_exit(), 1);
}

}  // namespace
}  // namespace stead::worker
