// The ring of access records: what goes in comes out, whole and in order; what does not fit is refused, not torn.
#include "base/byte_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"

namespace stead {
namespace {

using testing::ElementsAre;

std::vector<std::string> drain(ByteRing& ring) {
  std::vector<std::string> records;
  ring.drain([&](std::string_view record) { records.emplace_back(record); });
  return records;
}

TEST(ByteRing, JoinsThePiecesOfARecord) {
  ByteRing ring(4096);
  EXPECT_TRUE(ring.push({"one", "", " two"}));
  EXPECT_TRUE(ring.push({""}));
  EXPECT_THAT(drain(ring), ElementsAre("one two", ""));
  EXPECT_THAT(drain(ring), testing::IsEmpty());
}

TEST(ByteRing, RefusesWhatDoesNotFitAndKeepsWhatItHas) {
  ByteRing ring(4096);
  const std::string large(1000, 'x');
  EXPECT_FALSE(ring.push({std::string(ring.capacity(), 'x')})) << "larger than the ring";
  int stored = 0;
  while (ring.push({large})) ++stored;
  EXPECT_GE(stored, 3);
  EXPECT_EQ(drain(ring).size(), static_cast<std::size_t>(stored));
  EXPECT_TRUE(ring.push({large})) << "there is room again";
}

TEST(ByteRing, DoesWhatAListWouldDo) {
  ByteRing ring(4096);
  std::deque<std::string> model;
  Random random(3);
  std::size_t refused = 0;
  for (int step = 0; step < 100'000; ++step) {
    if (random.below(4) > 0) {
      const std::string record(random.below(300), static_cast<char>('a' + random.below(26)));
      if (ring.push({record})) {
        model.push_back(record);
      } else {
        ++refused;
      }
      continue;
    }
    for (const std::string& record : drain(ring)) {
      ASSERT_FALSE(model.empty());
      ASSERT_EQ(record, model.front());
      model.pop_front();
    }
    ASSERT_TRUE(model.empty());
  }
  EXPECT_GT(refused, 0U) << "the ring was never full: this tests less than it should";
}

TEST(ByteRing, OneThreadWritesWhileAnotherReads) {
  ByteRing ring(8192);
  constexpr std::uint64_t kRecords = 200'000;
  std::thread writer([&ring] {
    for (std::uint64_t number = 0; number < kRecords;) {
      const std::string record = std::to_string(number) + std::string(number % 50, '.');
      if (ring.push({record})) {
        ++number;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t next = 0;
  bool in_order = true;
  while (next < kRecords) {
    const std::size_t read = ring.drain([&](std::string_view record) {
      in_order = in_order && record == std::to_string(next) + std::string(next % 50, '.');
      ++next;
    });
    if (read == 0) std::this_thread::yield();
  }
  writer.join();
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace stead
