// Knows the field names that a proxy treats in a way of its own from all others.
#pragma once

#include <string_view>

#include "wire/http1/message.h"

namespace stead::wire::http1 {

// `name` in any case, and made of token characters only: others could be taken for letters.
[[nodiscard]] FieldId identify(std::string_view name);

// Fields that concern one connection only, or the framing that is written anew: never passed on.
[[nodiscard]] constexpr bool is_always_dropped(FieldId id) {
  switch (id) {
    case FieldId::Connection:
    case FieldId::ContentLength:
    case FieldId::TransferEncoding:
    case FieldId::KeepAlive:
    case FieldId::ProxyConnection:
    case FieldId::ProxyAuthenticate:
    case FieldId::ProxyAuthorization:
    case FieldId::Te:
    case FieldId::Trailer:
    case FieldId::Upgrade:
      return true;
    default:
      return false;
  }
}

}  // namespace stead::wire::http1
