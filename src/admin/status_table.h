// The table that `stead status` prints: for a person who wants to know at a glance what is wrong.
#pragma once

#include <string>

#include "admin/status.h"
#include "base/time.h"

namespace stead::admin {

struct TableOptions {
  bool colour = false;  // escape sequences of a terminal
};

// Control characters in names and reasons are replaced, so that nothing in them reaches the terminal.
[[nodiscard]] std::string render_table(const Status& status, TableOptions options);

// "850ms", "12s", "3m 20s", "5h 2m", "12d 4h".
[[nodiscard]] std::string in_short(Duration duration);

}  // namespace stead::admin
