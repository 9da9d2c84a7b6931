// Writes the access log: takes the records that the data loops leave in their rings, makes lines of them and writes
// those to a descriptor, on a thread of its own.
//
// Why a thread: a write to a file may hang for as long as its disk does, and O_NONBLOCK means nothing to files.
// Whatever happens to the output, a full disk, a reader of a pipe that stopped reading, a terminal with Ctrl-S pressed,
// happens to this thread alone. The rings fill up then and the loops count what they could not leave there; a log may
// lose lines, and says how many, but it never holds up a request.
//
// It looks at the rings every kInterval rather than being woken: a wake-up is a system call for each record, paid by a
// data loop. How records become lines is the caller's (service/http/access_line.h).
//
// Whoever uses it must ignore SIGPIPE. Any thread may call any method.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/byte_ring.h"
#include "base/time.h"
#include "net/unique_fd.h"
#include "service/log/line_output.h"

namespace stead::service::log {

struct AccessLogCounters {
  std::atomic<std::uint64_t> written{0};  // lines
  std::atomic<std::uint64_t> lost{0};     // lines that the output did not take
};

class AccessLog {
 public:
  static constexpr std::chrono::milliseconds kInterval{100};

  // Appends the line for a record; false: not a record.
  using Format = std::function<bool(std::string_view record, std::string& out)>;
  // Told what went wrong with the output, at most every ten seconds, on the log's thread.
  using Complain = std::function<void(const std::string& message)>;

  // The rings must outlive the log. Without an output, what is in them is thrown away.
  AccessLog(std::vector<ByteRing*> rings, Format format, Complain complain);
  // Writes what is in the rings, unless the output is stuck, and ends.
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // From the next line on, into this one; null: nowhere.
  void set_output(net::SharedFd fd);
  // Returns once everything that was in the rings when it was called is written or given up; false: not within `limit`.
  bool flush(std::chrono::milliseconds limit);
  [[nodiscard]] const AccessLogCounters& counters() const { return counters_; }

 private:
  void run(const std::stop_token& stop);
  void drain(const std::stop_token& stop);
  [[nodiscard]] bool write(const std::stop_token& stop);
  void report_losses(const Error& why, std::uint64_t lines);

  const std::vector<ByteRing*> rings_;
  const Format format_;
  const Complain complain_;
  AccessLogCounters counters_;

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable_any flushed_;
  net::SharedFd next_output_;  // guarded, as the two below
  bool has_next_output_ = false;
  std::uint64_t flush_wanted_ = 0;  // numbers of the flushes asked for and done
  std::uint64_t flush_done_ = 0;

  // The thread's own.
  LineOutput output_;
  std::string lines_;
  std::uint64_t lines_count_ = 0;
  std::uint64_t unreported_ = 0;
  std::chrono::steady_clock::time_point last_report_{};

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace stead::service::log
