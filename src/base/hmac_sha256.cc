// OpenSSL's newer interfaces, EVP_MAC and EVP_MD, allocate for every message, whatever is kept between two. The plain
// functions of SHA-256 do not: what they keep is a value, which can be copied. They are marked as deprecated since they
// ask no provider (of FIPS, say), which is no loss here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hmac_sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace stead {
namespace {

static_assert(HmacSha256::kSize == SHA256_DIGEST_LENGTH);
constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

using Block = std::array<std::uint8_t, SHA256_CBLOCK>;
using Digest = std::array<std::uint8_t, HmacSha256::kSize>;

// A hash that has read the key with each of its bytes changed by `pad`.
SHA256_CTX start(const Block& key, std::uint8_t pad) {
  Block padded;
  std::ranges::transform(key, padded.begin(), [pad](std::uint8_t byte) { return byte ^ pad; });
  SHA256_CTX hash{};
  SHA256_Init(&hash);
  SHA256_Update(&hash, padded.data(), padded.size());
  OPENSSL_cleanse(padded.data(), padded.size());
  return hash;
}

}  // namespace

struct HmacSha256::State {
  explicit State(std::span<const std::uint8_t> key) {
    Block block{};
    if (key.size() > block.size()) {
      SHA256(key.data(), key.size(), block.data());
    } else {
      std::ranges::copy(key, block.begin());
    }
    inner = start(block, kInnerPad);
    outer = start(block, kOuterPad);
    OPENSSL_cleanse(block.data(), block.size());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    OPENSSL_cleanse(&inner, sizeof(inner));
    OPENSSL_cleanse(&outer, sizeof(outer));
  }

  [[nodiscard]] Digest code(Pieces message) const {
    Digest digest{};
    SHA256_CTX hash = inner;
    for (const std::span<const std::uint8_t> piece : message) SHA256_Update(&hash, piece.data(), piece.size());
    SHA256_Final(digest.data(), &hash);
    hash = outer;
    SHA256_Update(&hash, digest.data(), digest.size());
    SHA256_Final(digest.data(), &hash);
    return digest;
  }

  SHA256_CTX inner{};
  SHA256_CTX outer{};
};

HmacSha256::HmacSha256(std::span<const std::uint8_t> key) : state_(std::make_unique<State>(key)) {}
HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

void HmacSha256::sign(Pieces message, std::span<std::uint8_t> code) const {
  assert(code.size() <= kSize);
  const Digest digest = state_->code(message);
  std::copy_n(digest.begin(), code.size(), code.begin());
}

bool HmacSha256::matches(Pieces message, std::span<const std::uint8_t> code) const {
  assert(!code.empty() && code.size() <= kSize);
  return CRYPTO_memcmp(state_->code(message).data(), code.data(), code.size()) == 0;
}

}  // namespace stead
