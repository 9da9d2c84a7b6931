#include "worker/id_table.h"

#include <gtest/gtest.h>

namespace stead::worker {
namespace {

TEST(IdTable, GivesSmallNumbersThatStay) {
  IdTable table;
  EXPECT_EQ(table.id_of("a"), 0U);
  EXPECT_EQ(table.id_of("b"), 1U);
  EXPECT_EQ(table.id_of("a"), 0U);
  EXPECT_EQ(table.id_of(std::string_view("b\0c", 3)), 2U);
  EXPECT_EQ(table.size(), 3U);
}

}  // namespace
}  // namespace stead::worker
