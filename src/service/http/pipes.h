// Pipes through which a long body moves from one socket to the other inside the kernel (splice(2)), so that its bytes
// are copied neither in nor out. Kept in a list when they are free. A connection holds one only while its answer is
// longer than what is worth the extra calls. One thread.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "net/unique_fd.h"

namespace stead::service::http {

struct Pipe {
  net::UniqueFd out;         // read from
  net::UniqueFd in;          // written to
  std::uint32_t filled = 0;  // bytes in it
};

class Pipes {
 public:
  // nullptr: no descriptor is left; the body can be copied all the same.
  [[nodiscard]] std::unique_ptr<Pipe> take() {
    if (!free_.empty()) {
      std::unique_ptr<Pipe> pipe = std::move(free_.back());
      free_.pop_back();
      return pipe;
    }
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
    return std::make_unique<Pipe>(Pipe{net::UniqueFd(ends[0]), net::UniqueFd(ends[1])});
  }
  // One that still holds bytes of a body that was given up is closed.
  void give_back(std::unique_ptr<Pipe> pipe) {
    if (pipe != nullptr && pipe->filled == 0 && free_.size() < kKept) free_.push_back(std::move(pipe));
  }

 private:
  static constexpr std::size_t kKept = 64;
  std::vector<std::unique_ptr<Pipe>> free_;
};

}  // namespace stead::service::http
