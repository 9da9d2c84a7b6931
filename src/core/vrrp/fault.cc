#include "core/vrrp/fault.h"

#include <array>

namespace stead::core::vrrp {
namespace {

struct Words {
  std::string_view text;
  std::string_view label;
};

constexpr std::array<Words, kFaults> kWords = {{
    {"is malformed", "malformed"},
    {"has come through a router: its hop limit is not 255", "bad_hop_limit"},
    {"has our own address as its source", "own_source"},
    {"is from none of the peers", "unknown_source"},
    {"is multicast where peers are told one by one, or the other way round", "wrong_path"},
    {"is of another version", "other_version"},
    {"has another interval, which must be the same on all in version 2", "other_interval"},
    {"has another number of addresses", "other_addresses"},
    {"has another password", "bad_password"},
    {"is signed, but there are no `secrets` here to check it with", "unauthenticated"},
    {"is not signed", "unsigned"},
    {"has something behind it that is no signature known here", "bad_trailer"},
    {"is signed with a secret whose number is not among the `secrets` here", "unknown_secret"},
    {"has a wrong signature: its sender has another secret of that number, or it is forged", "bad_signature"},
    {"is signed at a time too far from ours: it is a recording, or the two clocks differ", "stale"},
    {"is signed, but was said before: it is a recording, or the sender's clock has stepped back", "replayed"},
}};

}  // namespace

std::string_view describe(Fault fault) { return kWords.at(static_cast<std::size_t>(fault)).text; }
std::string_view label(Fault fault) { return kWords.at(static_cast<std::size_t>(fault)).label; }

}  // namespace stead::core::vrrp
