#include "keeper/control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "keeper/control_client.h"
#include "keeper/control_server.h"
#include "keeper/run_dir.h"
#include "net/listen.h"
#include "net/unix_address.h"

namespace stead::keeper {
namespace {

TEST(ControlText, RequestsRoundTrip) {
  for (const ControlCommand command :
       {ControlCommand::Reload, ControlCommand::Upgrade, ControlCommand::Stop, ControlCommand::Status}) {
    for (const bool colour : {false, true}) {
      std::string line = encode(ControlRequest{.command = command, .colour = colour});
      ASSERT_EQ(line.back(), '\n');
      line.pop_back();
      const std::optional<ControlRequest> parsed = parse_request(line);
      ASSERT_TRUE(parsed.has_value()) << line;
      EXPECT_EQ(parsed->command, command);
      EXPECT_EQ(parsed->colour, colour);
    }
  }
}

TEST(ControlText, OrdersToAVipCarryItsName) {
  for (const ControlCommand command : {ControlCommand::Handover, ControlCommand::Takeback}) {
    std::string line = encode(ControlRequest{.command = command, .colour = false, .vip = "public"});
    line.pop_back();
    const std::optional<ControlRequest> parsed = parse_request(line);
    ASSERT_TRUE(parsed.has_value()) << line;
    EXPECT_EQ(parsed->command, command);
    EXPECT_EQ(parsed->vip, "public");
  }
  for (const char* line : {"handover", "handover ", "takeback", "handoverpublic", "reload public"}) {
    EXPECT_FALSE(parse_request(line).has_value()) << line;
  }
}

TEST(ControlText, AStatusSaysWhoHasWhichAddress) {
  KeeperStatus status;
  status.vips.push_back({.name = "public",
                         .addresses = {"10.0.0.100", "fd00::100"},
                         .state = "backup",
                         .why = "it has started to listen",
                         .problem = "no link",
                         .owner = "edge-1",
                         .next = "edge-2",
                         .since_ms = 1234,
                         .priority = 253,
                         .leaving = true,
                         .second_actives = 2,
                         .refused = 3,
                         .tracks = {{.name = "uplink", .good = true},
                                    {.name = "app",
                                     .good = false,
                                     .why = "no member of pool app can serve",
                                     .since_ms = 77,
                                     .weight = 100,
                                     .unknowns = 5}}});
  const ControlReply reply = decode_reply(encode(ControlReply{.ok = true, .text = "", .status = status})).value();
  ASSERT_EQ(reply.status.value().vips.size(), 1U);
  const KeeperStatus::Vip& vip = reply.status->vips[0];
  EXPECT_EQ(vip.name, "public");
  EXPECT_EQ(vip.addresses, (std::vector<std::string>{"10.0.0.100", "fd00::100"}));
  EXPECT_EQ(vip.state + "|" + vip.why + "|" + vip.problem + "|" + vip.owner + "|" + vip.next,
            "backup|it has started to listen|no link|edge-1|edge-2");
  EXPECT_EQ(vip.since_ms, 1234);
  EXPECT_EQ(vip.priority, 253U);
  EXPECT_TRUE(vip.leaving);
  EXPECT_EQ(vip.second_actives, 2U);
  EXPECT_EQ(vip.refused, 3U);
  ASSERT_EQ(vip.tracks.size(), 2U);
  EXPECT_TRUE(vip.tracks[0].good);
  EXPECT_EQ(vip.tracks[0].since_ms, -1);
  EXPECT_FALSE(vip.tracks[1].good);
  EXPECT_EQ(vip.tracks[1].name + "|" + vip.tracks[1].why, "app|no member of pool app can serve");
  EXPECT_EQ(vip.tracks[1].since_ms, 77);
  EXPECT_EQ(vip.tracks[1].weight, 100U);
  EXPECT_EQ(vip.tracks[1].unknowns, 5U);
}

TEST(ControlText, OtherLinesAreNoRequests) {
  for (const char* line : {"", " colour", "restart", "reload ", "reload colour colour", "RELOAD"}) {
    EXPECT_FALSE(parse_request(line).has_value()) << line;
  }
}

TEST(ControlText, RepliesRoundTrip) {
  const ControlReply reply{
      .ok = true,
      .text = "two\nlines \x1b[1m",
      .status = KeeperStatus{.pid = 1,
                             .version = "0.1.0",
                             .node = "edge-1",
                             .file = "shop.toml",
                             .generation = 7,
                             .uptime_ms = 1234,
                             .worker_deaths = 2,
                             .busy = "reload",
                             .workers = {{.pid = 5, .role = "current", .version = "0.1.0", .serving = true}},
                             .listeners = {{.name = "any:80", .address = "[::]:80", .problem = ""},
                                           {.name = "any:81", .address = "", .problem = "taken"}}}};
  const ControlReply decoded = decode_reply(encode(reply)).value();
  EXPECT_TRUE(decoded.ok);
  EXPECT_EQ(decoded.text, reply.text);
  ASSERT_TRUE(decoded.status.has_value());
  EXPECT_EQ(decoded.status->generation, 7U);
  EXPECT_EQ(decoded.status->uptime_ms, 1234);
  EXPECT_EQ(decoded.status->busy, "reload");
  ASSERT_EQ(decoded.status->workers.size(), 1U);
  EXPECT_EQ(decoded.status->workers[0].pid, 5);
  EXPECT_TRUE(decoded.status->workers[0].serving);
  ASSERT_EQ(decoded.status->listeners.size(), 2U);
  EXPECT_EQ(decoded.status->listeners[1].problem, "taken");
}

TEST(ControlText, BrokenRepliesAreErrors) {
  for (const char* text : {"", "{}", R"({"ok":1,"text":""})", R"({"ok":true,"text":"","status":5})"}) {
    EXPECT_FALSE(decode_reply(text).has_value()) << text;
  }
}

// A server, and clients that are driven by hand, in one thread.
class ControlSocket : public testing::Test {
 protected:
  ControlSocket() {
    std::string pattern = "/tmp/stead-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    server_.emplace(net::share(net::listen_unix(keeper_socket(directory_), net::UnixKind::Stream, 0600).value()));
  }
  ~ControlSocket() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] net::UniqueFd connect() const {
    const net::UnixAddress address = net::UnixAddress::of(keeper_socket(directory_)).value();
    net::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.get(), address.get(), address.size()), 0);
    return fd;
  }
  static void say(const net::UniqueFd& client, const std::string& text) {
    EXPECT_EQ(send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // What has arrived; "open" where nothing has, "closed" at the end.
  static std::string hear(const net::UniqueFd& client) {
    std::array<char, 4096> bytes;
    const ssize_t got = recv(client.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0) return "open";
    return got == 0 ? "closed" : std::string(bytes.data(), static_cast<std::size_t>(got));
  }
  // One turn of the keeper's loop: whatever is ready now.
  void turn(Instant now = Instant{}) {
    for (bool more = true; more;) {
      PollSet set;
      server_->list(set);
      const std::span<const Ready> ready = set.wait(now, now);
      more = !ready.empty();
      for (const Ready& one : ready) {
        if (one.source == Source::Control) server_->handle_listening(now);
        if (one.source == Source::ControlClient) server_->handle_client(one.id, now);
      }
    }
  }

  std::string directory_;
  std::optional<ControlServer> server_;
};

TEST_F(ControlSocket, ALineInPiecesIsOneRequest) {
  const net::UniqueFd client = connect();
  say(client, "rel");
  turn();
  EXPECT_FALSE(server_->poll_request().has_value());
  say(client, "oad colour\n");
  turn();
  const std::optional<ControlServer::Asked> asked = server_->poll_request();
  ASSERT_TRUE(asked.has_value());
  EXPECT_EQ(asked->request.command, ControlCommand::Reload);
  EXPECT_TRUE(asked->request.colour);
  EXPECT_EQ(hear(client), "open");
  server_->answer(asked->client, {.ok = true, .text = "done", .status = {}}, Instant{});
  EXPECT_EQ(hear(client), "{\"ok\":true,\"text\":\"done\"}\n");
  EXPECT_EQ(hear(client), "closed");
}

TEST_F(ControlSocket, AClientThatHasClosedItsSendingSideGetsItsAnswer) {
  const net::UniqueFd client = connect();
  say(client, "stop\n");
  ASSERT_EQ(shutdown(client.get(), SHUT_WR), 0);
  turn();
  const std::optional<ControlServer::Asked> asked = server_->poll_request();
  ASSERT_TRUE(asked.has_value());
  server_->answer(asked->client, {.ok = true, .text = "", .status = {}}, Instant{});
  EXPECT_NE(hear(client), "closed");
}

TEST_F(ControlSocket, NonsenseIsAnswered) {
  const net::UniqueFd client = connect();
  say(client, "GET / HTTP/1.1\r\n");
  turn();
  EXPECT_FALSE(server_->poll_request().has_value());
  EXPECT_NE(hear(client).find("\"ok\":false"), std::string::npos);
}

TEST_F(ControlSocket, ALineWithoutEndIsAnsweredToo) {
  const net::UniqueFd client = connect();
  say(client, std::string(ControlServer::kMaxLine, 'x'));
  turn();
  EXPECT_NE(hear(client).find("\"ok\":false"), std::string::npos);
}

TEST_F(ControlSocket, AClientThatSaysNothingIsDroppedInTheEnd) {
  const net::UniqueFd client = connect();
  turn(Instant(1s));
  server_->handle_tick(Instant(1s) + ControlServer::kPatience - 1ms);
  EXPECT_EQ(hear(client), "open");
  server_->handle_tick(Instant(1s) + ControlServer::kPatience);
  EXPECT_EQ(hear(client), "closed");
}

TEST_F(ControlSocket, AClientThatWaitsForAnAnswerIsNot) {
  const net::UniqueFd client = connect();
  say(client, "stop\n");
  turn();
  server_->handle_tick(Instant(1h));
  EXPECT_EQ(hear(client), "open");
}

TEST_F(ControlSocket, AnAnswerToAClientThatIsGoneIsNoMatter) {
  net::UniqueFd client = connect();
  say(client, "reload\n");
  turn();
  const ClientId id = server_->poll_request()->client;
  client.reset();
  turn();
  EXPECT_EQ(server_->client_socket(id), nullptr);
  server_->answer(id, {.ok = true, .text = "", .status = {}}, Instant{});
}

TEST_F(ControlSocket, ALargeAnswerArrivesAsTheClientTakesIt) {
  const net::UniqueFd client = connect();
  say(client, "reload\n");
  turn();
  const std::string text(1'000'000, 'x');
  server_->answer(server_->poll_request()->client, {.ok = false, .text = text, .status = {}}, Instant{});
  std::string received;
  for (std::string piece = hear(client); piece != "closed"; piece = hear(client)) {
    if (piece != "open") received += piece;
    turn();
  }
  EXPECT_EQ(decode_reply(received)->text, text);
}

TEST_F(ControlSocket, MoreClientsThanAllowedWaitTheirTurn) {
  std::vector<net::UniqueFd> clients;
  for (std::size_t i = 0; i <= ControlServer::kMaxClients; ++i) {
    clients.push_back(connect());
    say(clients.back(), "reload\n");
  }
  turn();
  std::vector<ClientId> asked;
  while (const std::optional<ControlServer::Asked> one = server_->poll_request()) asked.push_back(one->client);
  ASSERT_EQ(asked.size(), ControlServer::kMaxClients);
  server_->answer(asked.front(), {.ok = true, .text = "", .status = {}}, Instant{});
  turn();
  EXPECT_TRUE(server_->poll_request().has_value());
}

TEST_F(ControlSocket, AClientIsCarriedOverToTheKeepersNextLife) {
  const net::UniqueFd client = connect();
  say(client, "upgrade\n");
  turn();
  const net::SharedFd carried = server_->client_socket(server_->poll_request()->client);
  server_.emplace(net::share(net::duplicate(server_->listening()->get())));
  EXPECT_EQ(hear(client), "open");
  server_->answer(server_->restore_client(carried), {.ok = true, .text = "new", .status = {}}, Instant{});
  EXPECT_NE(hear(client).find("new"), std::string::npos);
}

TEST_F(ControlSocket, TheCommandWaitsForItsAnswer) {
  std::jthread keeper([this] {
    std::optional<ControlServer::Asked> asked;
    while (!(asked = server_->poll_request())) {
      PollSet set;
      server_->list(set);
      for (const Ready& one : set.wait(Instant{}, Instant(10s))) {
        if (one.source == Source::Control) server_->handle_listening(Instant{});
        if (one.source == Source::ControlClient) server_->handle_client(one.id, Instant{});
      }
    }
    server_->answer(asked->client, {.ok = false, .text = "no", .status = {}}, Instant{});
  });
  const Result<ControlReply> reply =
      ask_keeper(directory_, {.command = ControlCommand::Reload, .colour = false}, std::chrono::seconds(10));
  ASSERT_TRUE(reply.has_value());
  EXPECT_FALSE(reply->ok);
  EXPECT_EQ(reply->text, "no");
}

TEST_F(ControlSocket, ACommandWithoutAKeeperSaysWhatToDo) {
  const Result<ControlReply> reply = ask_keeper(
      directory_ + "/nowhere", {.command = ControlCommand::Reload, .colour = false}, std::chrono::seconds(1));
  ASSERT_FALSE(reply.has_value());
  EXPECT_NE(reply.error().message.find("stead run FILE"), std::string::npos);
  EXPECT_NE(reply.error().message.find("--run-dir"), std::string::npos);
}

}  // namespace
}  // namespace stead::keeper
