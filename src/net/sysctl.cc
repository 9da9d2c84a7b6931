#include "net/sysctl.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "net/unique_fd.h"

namespace stead::net {
namespace {

std::string path_of(const std::string& name) { return "/proc/sys/" + name; }

}  // namespace

Result<std::string> read_sysctl(const std::string& name) {
  const UniqueFd file(open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failure_errno("open " + path_of(name));
  std::array<char, 4096> bytes;
  const ssize_t size = read(file.get(), bytes.data(), bytes.size());
  if (size < 0) return failure_errno("read " + path_of(name));
  std::string text(bytes.data(), static_cast<std::size_t>(size));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<> set_sysctl(const std::string& name, const std::string& value) {
  Result<std::string> before = read_sysctl(name);
  if (!before) return std::unexpected(std::move(before.error()));
  if (*before == value) return {};
  const UniqueFd file(open(path_of(name).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return failure_errno("open " + path_of(name) + " for writing");
  if (write(file.get(), value.data(), value.size()) < 0) return failure_errno("write " + path_of(name));
  return {};
}

Result<> may_set_sysctl(const std::string& name, const std::string& value) {
  Result<std::string> before = read_sysctl(name);
  if (!before) return std::unexpected(std::move(before.error()));
  if (*before == value || access(path_of(name).c_str(), W_OK) == 0) return {};
  return failure_errno("open " + path_of(name) + " for writing");
}

}  // namespace stead::net
