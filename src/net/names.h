// Asks the system what a host name stands for and which addresses this machine has. Both are calls that the keeper, the
// control loop and `stead check` make now and then.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace stead::net {

// The addresses of a name as canonical text, in the order in which the system would try them. Blocks as long as the
// resolver does, which may be many seconds: never call it on a data loop, nor on a loop that must beat.
[[nodiscard]] Result<std::vector<std::string>> look_up(const std::string& host);

// The addresses of all interfaces that are up, loopback included, as canonical text.
[[nodiscard]] Result<std::vector<std::string>> own_addresses();

}  // namespace stead::net
