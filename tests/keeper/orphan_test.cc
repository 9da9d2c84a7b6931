#include "keeper/orphan.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "net/listen.h"
#include "tests/keeper/descriptors.h"

namespace stead::keeper {
namespace {

class OrphanMeeting : public testing::Test {
 protected:
  OrphanMeeting() {
    std::string pattern = "/tmp/stead-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~OrphanMeeting() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path() const { return directory_ + "/orphan.sock"; }
  [[nodiscard]] net::UniqueFd listen() const { return net::listen_unix(path(), net::UnixKind::Packets, 0600).value(); }

  static Orphan sample() {
    return {.version = "0.1.0",
            .pid = 42,
            .generation = 7,
            .listeners = {{.id = 3, .name = "any:80", .socket = file_with("listener 3")}}};
  }
  static void wait_readable(int fd) {
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    ASSERT_EQ(poll(&entry, 1, 10'000), 1);
  }

  std::string directory_;
};

TEST_F(OrphanMeeting, TheNewKeeperGetsTheListenersAndTheChannel) {
  const net::UniqueFd socket = listen();
  std::optional<net::MessageSocket> channel;
  std::jthread worker([&] {
    wait_readable(socket.get());
    channel = accept_keeper(socket.get(), sample());
  });
  Result<std::optional<AdoptedOrphan>> adopted = adopt_orphan(path(), {.version = "0.2.0", .pid = 1});
  worker.join();
  ASSERT_TRUE(adopted.has_value() && adopted->has_value());
  const Orphan& orphan = (*adopted)->orphan;
  EXPECT_EQ(orphan.version, "0.1.0");
  EXPECT_EQ(orphan.pid, 42);
  EXPECT_EQ(orphan.generation, 7U);
  ASSERT_EQ(orphan.listeners.size(), 1U);
  EXPECT_EQ(orphan.listeners[0].id, 3U);
  EXPECT_EQ(orphan.listeners[0].name, "any:80");
  EXPECT_EQ(text_in(orphan.listeners[0].socket), "listener 3");

  ASSERT_TRUE(channel.has_value());
  ASSERT_TRUE((*adopted)->channel.send(encode(ToWorker(Drain{.deadline_ms = 5})).value()));
  EXPECT_TRUE(decode_to_worker(channel->receive()->packet).has_value());
}

TEST_F(OrphanMeeting, WithoutAnOrphanThereIsNothingToAdopt) {
  const Result<std::optional<AdoptedOrphan>> nowhere = adopt_orphan(path(), {.version = "", .pid = 1});
  ASSERT_TRUE(nowhere.has_value());
  EXPECT_FALSE(nowhere->has_value());
  { const net::UniqueFd gone = listen(); }  // the path stays, nobody listens
  const Result<std::optional<AdoptedOrphan>> nobody = adopt_orphan(path(), {.version = "", .pid = 1});
  ASSERT_TRUE(nobody.has_value());
  EXPECT_FALSE(nobody->has_value());
}

TEST_F(OrphanMeeting, SomethingElseThatConnectsIsNoKeeper) {
  const net::UniqueFd socket = listen();
  net::MessageSocket stranger = net::MessageSocket::connect(path()).value();
  ASSERT_TRUE(stranger.send({.text = "GET / HTTP/1.1", .fds = {}}));
  EXPECT_FALSE(accept_keeper(socket.get(), sample()).has_value());
  net::MessageSocket gone = net::MessageSocket::connect(path()).value();
  gone = {};
  EXPECT_FALSE(accept_keeper(socket.get(), sample()).has_value());
  EXPECT_FALSE(accept_keeper(socket.get(), sample()).has_value());  // and nobody at all
}

TEST_F(OrphanMeeting, AWorkerThatListensButEndsIsAnError) {
  net::UniqueFd socket = listen();
  std::jthread worker([&] {
    wait_readable(socket.get());
    socket.reset();
  });
  EXPECT_FALSE(adopt_orphan(path(), {.version = "", .pid = 1}).has_value());
}

}  // namespace
}  // namespace stead::keeper
