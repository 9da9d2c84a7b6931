#include "keeper/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace stead::keeper {

Result<Signals> Signals::open() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) sigaddset(&wanted, signal);
  if (sigprocmask(SIG_BLOCK, &wanted, nullptr) != 0) return failure_errno("block signals");
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return failure_errno("ignore SIGPIPE");
  net::UniqueFd fd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return failure_errno("read signals");
  return Signals(std::move(fd));
}

std::optional<int> Signals::next() {
  signalfd_siginfo info{};
  if (read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace stead::keeper
