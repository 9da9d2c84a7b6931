// Pipes and blocks are used again, unless something of another body is still in them.
#include "service/http/pipes.h"

#include <gtest/gtest.h>

#include <string>

#include "service/http/blocks.h"

namespace stead::service::http {
namespace {

TEST(Pipes, AnEmptyOneIsUsedAgain) {
  Pipes pipes;
  std::unique_ptr<Pipe> pipe = pipes.take();
  ASSERT_NE(pipe, nullptr);
  const Pipe* first = pipe.get();
  pipes.give_back(std::move(pipe));
  EXPECT_EQ(pipes.take().get(), first);
}

TEST(Pipes, OneWithBytesInItIsClosed) {
  Pipes pipes;
  std::unique_ptr<Pipe> pipe = pipes.take();
  ASSERT_NE(pipe, nullptr);
  ASSERT_EQ(write(pipe->in.get(), "left over", 9), 9);
  pipe->filled = 9;
  const int out = pipe->out.get();
  pipes.give_back(std::move(pipe));
  EXPECT_EQ(fcntl(out, F_GETFD), -1) << "bytes of one client must never reach another";
  pipes.give_back(nullptr);
}

TEST(Pending, KeepsTheOrderAndGivesItsBlockBack) {
  Blocks blocks;
  Pending pending;
  EXPECT_TRUE(pending.append(blocks, "hello "));
  EXPECT_TRUE(pending.append(blocks, "world"));
  EXPECT_FALSE(pending.append(blocks, std::string(kBlockBytes, 'x'))) << "it must not write beyond its block";
  EXPECT_EQ(pending.view(), "hello world");
  pending.consume(blocks, 6);
  EXPECT_EQ(pending.view(), "world");
  const char* block = pending.block.get();
  pending.consume(blocks, 5);
  EXPECT_TRUE(pending.empty());
  EXPECT_EQ(pending.block, nullptr);
  EXPECT_EQ(blocks.take().get(), block);
}

}  // namespace
}  // namespace stead::service::http
