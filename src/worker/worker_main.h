// The worker process, from its first instruction to its exit code: what has to be done, and in which order, before the
// control loop (worker.h) may run.
#pragma once

#include <string>

namespace stead::worker {

// `channel_fd`: the socket to the keeper, kWorkerChannel in production. `version`: Stead's, for the keeper and `stead
// status`. Returns the process's exit code.
[[nodiscard]] int worker_main(int channel_fd, const std::string& version);

}  // namespace stead::worker
