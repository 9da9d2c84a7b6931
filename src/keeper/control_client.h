// The commands' side of keeper.sock (control.h): asks, waits, and says in words what to do where nobody answers.
// Blocks.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"
#include "keeper/control.h"

namespace stead::keeper {

// `patience`: for the whole answer.
[[nodiscard]] Result<ControlReply> ask_keeper(const std::string& run_dir, const ControlRequest& request,
                                              std::chrono::milliseconds patience);

// Tells a worker whose keeper has died to finish and end, and waits for that. Its text says what was done; an error
// where there is none.
[[nodiscard]] Result<std::string> stop_orphan(const std::string& run_dir, std::chrono::milliseconds drain);

}  // namespace stead::keeper
