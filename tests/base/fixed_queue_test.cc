#include "base/fixed_queue.h"

#include <gtest/gtest.h>

namespace stead {
namespace {

TEST(FixedQueues, GiveOutWhatCameFirstAlsoAroundTheEnd) {
  FixedQueue<int, 3> queue;
  EXPECT_EQ(queue.pop(), std::nullopt);
  int in = 0;
  int out = 0;
  for (int round = 0; round < 10; ++round) {
    while (!queue.full()) queue.push(in++);
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.pop(), out++);
    EXPECT_EQ(queue.pop(), out++);
  }
}

TEST(FixedQueues, OneTooManyEndsTheProcess) {
  FixedQueue<int, 1> queue;
  queue.push(1);
  EXPECT_DEATH(queue.push(2), "");
}

}  // namespace
}  // namespace stead
