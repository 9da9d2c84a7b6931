// A configuration as it is in effect, or would be: what was loaded, under which number, with what is open for it
// besides the listeners. A reload prepares one beside the one in effect, and either becomes it or is dropped.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"
#include "core/supervise/worker_watch.h"
#include "keeper/listener_table.h"
#include "keeper/load.h"
#include "keeper/options.h"
#include "keeper/protocol.h"
#include "keeper/run_files.h"
#include "net/unique_fd.h"

namespace stead::keeper {

struct Deployment {
  Loaded loaded;
  std::uint64_t generation = 0;
  net::SharedFd config;      // memfd with loaded.text, for the worker: without secrets
  net::SharedFd access_log;  // null: off
};

// How often the keeper looks at the workers' heartbeats.
inline constexpr Duration kTick = 25ms;

[[nodiscard]] Result<Deployment> prepare_deployment(Loaded loaded, std::uint64_t generation);

// "off": null. "stdout", or a file, which is opened for appending: again at each reload, so that the file may be moved
// away before one.
[[nodiscard]] Result<net::SharedFd> open_access_log(const std::string& where);

// ListenerTable::Bind, for real.
[[nodiscard]] Result<net::UniqueFd> bind_listener(const config::Listener& listener);

[[nodiscard]] Assignment assignment_of(const Deployment& deployment, std::span<const OpenListener> listeners);
[[nodiscard]] Start start_of(const Deployment& deployment, std::span<const OpenListener> listeners,
                             const Options& options, const RunFiles& files);
[[nodiscard]] core::supervise::WatchConfig watch_of(const Deployment& deployment);

}  // namespace stead::keeper
