// What is framed is what the decoder takes off again.
#include "service/http/chunk_frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/http1/chunked_decoder.h"

namespace stead::service::http {
namespace {

constexpr std::size_t kRoom = 32;

std::string framed(const std::string& payload, bool last) {
  std::string buffer = std::string(kRoom, '#') + payload + std::string(kRoom, '#');
  return std::string(frame_chunk(buffer.data() + kRoom, payload.size(), last));
}

TEST(ChunkFrame, WritesTheSizeInHexAndTheEnd) {
  EXPECT_EQ(framed("hello", false), "5\r\nhello\r\n");
  EXPECT_EQ(framed("hello", true), "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(framed("", true), "0\r\n\r\n");
  EXPECT_EQ(framed("", false), "") << "an empty chunk would be the end";
}

TEST(ChunkFrame, IsTakenOffAgain) {
  for (const std::size_t size :
       {1UL, 9UL, 10UL, 15UL, 16UL, 17UL, 255UL, 256UL, 4095UL, 4096UL, 65535UL, 65536UL, 131008UL}) {
    const std::string payload(size, 'p');
    std::string wire = framed(payload, false) + framed(payload, true);
    wire::http1::ChunkedDecoder decoder;
    const auto decoded = decoder.feed(wire.data(), wire.size());
    EXPECT_EQ(decoded.refusal, wire::http1::Refusal::None) << size;
    EXPECT_EQ(decoded.consumed, wire.size()) << size;
    EXPECT_TRUE(decoded.done) << size;
    EXPECT_EQ(std::string_view(wire.data(), decoded.payload), payload + payload) << size;
  }
}

}  // namespace
}  // namespace stead::service::http
