// The ledger: shared memory in which a data loop writes down each client connection, so that a successor can go on with
// it when this process is gone without a chance to say anything (succession.h).
//
// It is also where the bytes of requests live while they are worked on: the read buffers are the ledger's pages. So
// writing down a request costs a store or two, not a copy, and what the successor finds is what the loop had.
//
//   [header][slot 0][slot 1] … [slot n-1][page 0: 16 KiB][page 1] … [page n-1]
//
// Pages are given out last in first out, and memory that was never touched costs nothing, so the resident size follows
// the number of requests under way at once, not the number of connections.
//
// Order of stores: the process may be killed between any two of them. A slot's `phase` is written last when something
// becomes recoverable and first when it stops being so; a successor that reads an old phase sees bytes that are still
// true.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace stead::service::http {

// What a successor may do with the connection.
enum class Phase : std::uint8_t {
  Free,
  // Nothing of the answer to what is in the page was sent, and it may be sent again: go on as if it had just arrived.
  // With an empty page: the connection is idle.
  Resumable,
  // A request that may not be repeated is under way, with no byte of answer yet: answer 502, then close.
  Unrepeatable,
  // Part of an answer was sent: only closing is honest.
  Answering,
};

inline constexpr std::uint32_t kNoPage = 0xffffffff;
inline constexpr std::uint32_t kNoSlot = 0xffffffff;
inline constexpr std::size_t kPageBytes = 16 * 1024;

// The client's address: 4 or 16 bytes, network order.
struct PeerAddress {
  std::uint8_t bytes[16] = {};
  std::uint16_t port = 0;   // host order
  std::uint8_t length = 0;  // 4, 16, or 0: unknown
};

struct Slot {
  std::atomic<Phase> phase;
  PeerAddress peer;
  std::int32_t fd;
  std::uint32_t listener;
  std::uint32_t page;   // kNoPage: none
  std::uint32_t begin;  // the unanswered bytes in the page
  std::atomic<std::uint32_t> end;
  std::uint32_t next_free;  // free list; meaningless to a successor
};
static_assert(sizeof(Slot) <= 64);

struct LedgerHeader {
  static constexpr std::uint64_t kMagic = 0x5354454144303031;  // "STEAD001": changes with the layout
  std::uint64_t magic;
  std::uint32_t capacity;
  std::atomic<std::uint32_t> slots_touched;  // slots at and above this were never used
};

// One loop's part of the ledger. One writer thread.
class Ledger {
 public:
  // Bytes of memory needed for `capacity` connections.
  [[nodiscard]] static std::size_t bytes_for(std::uint32_t capacity);

  // Lays out fresh, zeroed memory.
  static void format(void* memory, std::uint32_t capacity);

  // `memory` was formatted, by this process or by another. nullptr in `error` cases is for the caller to check: see
  // valid().
  explicit Ledger(void* memory);

  // False: another layout, written by another version. Nothing can be taken over from it.
  [[nodiscard]] static bool valid(const void* memory, std::size_t size);

  [[nodiscard]] std::uint32_t acquire_slot();  // kNoSlot: full
  void release_slot(std::uint32_t slot);
  [[nodiscard]] std::uint32_t acquire_page();  // kNoPage: full
  void release_page(std::uint32_t page);

  [[nodiscard]] Slot& slot(std::uint32_t index) { return slots_[index]; }
  [[nodiscard]] char* page(std::uint32_t index) { return pages_ + std::size_t{index} * kPageBytes; }
  [[nodiscard]] std::uint32_t slots_touched() const { return header_->slots_touched.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t capacity() const { return header_->capacity; }

 private:
  LedgerHeader* header_;
  Slot* slots_;
  char* pages_;
  std::uint32_t free_slot_ = kNoSlot;
  std::uint32_t next_slot_ = 0;
  std::uint32_t next_page_ = 0;
  // The free pages' list is threaded through the pages' own first bytes: those are in the cache, or soon will be.
  std::uint32_t free_page_ = kNoPage;
};

}  // namespace stead::service::http
