// Text that travels between processes as a descriptor: as long as it needs to be, immutable once made, gone with its
// last holder. For what is too long for a message, or must stay readable for whoever comes later.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::net {

// `name` shows in /proc/PID/fd, for people. Sealed: no one can change what others read.
[[nodiscard]] Result<UniqueFd> text_memfd(const char* name, std::string_view text);

// The whole text, wherever the descriptor's own position is (holders share it). Works for plain files too. An error
// where there is more than `limit`.
[[nodiscard]] Result<std::string> read_text(int fd, std::size_t limit);

}  // namespace stead::net
