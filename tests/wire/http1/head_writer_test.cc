#include "wire/http1/head_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

#include "tests/wire/http1/feeding.h"

namespace stead::wire::http1::testing {
namespace {

constexpr std::string_view kHead = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 42\r\n\r\n";

void write_head(HeadWriter& writer) {
  writer.raw("GET / HTTP/1.1");
  writer.crlf();
  writer.field("Host", "a");
  writer.field("Content-Length", 42);
  writer.crlf();
}

TEST(HeadWriter, WritesWhatItIsGiven) {
  std::array<char, 100> room;
  HeadWriter writer(room);
  write_head(writer);
  EXPECT_FALSE(writer.overflowed());
  EXPECT_EQ(writer.written(), kHead);
  EXPECT_EQ(writer.size(), kHead.size());
}

TEST(HeadWriter, WritesTheSmallestAndTheLargestNumber) {
  std::array<char, 21> room;
  HeadWriter writer(room);
  writer.number(0);
  writer.number(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(writer.written(), "018446744073709551615");
  EXPECT_FALSE(writer.overflowed());
}

TEST(HeadWriter, FillsItsRoomToTheLastByte) {
  ExactBytes room(std::string(kHead.size(), '?'));
  HeadWriter writer(std::span(room.data(), room.size()));
  write_head(writer);
  EXPECT_FALSE(writer.overflowed());
  EXPECT_EQ(room.view(), kHead);
  writer.raw("");
  EXPECT_FALSE(writer.overflowed());
  writer.number(1);
  EXPECT_TRUE(writer.overflowed());
}

// A heap block of exactly the room, so that the address sanitizer sees a byte too many.
TEST(HeadWriter, RemembersThatItsRoomRanOut) {
  for (std::size_t size = 0; size < kHead.size(); ++size) {
    ExactBytes room(std::string(size, '?'));
    HeadWriter writer(std::span(room.data(), room.size()));
    write_head(writer);
    EXPECT_TRUE(writer.overflowed()) << size;
    EXPECT_TRUE(kHead.starts_with(writer.written())) << writer.written();
  }
}

TEST(HeadWriter, WritesNothingMoreAfterAnOverflow) {
  std::array<char, 4> room;
  HeadWriter writer(room);
  writer.raw("ab");
  writer.raw("cde");
  ASSERT_TRUE(writer.overflowed());
  writer.raw("f");
  writer.number(1);
  writer.crlf();
  writer.field("", "");
  EXPECT_EQ(writer.written(), "ab");
  EXPECT_TRUE(writer.overflowed());
}

}  // namespace
}  // namespace stead::wire::http1::testing
