#include "service/http/ledger.h"

#include <cstring>
#include <new>

namespace stead::service::http {

namespace {

constexpr std::size_t kAlignment = 4096;

constexpr std::size_t align(std::size_t size) { return (size + kAlignment - 1) & ~(kAlignment - 1); }

// The slots begin on a cache line of their own.
constexpr std::size_t kSlotsOffset = 64;
static_assert(sizeof(LedgerHeader) <= kSlotsOffset);

std::size_t pages_offset(std::uint32_t capacity) { return align(kSlotsOffset + capacity * sizeof(Slot)); }

}  // namespace

std::size_t Ledger::bytes_for(std::uint32_t capacity) {
  return pages_offset(capacity) + std::size_t{capacity} * kPageBytes;
}

void Ledger::format(void* memory, std::uint32_t capacity) {
  auto* header = ::new (memory) LedgerHeader{};
  header->capacity = capacity;
  header->slots_touched.store(0, std::memory_order_relaxed);
  header->magic = LedgerHeader::kMagic;
}

Ledger::Ledger(void* memory)
    : header_(static_cast<LedgerHeader*>(memory)),
      slots_(reinterpret_cast<Slot*>(static_cast<char*>(memory) + kSlotsOffset)),
      pages_(static_cast<char*>(memory) + pages_offset(header_->capacity)) {}

bool Ledger::valid(const void* memory, std::size_t size) {
  if (size < sizeof(LedgerHeader)) return false;
  const auto* header = static_cast<const LedgerHeader*>(memory);
  return header->magic == LedgerHeader::kMagic && header->slots_touched.load() <= header->capacity &&
         bytes_for(header->capacity) <= size;
}

std::uint32_t Ledger::acquire_slot() {
  if (free_slot_ != kNoSlot) {
    const std::uint32_t index = free_slot_;
    free_slot_ = slots_[index].next_free;
    return index;
  }
  if (next_slot_ == header_->capacity) return kNoSlot;
  const std::uint32_t index = next_slot_++;
  ::new (static_cast<void*>(&slots_[index])) Slot{};
  header_->slots_touched.store(next_slot_, std::memory_order_release);
  return index;
}

void Ledger::release_slot(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.phase.store(Phase::Free, std::memory_order_release);
  slot.fd = -1;
  slot.next_free = free_slot_;
  free_slot_ = index;
}

std::uint32_t Ledger::acquire_page() {
  if (free_page_ != kNoPage) {
    const std::uint32_t index = free_page_;
    std::memcpy(&free_page_, page(index), sizeof free_page_);
    return index;
  }
  return next_page_ == header_->capacity ? kNoPage : next_page_++;
}

void Ledger::release_page(std::uint32_t index) {
  std::memcpy(page(index), &free_page_, sizeof free_page_);
  free_page_ = index;
}

}  // namespace stead::service::http
