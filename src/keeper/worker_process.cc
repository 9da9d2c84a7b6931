#include "keeper/worker_process.h"

#include <utility>

namespace stead::keeper {

std::vector<std::string> child_environment() {
  return net::environment_without(
      {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "MAINPID"});
}

Result<WorkerProcess> start_worker(const WorkerProgram& program, Start start, std::uint32_t serial) {
  WorkerProcess worker;
  worker.serial = serial;
  Result<Beats> beats = Beats::create();
  if (!beats) return std::unexpected(std::move(beats.error()));
  worker.beats = std::move(*beats);
  start.beats = worker.beats->fd();
  start.beat_slots = worker.beats->slots();

  auto ends = net::MessageSocket::pair();
  if (!ends) return std::unexpected(std::move(ends.error()));
  worker.channel = std::move(ends->first);
  // Before it runs: it need never wait for its orders, and nothing is started that could not be told what to do.
  if (Result<> sent = send(worker, std::move(start)); !sent) return std::unexpected(std::move(sent.error()));
  Result<net::Process> process = net::spawn({.path = program.path,
                                             .arguments = program.arguments,
                                             .environment = child_environment(),
                                             .channel = ends->second.fd()});
  if (!process) return std::unexpected(std::move(process.error()));
  worker.process = std::move(*process);
  return worker;
}

Result<> send(WorkerProcess& worker, const ToWorker& message) {
  const Result<net::Packet> packet = encode(message);
  if (!packet) return std::unexpected(packet.error());
  return worker.channel.send(*packet);
}

}  // namespace stead::keeper
