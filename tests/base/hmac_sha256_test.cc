// HMAC with SHA-256 against the vectors of RFC 4231, and its promises about memory.
#include "base/hmac_sha256.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/crypto.h>

namespace stead {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Piece = std::span<const std::uint8_t>;

// What OpenSSL allocates, counted. It takes other functions only before its first allocation, so this stands before all
// tests of this program.
std::size_t allocations = 0;
void* counted_malloc(std::size_t size, const char*, int) {
  ++allocations;
  return std::malloc(size);
}
void* counted_realloc(void* block, std::size_t size, const char*, int) {
  ++allocations;
  return std::realloc(block, size);
}
void counted_free(void* block, const char*, int) { std::free(block); }
const bool counting = CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) == 1;

Bytes repeated(std::size_t count, std::uint8_t byte) { return Bytes(count, byte); }
Bytes text(std::string_view characters) { return {characters.begin(), characters.end()}; }

std::string hex(Piece bytes) {
  std::string result;
  for (const std::uint8_t byte : bytes) {
    for (const unsigned digit : {byte / 16U, byte % 16U}) result += "0123456789abcdef"[digit];
  }
  return result;
}

std::string code_of(const Bytes& key, const Bytes& message, std::size_t size = HmacSha256::kSize) {
  Bytes code(size);
  const std::array<Piece, 1> pieces{message};
  HmacSha256(key).sign(pieces, code);
  return hex(code);
}

Bytes counted_key() {
  Bytes key;
  for (std::uint8_t i = 1; i <= 25; ++i) key.push_back(i);
  return key;
}

TEST(HmacSha256, Rfc4231TestCases1To4) {
  EXPECT_EQ(code_of(repeated(20, 0x0b), text("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(code_of(text("Jefe"), text("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(code_of(repeated(20, 0xaa), repeated(50, 0xdd)),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(code_of(counted_key(), repeated(50, 0xcd)),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

TEST(HmacSha256, Rfc4231TestCase5IsCutTo128Bits) {
  EXPECT_EQ(code_of(repeated(20, 0x0c), text("Test With Truncation"), 16), "a3b6167473100ee06e0c796c2955552b");
}

TEST(HmacSha256, Rfc4231TestCases6And7HaveKeysLongerThanABlock) {
  EXPECT_EQ(code_of(repeated(131, 0xaa), text("Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(code_of(repeated(131, 0xaa),
                    text("This is a test using a larger than block-size key and a larger than block-size data. The key "
                         "needs to be hashed before being used by the HMAC algorithm.")),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(HmacSha256, PiecesAreReadAsOneMessage) {
  const Bytes first = text("what do ya "), second, third = text("want for nothing?");
  const std::array<Piece, 3> pieces{first, second, third};
  const HmacSha256 hmac(text("Jefe"));
  Bytes code(HmacSha256::kSize);
  hmac.sign(pieces, code);
  EXPECT_EQ(hex(code), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_TRUE(hmac.matches(pieces, code)) << "also the second time";
}

TEST(HmacSha256, ACodeWithOneWrongBitDoesNotMatch) {
  const Bytes message = text("Hi There");
  const std::array<Piece, 1> pieces{message};
  const HmacSha256 hmac(repeated(20, 0x0b));
  Bytes code(16);
  hmac.sign(pieces, code);
  EXPECT_TRUE(hmac.matches(pieces, code));
  for (std::size_t bit = 0; bit < code.size() * 8; ++bit) {
    Bytes wrong = code;
    wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(hmac.matches(pieces, wrong)) << bit;
  }
}

TEST(HmacSha256, AllocatesNothingAfterItsConstructor) {
  ASSERT_TRUE(counting);
  const HmacSha256 hmac(repeated(32, 7));
  const Bytes message = repeated(100, 1);
  const std::array<Piece, 2> pieces{message, message};
  Bytes code(16);
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) {
    hmac.sign(pieces, code);
    ASSERT_TRUE(hmac.matches(pieces, code));
  }
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace stead
