// A bounded queue of byte records between one producer thread and one consumer thread, without locks and without
// waiting: when it is full, push refuses and the producer counts a drop. For access records, which may be lost but must
// never hold up a data loop.
//
//   [size u32][record …][padding to 8] [size][record …] …   a record never wraps: size kSkip sends the reader to the
//   start
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace stead {

class ByteRing {
 public:
  // `capacity` in bytes, rounded up to a power of two.
  explicit ByteRing(std::size_t capacity) {
    while (capacity_ < capacity) capacity_ *= 2;
    bytes_ = std::make_unique<char[]>(capacity_);
  }

  // Producer only. Joins the pieces into one record. False: no room, nothing was stored.
  bool push(std::initializer_list<std::string_view> pieces) {
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    const std::size_t needed = round_up(size + kHeader);
    if (needed > capacity_ / 2) return false;
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_acquire);
    std::size_t at = offset(head);
    const std::size_t to_end = capacity_ - at;
    const std::size_t skipped = needed > to_end ? to_end : 0;
    if (head - tail + skipped + needed > capacity_) return false;
    if (skipped > 0) {
      store_size(at, kSkip);
      head += skipped;
      at = 0;
    }
    store_size(at, static_cast<std::uint32_t>(size));
    char* out = bytes_.get() + at + kHeader;
    for (const std::string_view piece : pieces) {
      if (!piece.empty()) std::memcpy(out, piece.data(), piece.size());
      out += piece.size();
    }
    head_.store(head + needed, std::memory_order_release);
    return true;
  }

  // Consumer only. Calls `use(std::string_view)` for each record; the view ends with the call. Returns how many.
  template <typename Use>
  std::size_t drain(Use&& use) {
    std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    std::size_t count = 0;
    while (tail != head) {
      const std::size_t at = offset(tail);
      std::uint32_t size = 0;
      std::memcpy(&size, bytes_.get() + at, sizeof size);
      if (size == kSkip) {
        tail += capacity_ - at;
      } else {
        use(std::string_view(bytes_.get() + at + kHeader, size));
        tail += round_up(size + kHeader);
        ++count;
      }
      tail_.store(tail, std::memory_order_release);
    }
    return count;
  }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  static constexpr std::size_t kHeader = sizeof(std::uint32_t);
  static constexpr std::uint32_t kSkip = 0xffffffff;
  static constexpr std::size_t round_up(std::size_t size) { return (size + 7) & ~std::size_t{7}; }
  [[nodiscard]] std::size_t offset(std::uint64_t position) const { return position & (capacity_ - 1); }
  void store_size(std::size_t at, std::uint32_t size) { std::memcpy(bytes_.get() + at, &size, sizeof size); }

  std::size_t capacity_ = 4096;
  std::unique_ptr<char[]> bytes_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace stead
