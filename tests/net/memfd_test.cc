#include "net/memfd.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace stead::net {
namespace {

TEST(Memfd, HoldsTheTextForEveryReader) {
  const UniqueFd fd = text_memfd("test", "name = \"shop\"\n").value();
  EXPECT_EQ(read_text(fd.get(), 100).value(), "name = \"shop\"\n");
  EXPECT_EQ(read_text(fd.get(), 100).value(), "name = \"shop\"\n");  // the position is not used up
}

TEST(Memfd, HoldsAnEmptyText) { EXPECT_EQ(read_text(text_memfd("test", "")->get(), 100).value(), ""); }

TEST(Memfd, NobodyCanChangeWhatOthersRead) {
  const UniqueFd fd = text_memfd("test", "abc").value();
  EXPECT_LT(write(fd.get(), "x", 1), 0);
  EXPECT_NE(ftruncate(fd.get(), 0), 0);
}

TEST(Memfd, ATextOverTheLimitIsAnError) {
  const UniqueFd fd = text_memfd("test", "0123456789").value();
  EXPECT_TRUE(read_text(fd.get(), 10).has_value());
  EXPECT_FALSE(read_text(fd.get(), 9).has_value());
}

TEST(Memfd, ReadingNothingIsAnError) { EXPECT_FALSE(read_text(-1, 10).has_value()); }

}  // namespace
}  // namespace stead::net
