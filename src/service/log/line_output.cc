#include "service/log/line_output.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

namespace stead::service::log {

namespace {

constexpr int kPatienceMs = 1000;
constexpr int kPatienceAtEndMs = 100;
constexpr int kPollMs = 50;

}  // namespace

LineOutput::LineOutput(net::SharedFd fd) : fd_(std::move(fd)) {
  struct stat status {};
  regular_ = open() && fstat(raw(fd_), &status) == 0 && S_ISREG(status.st_mode);
}

LineOutput::Written LineOutput::write(std::string_view lines, const std::stop_token& stop) {
  Written written;
  int patience_ms = kPatienceMs;
  if (torn_) {  // end the line that was cut, so that the next one stands alone
    if (const auto ended = put("\n", stop, patience_ms); !ended) {
      written.error = ended.error();
      return written;
    }
    torn_ = false;
  }
  while (!lines.empty()) {
    const Result<std::size_t> taken = put(lines, stop, patience_ms);
    if (!taken) {
      written.error = taken.error();
      break;
    }
    const std::string_view done = lines.substr(0, *taken);
    written.lines += static_cast<std::uint64_t>(std::count(done.begin(), done.end(), '\n'));
    torn_ = done.back() != '\n';
    lines.remove_prefix(*taken);
  }
  return written;
}

Result<std::size_t> LineOutput::put(std::string_view bytes, const std::stop_token& stop, int& patience_ms) const {
  // A pipe that is writable has room for PIPE_BUF bytes, so that a write of no more does not wait (pipe(7)). It cannot
  // be made non-blocking instead: that flag belongs to everybody who shares the pipe.
  if (!regular_) {
    if (!wait_writable(stop, patience_ms)) return failure("whoever reads it does not keep up");
    bytes = bytes.substr(0, PIPE_BUF);
  }
  while (true) {
    const ssize_t count = ::write(raw(fd_), bytes.data(), bytes.size());
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) return failure("it took nothing");
    if (errno != EINTR) return failure_errno("write");
  }
}

bool LineOutput::wait_writable(const std::stop_token& stop, int& patience_ms) const {
  while (true) {
    pollfd poll_entry{.fd = raw(fd_), .events = POLLOUT, .revents = 0};
    // POLLERR, too, means that a write would not wait: it would fail, and say why.
    if (::poll(&poll_entry, 1, kPollMs) > 0) return true;
    patience_ms -= kPollMs;
    if (stop.stop_requested()) patience_ms = std::min(patience_ms, kPatienceAtEndMs);
    if (patience_ms <= 0) return false;
  }
}

}  // namespace stead::service::log
