#include "worker/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace stead::worker {

namespace {

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
};

Result<Identity> look_up(const std::string& user) {
  errno = 0;
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) {
    return failure("worker.user: there is no user `" + user + "` on this machine; create it, or name another");
  }
  return Identity{entry->pw_uid, entry->pw_gid};
}

// The sets that survive a change of user: the bounding set, which limits what any later exec could gain, and the
// ambient one. Without CAP_SETPCAP the bounding set stays, which then does no harm: nothing can be gained after
// NO_NEW_PRIVS.
void drop_inheritable_sets() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) break;
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

Result<> drop_own_sets() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) return failure_errno("give up the capabilities");
  return {};
}

Result<> become(const Identity& identity) {
  if (setgroups(0, nullptr) != 0) return failure_errno("leave the supplementary groups");
  if (setresgid(identity.group, identity.group, identity.group) != 0) return failure_errno("change the group");
  if (setresuid(identity.user, identity.user, identity.user) != 0) return failure_errno("change the user");
  if (identity.user != 0 && setuid(0) == 0) return failure("the worker could become root again");
  return {};
}

}  // namespace

Result<> drop_privileges(const std::string& user) {
  drop_inheritable_sets();
  if (geteuid() == 0) {
    const Result<Identity> identity = look_up(user.empty() ? "nobody" : user);
    if (!identity) return std::unexpected(identity.error());
    if (auto became = become(*identity); !became) return became;
  } else if (!user.empty()) {
    const Result<Identity> identity = look_up(user);
    if (!identity) return std::unexpected(identity.error());
    if (identity->user != geteuid()) {
      return failure("worker.user: only root can run the worker as `" + user +
                     "`; leave the key out, or start Stead as root");
    }
  }
  if (auto dropped = drop_own_sets(); !dropped) return dropped;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure_errno("forbid new privileges");
  return {};
}

Result<> raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return failure_errno("ask how many descriptors may be open");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return failure_errno("raise the limit of open descriptors");
  return {};
}

}  // namespace stead::worker
