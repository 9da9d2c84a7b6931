// The chunked coding (RFC 9112 section 7.1), fed whole, byte by byte and cut at each place.
#include "wire/http1/chunked_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/wire/http1/feeding.h"

namespace stead::wire::http1::testing {
namespace {

using namespace std::string_view_literals;

struct Decoded {
  std::string payload;
  std::size_t consumed = 0;
  bool done = false;
  Refusal refusal = Refusal::None;

  bool operator==(const Decoded&) const = default;
};

void PrintTo(const Decoded& decoded, std::ostream* out) {
  *out << '"' << decoded.payload << "\" of " << decoded.consumed << (decoded.done ? " done " : " ")
       << describe(decoded.refusal);
}

// Feeds the pieces of `body` that end at `ends`, each in a heap block of its own of exactly its size.
Decoded decode_in_pieces(std::string_view body, const std::vector<std::size_t>& ends) {
  ChunkedDecoder decoder;
  Decoded all;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    ExactBytes piece(body.substr(begin, end - begin));
    const ChunkedDecoder::Result result = decoder.feed(piece.data(), piece.size());
    EXPECT_LE(result.payload, result.consumed);
    EXPECT_LE(result.consumed, piece.size());
    EXPECT_EQ(result.done, decoder.done());
    all.payload.append(piece.data(), result.payload);
    all.consumed += result.consumed;
    all.done = result.done;
    all.refusal = result.refusal;
    if (result.done || result.refusal != Refusal::None) break;
    EXPECT_EQ(result.consumed, piece.size()) << "all is consumed while the body goes on";
    begin = end;
  }
  return all;
}

Decoded decode(std::string_view body) {
  const Decoded whole = decode_in_pieces(body, {body.size()});
  std::vector<std::size_t> each_byte;
  for (std::size_t end = 0; end <= body.size(); ++end) each_byte.push_back(end);
  EXPECT_EQ(decode_in_pieces(body, each_byte), whole) << "fed byte by byte";
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_EQ(decode_in_pieces(body, {cut, body.size()}), whole) << "cut at " << cut;
  }
  return whole;
}

TEST(ChunkedDecoder, MovesThePayloadTogether) {
  const std::string_view body = "5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n";
  EXPECT_EQ(decode(body), (Decoded{"hello, world", body.size(), true}));
}

TEST(ChunkedDecoder, TakesAnEmptyBody) { EXPECT_EQ(decode("0\r\n\r\n"), (Decoded{"", 5, true})); }

TEST(ChunkedDecoder, LeavesTheNextMessageAlone) {
  EXPECT_EQ(decode("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n"), (Decoded{"a", 11, true}));
  EXPECT_EQ(decode("0\r\n\r\n\r\n"), (Decoded{"", 5, true}));
}

TEST(ChunkedDecoder, ConsumesNothingOnceItIsDone) {
  ChunkedDecoder decoder;
  std::string body = "0\r\n\r\n";
  ASSERT_TRUE(decoder.feed(body.data(), body.size()).done);
  const ChunkedDecoder::Result again = decoder.feed(body.data(), body.size());
  EXPECT_TRUE(again.done);
  EXPECT_EQ(again.consumed, 0U);
  decoder.reset();
  EXPECT_FALSE(decoder.done());
  EXPECT_EQ(decoder.feed(body.data(), body.size()).consumed, 5U);
}

TEST(ChunkedDecoder, IsNotDoneBeforeTheLastByte) {
  const std::string_view body = "3\r\nabc\r\n0\r\nT: x\r\n\r\n";
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(decode_in_pieces(body.substr(0, size), {size}).done) << size;
  }
  EXPECT_TRUE(decode(body).done);
}

TEST(ChunkedDecoder, ReadsHexadecimalSizesInBothCases) {
  const std::string payload(0xaB, 'p');
  for (const char* size : {"ab", "AB", "aB", "0ab", "00000000000000ab"}) {
    EXPECT_EQ(decode(size + ("\r\n" + payload) + "\r\n0000\r\n\r\n").payload, payload) << size;
  }
}

TEST(ChunkedDecoder, DropsExtensionsAndTrailers) {
  EXPECT_EQ(
      decode("1;a\r\nx\r\n1;b=c;d=\"e f\"\t\r\ny\r\n0;z\r\nTrailer: 1\r\nX-Sum:\tabc:d \xff\r\nE:\r\n\r\n").payload,
      "xy");
}

// RFC 9112 section 7.1.1 asks for a limit. It is per chunk.
TEST(ChunkedDecoder, BoundsExtensions) {
  const std::string fits(4096, 'e');
  EXPECT_EQ(decode("1;" + fits + "\r\nx\r\n0;" + fits + "\r\n\r\n").payload, "x");
  EXPECT_EQ(decode_in_pieces("1;e" + fits, {4099}).refusal, Refusal::BadChunk);
}

TEST(ChunkedDecoder, BoundsTrailersTogether) {
  const std::string half = "A:" + std::string(2046, 't') + "\r\n";
  EXPECT_TRUE(decode_in_pieces("0\r\n" + half + half + "\r\n", {3 + 2 * half.size() + 2}).done);
  const std::string over = "0\r\n" + half + half + "B";
  EXPECT_EQ(decode_in_pieces(over, {over.size()}).refusal, Refusal::TrailersTooLarge);
}

TEST(ChunkedDecoder, TakesSizesUpTo63Bits) {
  ChunkedDecoder decoder;
  std::string start = "7fffffffffffffff\r\nabc";
  const ChunkedDecoder::Result result = decoder.feed(start.data(), start.size());
  EXPECT_EQ(result.refusal, Refusal::None);
  EXPECT_EQ(start.substr(0, result.payload), "abc");
}

TEST(ChunkedDecoder, DoesNotTouchPayloadThatIsInPlace) {
  ChunkedDecoder decoder;
  std::string start = "5\r\n";
  ASSERT_EQ(decoder.feed(start.data(), start.size()).payload, 0U);
  // Read-only memory: a write to it would end the test.
  static const char kPayload[] = "hello";
  const ChunkedDecoder::Result result = decoder.feed(const_cast<char*>(kPayload), 5);
  EXPECT_EQ(result.payload, 5U);
}

struct BadBody {
  std::string_view what;
  std::string_view body;
  std::string_view payload_before = "";
};

constexpr BadBody kBadBodies[] = {
    {"no size", "\r\n"},
    {"a bare LF for a size", "\n"},
    {"a blank before the size", " 5\r\nhello\r\n"},
    {"a blank behind the size", "5 \r\nhello\r\n"},
    {"a tab behind the size", "5\t\r\nhello\r\n"},
    {"a blank before the extension", "5 ;a\r\nhello\r\n"},
    {"a sign", "+5\r\nhello\r\n"},
    {"a negative size", "-5\r\nhello\r\n"},
    {"0x", "0x5\r\nhello\r\n"},
    {"an underscore", "1_0\r\n"},
    {"a letter that is no digit", "5g\r\nhello\r\n"},
    {"a quoted size", "\"5\"\r\nhello\r\n"},
    {"NUL for a size", "\0\r\n"sv},
    {"17 digits", "00000000000000005\r\nhello\r\n"},
    {"64 bits", "8000000000000000\r\n"},
    {"a size that overflows to 5", "10000000000000005\r\nhello\r\n"},
    {"sixteen f", "ffffffffffffffff\r\n"},
    {"a bare LF behind the size", "5\nhello\r\n"},
    {"a bare CR behind the size", "5\rhello\r\n"},
    {"CR CR LF behind the size", "5\r\r\nhello\r\n"},
    {"a bare LF in an extension", "5;a\nhello\r\n"},
    {"a bare CR in an extension", "5;a\rb\r\nhello\r\n"},
    {"NUL in an extension", "5;\0\r\nhello\r\n"sv},
    {"a chunk longer than it says", "5\r\nhello!\r\n", "hello"},
    {"a chunk shorter than it says", "5\r\nhell\r\n0\r\n\r\n", "hell\r"},
    {"a bare LF behind a chunk", "5\r\nhello\n0\r\n\r\n", "hello"},
    {"a bare CR behind a chunk", "5\r\nhello\r0\r\n\r\n", "hello"},
    {"no line end behind a chunk", "5\r\nhello0\r\n\r\n", "hello"},
    {"a bare LF for the last line", "0\r\n\n"},
    {"a bare CR for the last line", "0\r\n\rX"},
    {"a bare LF behind the last chunk", "0\n\r\n"},
    {"a request where the trailers are", "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a trailer without a colon", "0\r\nnothing\r\n\r\n"},
    {"a trailer without a name", "0\r\n: x\r\n\r\n"},
    {"a blank in a trailer's name", "0\r\nA : x\r\n\r\n"},
    {"a folded trailer", "0\r\nA: x\r\n y\r\n\r\n"},
    {"a bare LF in a trailer", "0\r\nA: x\n\r\n"},
    {"a bare CR in a trailer", "0\r\nA: x\ry\r\n\r\n"},
    {"NUL in a trailer", "0\r\nA: \0\r\n\r\n"sv},
};

TEST(ChunkedDecoder, RefusesWhatOthersMayReadDifferently) {
  for (const BadBody& each : kBadBodies) {
    SCOPED_TRACE(each.what);
    const Decoded decoded = decode(each.body);
    EXPECT_EQ(decoded.refusal, Refusal::BadChunk);
    EXPECT_EQ(decoded.payload, each.payload_before);
    EXPECT_FALSE(decoded.done);
  }
}

TEST(ChunkedDecoder, StaysRefusedAndConsumesNothingMore) {
  ChunkedDecoder decoder;
  std::string bad = "x";
  ASSERT_EQ(decoder.feed(bad.data(), bad.size()).refusal, Refusal::BadChunk);
  std::string good = "0\r\n\r\n";
  const ChunkedDecoder::Result result = decoder.feed(good.data(), good.size());
  EXPECT_EQ(result.refusal, Refusal::BadChunk);
  EXPECT_EQ(result.consumed, 0U);
  EXPECT_FALSE(result.done);
}

}  // namespace
}  // namespace stead::wire::http1::testing
