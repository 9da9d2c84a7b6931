#include "keeper/beats.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace stead::keeper {

Result<Beats> Beats::create() {
  net::UniqueFd fd(memfd_create("stead-beats", MFD_CLOEXEC));
  if (!fd) return failure_errno("create shared memory for heartbeats");
  if (ftruncate(fd.get(), kSlots * sizeof(Cell)) != 0) return failure_errno("size shared memory for heartbeats");
  return map(net::share(std::move(fd)), kSlots);
}

Result<Beats> Beats::map(net::SharedFd fd, std::uint32_t slots) {
  struct stat status {};
  if (fstat(raw(fd), &status) != 0) return failure_errno("look at the shared memory for heartbeats");
  // A store beyond the end would be a SIGBUS later.
  if (slots == 0 || slots > kSlots || status.st_size < static_cast<off_t>(slots * sizeof(Cell))) {
    return failure("the shared memory for heartbeats has an impossible size");
  }
  void* memory = mmap(nullptr, slots * sizeof(Cell), PROT_READ | PROT_WRITE, MAP_SHARED, raw(fd), 0);
  if (memory == MAP_FAILED) return failure_errno("map the shared memory for heartbeats");
  return Beats(std::move(fd), memory, slots);
}

Beats::Beats(net::SharedFd fd, void* memory, std::uint32_t slots)
    : fd_(std::move(fd)), cells_(static_cast<Cell*>(memory)), slots_(slots) {}

Beats::Beats(Beats&& other) noexcept
    : fd_(std::move(other.fd_)), cells_(std::exchange(other.cells_, nullptr)), slots_(std::exchange(other.slots_, 0)) {}

Beats& Beats::operator=(Beats&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(cells_, other.cells_);
  std::swap(slots_, other.slots_);
  return *this;
}

Beats::~Beats() {
  if (cells_ != nullptr) munmap(cells_, slots_ * sizeof(Cell));
}

std::span<const Instant> Beats::read(std::uint32_t count) {
  count = std::min(count, slots_);
  for (std::uint32_t i = 0; i < count; ++i) {
    copy_[i] = Instant(Duration(cells_[i].load(std::memory_order_relaxed)));
  }
  return std::span(copy_).first(count);
}

}  // namespace stead::keeper
