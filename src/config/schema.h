// The table of keys as a JSON Schema (draft 2020-12), with which editors complete keys and underline mistakes while a
// person types. It knows single values only; what one part of a file says of another is for `stead check`.
#pragma once

#include <string>

namespace stead::config {

[[nodiscard]] std::string json_schema();

}  // namespace stead::config
