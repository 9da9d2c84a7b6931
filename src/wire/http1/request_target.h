// The four forms of a request's target (RFC 9112 section 3.2), told apart and taken to pieces. Nothing is decoded and
// no dot segment removed: a proxy that reads a path differently from the member behind it is a way around its rules.
#pragma once

#include <string_view>

#include "wire/http1/message.h"

namespace stead::wire::http1 {

struct Target {
  bool valid = false;
  Piece path;
  Piece query;      // with its '?'
  Piece authority;  // empty in origin-form and asterisk-form
};

// `target` is a piece of `head`, of which all bytes are of kTarget.
[[nodiscard]] Target split_target(std::string_view head, Piece target, Method method);

}  // namespace stead::wire::http1
