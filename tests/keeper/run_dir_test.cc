#include "keeper/run_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace stead::keeper {
namespace {

Surroundings ordinary() {
  return {.uid = 1000, .run_writable = false, .xdg_runtime_dir = "", .xdg_state_home = "", .home = "/home/ada"};
}

TEST(DefaultRunDir, IsTheSystemsForRoot) {
  Surroundings surroundings = ordinary();
  surroundings.uid = 0;
  surroundings.run_writable = true;
  surroundings.xdg_runtime_dir = "/run/user/0";
  EXPECT_EQ(default_run_dir(surroundings), "/run/stead");
  surroundings.run_writable = false;  // in some containers
  EXPECT_EQ(default_run_dir(surroundings), "/run/user/0/stead");
}

TEST(DefaultRunDir, IsTheUsersOwnForOthers) {
  Surroundings surroundings = ordinary();
  surroundings.run_writable = true;
  EXPECT_EQ(default_run_dir(surroundings), "/tmp/stead-1000");
  surroundings.xdg_runtime_dir = "/run/user/1000";
  EXPECT_EQ(default_run_dir(surroundings), "/run/user/1000/stead");
}

TEST(DefaultStateDir, FollowsTheUser) {
  Surroundings surroundings = ordinary();
  EXPECT_EQ(default_state_dir(surroundings), "/home/ada/.local/state/stead");
  surroundings.xdg_state_home = "/state";
  EXPECT_EQ(default_state_dir(surroundings), "/state/stead");
  surroundings.uid = 0;
  EXPECT_EQ(default_state_dir(surroundings), "/var/lib/stead");
  EXPECT_EQ(choose_state_dir("/given"), "/given");
}

class RunDirs : public testing::Test {
 protected:
  RunDirs() {
    std::string pattern = "/tmp/stead-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~RunDirs() override { std::filesystem::remove_all(directory_); }
  std::string directory_;
};

TEST_F(RunDirs, AreMadeWithTheirParents) {
  ASSERT_TRUE(prepare_dir(directory_ + "/a/b").has_value());
  EXPECT_TRUE(std::filesystem::is_directory(directory_ + "/a/b"));
  EXPECT_TRUE(prepare_dir(directory_ + "/a/b").has_value());  // also when it is there
}

TEST_F(RunDirs, ThatEveryoneCanWriteToAreRefused) {
  ASSERT_EQ(chmod(directory_.c_str(), 0777), 0);
  const Result<> prepared = prepare_dir(directory_);
  ASSERT_FALSE(prepared.has_value());
  EXPECT_NE(prepared.error().message.find("chmod o-w"), std::string::npos);
}

TEST_F(RunDirs, ThatAreFilesAreRefused) {
  ASSERT_TRUE(lock_run_dir(directory_).has_value());  // makes a file
  EXPECT_FALSE(prepare_dir(lock_file(directory_)).has_value());
}

TEST_F(RunDirs, BelongToOneKeeperAtATime) {
  Result<net::UniqueFd> first = lock_run_dir(directory_);
  ASSERT_TRUE(first.has_value());
  const Result<net::UniqueFd> second = lock_run_dir(directory_);
  ASSERT_FALSE(second.has_value());
  const std::string& message = second.error().message;
  EXPECT_NE(message.find("process " + std::to_string(getpid())), std::string::npos) << message;
  EXPECT_NE(message.find(directory_), std::string::npos) << message;
  EXPECT_NE(message.find("--run-dir"), std::string::npos) << message;
  first->reset();
  EXPECT_TRUE(lock_run_dir(directory_).has_value());
}

TEST_F(RunDirs, AreFreeAgainWhenTheirKeeperIsKilled) {
  const pid_t child = fork();
  if (child == 0) {
    const Result<net::UniqueFd> lock = lock_run_dir(directory_);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(lock_run_dir(directory_).has_value());
}

}  // namespace
}  // namespace stead::keeper
