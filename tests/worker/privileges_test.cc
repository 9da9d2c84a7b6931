// Each test in a child process, since what is given up cannot be taken back.
#include "worker/privileges.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

namespace stead::worker {
namespace {

// The number of the first check that failed; 0: none.
int in_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

bool has_no_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
  for (const auto& set : sets) {
    if (set.effective != 0 || set.permitted != 0 || set.inheritable != 0) return false;
  }
  return true;
}

TEST(Privileges, AreGoneForGood) {
  EXPECT_EQ(in_child([] {
              const bool root = geteuid() == 0;
              if (!drop_privileges("")) return 1;
              if (!has_no_capabilities()) return 2;
              if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 3;
              if (!root) return 0;
              if (geteuid() == 0 || getuid() == 0 || getegid() == 0) return 4;
              if (getgroups(0, nullptr) != 0) return 5;
              if (setuid(0) == 0) return 6;
              if (prctl(PR_CAPBSET_READ, CAP_NET_ADMIN, 0, 0, 0) != 0) return 7;
              if (access("/etc/shadow", R_OK) == 0) return 8;
              return 0;
            }),
            0);
}

TEST(Privileges, AnUnknownUserIsAnErrorInWords) {
  EXPECT_EQ(in_child([] {
              const Result<> dropped = drop_privileges("no-such-user-here");
              if (dropped) return 1;
              return dropped.error().message.find("there is no user `no-such-user-here`") == std::string::npos ? 2 : 0;
            }),
            0);
}

TEST(Privileges, OnlyRootBecomesSomebodyElse) {
  EXPECT_EQ(in_child([] {
              if (geteuid() == 0 && !drop_privileges("nobody")) return 1;
              return drop_privileges("root") ? 2 : 0;
            }),
            0);
}

TEST(DescriptorLimit, IsRaisedToTheHardOne) {
  EXPECT_EQ(in_child([] {
              rlimit limit{};
              getrlimit(RLIMIT_NOFILE, &limit);
              limit.rlim_cur = 64;
              if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
              if (!raise_descriptor_limit()) return 2;
              getrlimit(RLIMIT_NOFILE, &limit);
              return limit.rlim_cur == limit.rlim_max ? 0 : 3;
            }),
            0);
}

}  // namespace
}  // namespace stead::worker
