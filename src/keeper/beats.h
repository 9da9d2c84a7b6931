// The worker's heartbeats: one page of shared memory in which each of its loops writes the time. The keeper reads it
// without asking anyone, so a hung worker cannot hide; and a store costs a loop next to nothing.
//
// The keeper creates it, one for each worker (a dying worker's late store must not speak for its successor); the worker
// maps what it got in Start.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/time.h"
#include "net/unique_fd.h"

namespace stead::keeper {

class Beats {
 public:
  static constexpr std::uint32_t kSlots = 257;  // the control loop and 256 data loops

  using Cell = std::atomic<std::int64_t>;
  static_assert(Cell::is_always_lock_free);

  [[nodiscard]] static Result<Beats> create();
  // Of another process; the mapping outlives `fd`. Fails where it is smaller than `slots` cells.
  [[nodiscard]] static Result<Beats> map(net::SharedFd fd, std::uint32_t slots);

  Beats(Beats&& other) noexcept;
  Beats& operator=(Beats&& other) noexcept;
  ~Beats();

  // The worker's loops write here.
  [[nodiscard]] Cell* cell(std::uint32_t slot) { return slot < slots_ ? cells_ + slot : nullptr; }
  // The keeper reads the first `count`; the span is valid until the next call.
  [[nodiscard]] std::span<const Instant> read(std::uint32_t count);

  [[nodiscard]] const net::SharedFd& fd() const { return fd_; }
  [[nodiscard]] std::uint32_t slots() const { return slots_; }

 private:
  Beats(net::SharedFd fd, void* memory, std::uint32_t slots);

  net::SharedFd fd_;
  Cell* cells_ = nullptr;
  std::uint32_t slots_ = 0;
  std::array<Instant, kSlots> copy_{};
};

}  // namespace stead::keeper
