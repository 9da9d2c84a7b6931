#include "keeper/deployment.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "config/hide_secrets.h"
#include "net/listen.h"
#include "net/memfd.h"

namespace stead::keeper {

Result<Deployment> prepare_deployment(Loaded loaded, std::uint64_t generation) {
  Result<net::UniqueFd> config = net::text_memfd("stead-config", config::with_secrets_blanked(loaded.text));
  if (!config) return std::unexpected(std::move(config.error()));
  return Deployment{.loaded = std::move(loaded),
                    .generation = generation,
                    .config = net::share(std::move(*config)),
                    .access_log = nullptr};
}

Result<net::SharedFd> open_access_log(const std::string& where) {
  if (where == "off") return nullptr;
  // O_NONBLOCK: a named pipe without a reader is an error then, and not a wait without end. Files do not mind.
  net::UniqueFd fd =
      where == "stdout"
          ? net::duplicate(STDOUT_FILENO)
          : net::UniqueFd(open(where.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640));
  if (!fd) return failure_errno("open the access log " + where);
  return net::share(std::move(fd));
}

Result<net::UniqueFd> bind_listener(const config::Listener& listener) {
  // At a vip all its nodes listen, so that the one that gets the address serves at once.
  const net::Presence presence = listener.vip.empty() ? net::Presence::Now : net::Presence::Sometimes;
  return net::listen_tcp(listener.endpoint.address, listener.endpoint.port, presence);
}

Assignment assignment_of(const Deployment& deployment, std::span<const OpenListener> listeners) {
  return {.generation = deployment.generation,
          .file_name = deployment.loaded.file_name,
          .node = deployment.loaded.node,
          .listeners = sockets_of(listeners),
          .config = deployment.config,
          .access_log = deployment.access_log};
}

Start start_of(const Deployment& deployment, std::span<const OpenListener> listeners, const Options& options,
               const RunFiles& files) {
  return {.assignment = assignment_of(deployment, listeners),
          .run_dir = options.run_dir,
          .state_dir = options.state_dir,
          .admin = files.admin,
          .orphan = files.orphan,
          .beats = nullptr,
          .beat_slots = 0,
          .health = nullptr};
}

core::supervise::WatchConfig watch_of(const Deployment& deployment) {
  return {.heartbeat_timeout = deployment.loaded.config.worker.heartbeat_timeout, .tick = kTick};
}

}  // namespace stead::keeper
