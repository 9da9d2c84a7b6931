// HMAC with SHA-256 (RFC 2104, FIPS 180-4) of messages in pieces, under one key that lives as long as the object. For
// small messages that come many times a second: the key is prepared once, and after the constructor nothing is
// allocated.
//
// Not for encryption, and no general wrapper of OpenSSL: its headers stay in hmac_sha256.cc. An object belongs to one
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace stead {

class HmacSha256 {
 public:
  static constexpr std::size_t kSize = 32;  // of a whole code; a shorter one is its beginning
  // A message, in the order in which it is read.
  using Pieces = std::span<const std::span<const std::uint8_t>>;

  explicit HmacSha256(std::span<const std::uint8_t> key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;

  // Writes the code, or its first code.size() bytes.
  void sign(Pieces message, std::span<std::uint8_t> code) const;
  // Takes as long for a code that is nearly right as for any other, so that none can be found byte by byte. `code` is
  // the beginning of one, of at least a byte: how much of it is asked for must never be up to whoever sent it.
  [[nodiscard]] bool matches(Pieces message, std::span<const std::uint8_t> code) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stead
