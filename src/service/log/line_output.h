// A descriptor that takes whole lines, whatever it is: a file, a pipe, a terminal. Knows how to write to each without
// waiting for ever, and keeps the next line whole when one was cut in its middle.
//
// One thread.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string_view>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::service::log {

class LineOutput {
 public:
  struct Written {
    std::uint64_t lines = 0;  // whole ones
    Error error;              // why not all of them
  };

  LineOutput() = default;
  explicit LineOutput(net::SharedFd fd);

  [[nodiscard]] bool open() const { return fd_ != nullptr; }
  // `lines` ends with a newline. Waits for a reader that is slow, up to a second altogether, or shortly once a stop is
  // requested; then gives up the rest.
  Written write(std::string_view lines, const std::stop_token& stop);

 private:
  // At least one byte of `bytes`.
  [[nodiscard]] Result<std::size_t> put(std::string_view bytes, const std::stop_token& stop, int& patience_ms) const;
  [[nodiscard]] bool wait_writable(const std::stop_token& stop, int& patience_ms) const;

  net::SharedFd fd_;
  bool regular_ = false;
  bool torn_ = false;  // the last line written lacks its end
};

}  // namespace stead::service::log
