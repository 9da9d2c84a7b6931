#include "net/notify.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "net/unix_address.h"

namespace stead::net {
namespace {

// The service manager's end: an abstract socket, so that nothing is left in the file system.
class Manager {
 public:
  Manager()
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)), path_("@stead-test-notify-" + std::to_string(getpid())) {
    const UnixAddress address = UnixAddress::of(path_).value();
    EXPECT_EQ(bind(fd_.get(), address.get(), address.size()), 0);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string next() const {
    std::array<char, 4096> bytes;
    const ssize_t got = recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return got < 0 ? "nothing" : std::string(bytes.data(), static_cast<std::size_t>(got));
  }
  void leave() { fd_.reset(); }

 private:
  UniqueFd fd_;
  std::string path_;
};

TEST(Notifier, SaysEachThingInTheProtocolsWords) {
  const Manager manager;
  Notifier notifier = Notifier::open(manager.path()).value();
  notifier.ready("serving");
  EXPECT_EQ(manager.next(), "READY=1\nSTATUS=serving");
  notifier.reloading(Instant(12'345'678ns));
  EXPECT_EQ(manager.next(), "RELOADING=1\nMONOTONIC_USEC=12345");
  notifier.stopping("draining");
  EXPECT_EQ(manager.next(), "STOPPING=1\nSTATUS=draining");
  notifier.watchdog();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(Notifier, AStatusOfSeveralLinesCannotAssignAnythingElse) {
  const Manager manager;
  Notifier notifier = Notifier::open(manager.path()).value();
  notifier.ready("a\nMAINPID=1");
  EXPECT_EQ(manager.next(), "READY=1\nSTATUS=a MAINPID=1");
}

TEST(Notifier, WithoutAManagerNothingHappens) {
  Result<Notifier> notifier = Notifier::open("");
  ASSERT_TRUE(notifier.has_value());
  notifier->ready("serving");
}

TEST(Notifier, AManagerThatIsGoneDoesNotDisturb) {
  Manager manager;
  Notifier notifier = Notifier::open(manager.path()).value();
  notifier.watchdog();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
  manager.leave();
  notifier.ready("serving");  // would end the test by an exception or a signal
}

TEST(Notifier, AnUnusableSocketIsAnError) {
  EXPECT_FALSE(Notifier::open("/nonexistent/socket").has_value());
  EXPECT_FALSE(Notifier::open(std::string(200, 'x')).has_value());
}

TEST(WatchdogInterval, IsHalfOfWhatIsAskedFor) {
  EXPECT_EQ(watchdog_interval("2000000", "", 7), Duration(1s));
  EXPECT_EQ(watchdog_interval("2000000", "7", 7), Duration(1s));
}

TEST(WatchdogInterval, IsNothingWhereNothingOrSomebodyElseIsAsked) {
  EXPECT_EQ(watchdog_interval("", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("0", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("-5", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("soon", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("2000000", "8", 7), std::nullopt);
}

}  // namespace
}  // namespace stead::net
