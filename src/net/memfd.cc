#include "net/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace stead::net {

Result<UniqueFd> text_memfd(const char* name, std::string_view text) {
  UniqueFd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return failure_errno("create shared memory");
  while (!text.empty()) {
    const ssize_t written = ::write(fd.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure_errno("fill shared memory");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return failure_errno("seal shared memory");
  return fd;
}

Result<std::string> read_text(int fd, std::size_t limit) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return failure_errno("read");
  if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) > limit) {
    return failure("has " + std::to_string(status.st_size) + " bytes, and at most " + std::to_string(limit) +
                   " can be read");
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::pread(fd, text.data() + filled, text.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure_errno("read");
    if (got == 0) break;  // a file that shrank meanwhile
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace stead::net
