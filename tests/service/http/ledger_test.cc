// The ledger as its writer uses it, and as a successor finds it.
#include "service/http/ledger.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>
#include <string>

namespace stead::service::http {
namespace {

constexpr std::uint32_t kCapacity = 8;

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() : memory_(std::make_unique<Aligned[]>(Ledger::bytes_for(kCapacity) / sizeof(Aligned) + 1)) {
    std::memset(memory_.get(), 0, Ledger::bytes_for(kCapacity));
    Ledger::format(memory_.get(), kCapacity);
  }

  struct alignas(64) Aligned {
    char bytes[64];
  };
  std::unique_ptr<Aligned[]> memory_;
};

TEST_F(LedgerTest, HandsOutAsManySlotsAndPagesAsItHas) {
  Ledger ledger(memory_.get());
  std::set<std::uint32_t> slots;
  std::set<std::uint32_t> pages;
  for (std::uint32_t i = 0; i < kCapacity; ++i) {
    slots.insert(ledger.acquire_slot());
    const std::uint32_t page = ledger.acquire_page();
    std::memset(ledger.page(page), 'x', kPageBytes);
    pages.insert(page);
  }
  EXPECT_EQ(slots.size(), kCapacity);
  EXPECT_EQ(pages.size(), kCapacity);
  EXPECT_EQ(ledger.acquire_slot(), kNoSlot);
  EXPECT_EQ(ledger.acquire_page(), kNoPage);
  ledger.release_slot(3);
  ledger.release_page(5);
  ledger.release_page(2);
  EXPECT_EQ(ledger.acquire_slot(), 3U);
  EXPECT_EQ(ledger.acquire_page(), 2U);
  EXPECT_EQ(ledger.acquire_page(), 5U);
  EXPECT_EQ(ledger.acquire_page(), kNoPage);
}

TEST_F(LedgerTest, ASuccessorReadsWhatWasWritten) {
  Ledger writer(memory_.get());
  const std::uint32_t idle = writer.acquire_slot();
  const std::uint32_t busy = writer.acquire_slot();
  const std::uint32_t gone = writer.acquire_slot();
  writer.slot(idle).fd = 7;
  writer.slot(idle).phase.store(Phase::Resumable);
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  Slot& slot = writer.slot(busy);
  slot.fd = 9;
  slot.page = writer.acquire_page();
  request.copy(writer.page(slot.page), request.size());
  slot.end.store(static_cast<std::uint32_t>(request.size()));
  slot.phase.store(Phase::Unrepeatable);
  writer.release_slot(gone);

  ASSERT_TRUE(Ledger::valid(memory_.get(), Ledger::bytes_for(kCapacity)));
  Ledger reader(memory_.get());
  EXPECT_EQ(reader.slots_touched(), 3U);
  EXPECT_EQ(reader.slot(idle).phase.load(), Phase::Resumable);
  EXPECT_EQ(reader.slot(busy).phase.load(), Phase::Unrepeatable);
  EXPECT_EQ(reader.slot(gone).phase.load(), Phase::Free);
  EXPECT_EQ(std::string_view(reader.page(reader.slot(busy).page), reader.slot(busy).end.load()), request);
}

TEST_F(LedgerTest, WhatIsNoLedgerIsNotRead) {
  const std::size_t size = Ledger::bytes_for(kCapacity);
  auto* header = reinterpret_cast<LedgerHeader*>(memory_.get());
  EXPECT_FALSE(Ledger::valid(memory_.get(), size - 1)) << "cut off";
  EXPECT_FALSE(Ledger::valid(memory_.get(), 3));
  header->slots_touched.store(kCapacity + 1);
  EXPECT_FALSE(Ledger::valid(memory_.get(), size)) << "slots that are not there";
  header->slots_touched.store(0);
  header->capacity = 0xffffffff;
  EXPECT_FALSE(Ledger::valid(memory_.get(), size));
  header->capacity = kCapacity;
  EXPECT_TRUE(Ledger::valid(memory_.get(), size));
  header->magic ^= 1;
  EXPECT_FALSE(Ledger::valid(memory_.get(), size)) << "another version's";
}

}  // namespace
}  // namespace stead::service::http
