#include "keeper/run_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "net/memfd.h"

namespace stead::keeper {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // no thread of ours changes the environment
  return value == nullptr ? std::string() : std::string(value);
}

std::string lock_owner(int fd) {
  const Result<std::string> text = net::read_text(fd, 64);
  return text && !text->empty() ? "process " + text->substr(0, text->find('\n')) : "another process";
}

}  // namespace

Surroundings look_around() {
  return {.uid = geteuid(),
          .run_writable = access("/run", W_OK) == 0,
          .xdg_runtime_dir = variable("XDG_RUNTIME_DIR"),
          .xdg_state_home = variable("XDG_STATE_HOME"),
          .home = variable("HOME")};
}

std::string default_run_dir(const Surroundings& surroundings) {
  if (surroundings.uid == 0 && surroundings.run_writable) return "/run/stead";
  if (!surroundings.xdg_runtime_dir.empty()) return surroundings.xdg_runtime_dir + "/stead";
  return "/tmp/stead-" + std::to_string(surroundings.uid);
}

std::string default_state_dir(const Surroundings& surroundings) {
  if (surroundings.uid == 0) return "/var/lib/stead";
  if (!surroundings.xdg_state_home.empty()) return surroundings.xdg_state_home + "/stead";
  if (!surroundings.home.empty()) return surroundings.home + "/.local/state/stead";
  return "/tmp/stead-" + std::to_string(surroundings.uid) + "/state";
}

std::string choose_run_dir(const std::string& given) { return given.empty() ? default_run_dir(look_around()) : given; }

std::string choose_state_dir(const std::string& given) {
  return given.empty() ? default_state_dir(look_around()) : given;
}

Result<> prepare_dir(const std::string& dir) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(dir).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return failure_errno("create " + parent.string(), error.value());
  if (mkdir(dir.c_str(), 0755) != 0 && errno != EEXIST) return failure_errno("create " + dir);
  struct stat status {};
  if (stat(dir.c_str(), &status) != 0) return failure_errno("look at " + dir);
  if (!S_ISDIR(status.st_mode)) return failure(dir + " is not a directory");
  if (status.st_uid != geteuid() && geteuid() != 0) {
    return failure(dir + " belongs to somebody else (user id " + std::to_string(status.st_uid) +
                   "): give this Stead a directory of its own");
  }
  // In /tmp anybody could have made it before us; and whoever may write into it could put a socket of theirs in our
  // place.
  if ((status.st_mode & S_IWOTH) != 0) {
    return failure(dir + " can be written by everyone, who could then replace Stead's sockets: `chmod o-w " + dir +
                   "`");
  }
  if (access(dir.c_str(), W_OK | X_OK) != 0) return failure_errno("write to " + dir);
  return {};
}

Result<net::UniqueFd> lock_run_dir(const std::string& run_dir) {
  const std::string path = lock_file(run_dir);
  net::UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return failure_errno("open " + path);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure_errno("lock " + path);
    return failure("another Stead runs here already: " + lock_owner(fd.get()) + " has " + run_dir +
                   ". Stop it with `stead stop`, change what it serves with `stead reload`, or give this one a " +
                   "directory of its own with --run-dir DIR");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd.get(), 0) != 0 || pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
    return failure_errno("write " + path);
  }
  return fd;
}

}  // namespace stead::keeper
