#include "worker/worker_main.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <random>
#include <thread>
#include <utility>
#include <variant>

#include "base/log.h"
#include "keeper/beats.h"
#include "keeper/protocol.h"
#include "net/message_socket.h"
#include "service/http/succession.h"
#include "worker/privileges.h"
#include "worker/serving.h"
#include "worker/worker.h"

namespace stead::worker {

namespace {

// Writing to a client or a pipe that is gone is an error code, not a death. The others are orders to the keeper, which
// a terminal sends to every process of the group.
void ignore_signals() {
  for (const int signal : {SIGPIPE, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) std::signal(signal, SIG_IGN);
}

Result<keeper::Start> receive_start(net::MessageSocket& channel) {
  while (true) {
    pollfd entry{.fd = channel.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, -1) < 0 && errno != EINTR) return failure_errno("wait for the keeper");
    Result<net::Received> received = channel.receive();
    if (!received) return std::unexpected(received.error());
    if (received->kind == net::Received::Kind::Closed) return failure("the keeper went away before it said what to do");
    if (received->kind == net::Received::Kind::Nothing) continue;
    Result<keeper::ToWorker> message = keeper::decode_to_worker(received->packet);
    if (!message) return std::unexpected(message.error());
    if (auto* start = std::get_if<keeper::Start>(&*message)) return std::move(*start);
    return failure("the keeper's first message was not Start");
  }
}

Result<> send(net::MessageSocket& channel, const keeper::ToKeeper& message) {
  const Result<net::Packet> packet = keeper::encode(message);
  if (!packet) return std::unexpected(packet.error());
  return channel.send(*packet);
}

std::uint32_t loops_for(const config::Config& config, std::uint32_t beat_slots) {
  const std::uint32_t wanted =
      config.worker.loops != 0 ? config.worker.loops : std::max(1U, std::thread::hardware_concurrency());
  return std::clamp(wanted, 1U, std::max(beat_slots, 2U) - 1);
}

// Without a holder the worker serves as well; it is only its death that costs more.
Result<> introduce(net::MessageSocket& channel, const std::string& version, const service::http::LedgerMemory& ledger,
                   Logger& log) {
  Result<int> holder = service::http::start_holder();
  if (!holder) log.error("clients' connections will not survive a crash: {}", holder.error().message);
  const int ledger_fd = ::dup(ledger.fd());
  return send(channel, keeper::Hello{.version = version,
                                     .pid = getpid(),
                                     .holder = net::share(net::UniqueFd(holder.value_or(-1))),
                                     .ledger = net::share(net::UniqueFd(ledger_fd))});
}

Result<int> serve(net::MessageSocket& channel, keeper::Start start, const std::string& version, Logger& log) {
  Result<config::Config> config = read_config(start.assignment);
  if (!config) return std::unexpected(std::move(config.error()));
  log.set_level(log_level(config->log.level));
  if (const auto raised = raise_descriptor_limit(); !raised) log.warn("{}", raised.error().message);
  if (auto dropped = drop_privileges(config->worker.user); !dropped) return std::unexpected(std::move(dropped.error()));

  Result<keeper::Beats> beats = keeper::Beats::map(start.beats, start.beat_slots);
  if (!beats) return std::unexpected(std::move(beats.error()));
  const std::uint32_t loops = loops_for(*config, beats->slots());
  const std::uint32_t connections = (config->worker.max_connections + loops - 1) / loops;
  Result<service::http::LedgerMemory> ledger = service::http::LedgerMemory::create(loops, connections);
  if (!ledger) return std::unexpected(std::move(ledger.error()));
  // The holder is a copy of this process: while it has one thread, and before it knows any client.
  if (auto introduced = introduce(channel, version, *ledger, log); !introduced) {
    return std::unexpected(std::move(introduced.error()));
  }

  Worker worker(log,
                {.start = std::move(start),
                 .config = std::move(*config),
                 .version = version,
                 .loops = loops,
                 .seed = std::random_device()()},
                *beats, *ledger);
  const int code = worker.run(std::move(channel));
  // Now, and not by way of destructors: a question to a resolver that does not answer would hold us up for many
  // seconds.
  _exit(code);
}

}  // namespace

int worker_main(int channel_fd, const std::string& version) {
  Logger log("worker", detect_log_style());
  prctl(PR_SET_NAME, "stead-worker");  // the kernel would call us by our path's last part, /proc/self/exe
  ignore_signals();
  net::MessageSocket channel{net::UniqueFd(channel_fd)};
  Result<keeper::Start> start = receive_start(channel);
  if (!start) {
    log.error("{}", start.error().message);
    return 1;
  }
  const std::uint64_t generation = start->assignment.generation;
  const Result<int> code = serve(channel, std::move(*start), version, log);
  if (code) return *code;
  log.error("{}", code.error().message);
  static_cast<void>(send(channel, keeper::Refused{.generation = generation, .text = code.error().message}));
  return 1;
}

}  // namespace stead::worker
