// What the routers of a group have in common and nobody else knows: secrets that adverts are signed with, and what is
// done about adverts that are not. Plain values; never for a log.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"

namespace stead::core::vrrp {

struct Secret {
  std::uint8_t id = 0;  // says in an advert which one is meant
  std::string key;      // 32 to 64 bytes
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()};
  }
  [[nodiscard]] bool operator==(const Secret&) const = default;
};

// From the last to the first: how a group that runs is brought to trust signed adverts only, node by node.
enum class Trust : std::uint8_t {
  Signed,       // signs, and takes nothing else
  Both,         // signs, and takes what is not signed as well
  SignedLater,  // does not sign yet, but knows what is signed
};

// Without secrets: adverts are not signed, and signed ones are refused.
struct Authentication {
  std::vector<Secret> secrets;  // the first is for sending
  Trust trust = Trust::Signed;
  // How far a sender's clock may be from ours.
  Duration window = 5s;

  [[nodiscard]] bool signs() const { return !secrets.empty() && trust != Trust::SignedLater; }
  [[nodiscard]] bool operator==(const Authentication&) const = default;
};

}  // namespace stead::core::vrrp
