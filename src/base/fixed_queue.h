// A queue of at most N elements, inside the object: for what must not allocate. More than N at once is a programming
// error, and checked in every build.
#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <utility>

namespace stead {

template <typename T, std::size_t N>
class FixedQueue {
 public:
  void push(T value) {
    if (size_ == N) std::abort();
    slots_[(begin_ + size_++) % N] = std::move(value);
  }
  [[nodiscard]] std::optional<T> pop() {
    if (size_ == 0) return std::nullopt;
    std::optional<T> value(std::move(slots_[begin_]));
    begin_ = (begin_ + 1) % N;
    --size_;
    return value;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == N; }

 private:
  std::array<T, N> slots_{};
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace stead
