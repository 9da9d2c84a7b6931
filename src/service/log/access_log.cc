#include "service/log/access_log.h"

#include <pthread.h>

#include <utility>

namespace stead::service::log {

namespace {

// Lines are gathered up to this many bytes before they are written.
constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr std::chrono::seconds kReportEvery{10};

}  // namespace

AccessLog::AccessLog(std::vector<ByteRing*> rings, Format format, Complain complain)
    : rings_(std::move(rings)),
      format_(std::move(format)),
      complain_(std::move(complain)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
  pthread_setname_np(thread_.native_handle(), "access-log");
}

AccessLog::~AccessLog() = default;

void AccessLog::set_output(net::SharedFd fd) {
  const std::lock_guard lock(mutex_);
  next_output_ = std::move(fd);
  has_next_output_ = true;
}

bool AccessLog::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = ++flush_wanted_;
  wake_.notify_one();
  return flushed_.wait_for(lock, limit, [&] { return flush_done_ >= number; });
}

void AccessLog::run(const std::stop_token& stop) {
  bool last_turn = false;
  while (!last_turn) {
    std::uint64_t flush_number = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, kInterval, [&] { return flush_wanted_ > flush_done_; });
      flush_number = flush_wanted_;
      if (std::exchange(has_next_output_, false)) output_ = LineOutput(std::move(next_output_));
    }
    // Asked before the rings are read: what was in them when the end was requested is written.
    last_turn = stop.stop_requested();
    drain(stop);
    const std::lock_guard lock(mutex_);
    flush_done_ = flush_number;
    flushed_.notify_all();
  }
}

void AccessLog::drain(const std::stop_token& stop) {
  // Once the output has failed, the rest of this turn is given up as well: asking it again for each batch would take a
  // pipe's reader's patience so many times, and a full disk is full.
  bool failed = false;
  std::uint64_t given_up = 0;
  for (ByteRing* ring : rings_) {
    ring->drain([&](std::string_view record) {
      if (!output_.open()) return;
      if (failed) {
        ++given_up;
      } else if (format_(record, lines_)) {
        ++lines_count_;
        if (lines_.size() >= kBatchBytes) failed = !write(stop);
      }
    });
  }
  if (!lines_.empty()) failed = !write(stop);
  if (given_up > 0) {
    counters_.lost.fetch_add(given_up, std::memory_order_relaxed);
    unreported_ += given_up;
  }
}

bool AccessLog::write(const std::stop_token& stop) {
  const LineOutput::Written written = output_.write(lines_, stop);
  const std::uint64_t lines = std::exchange(lines_count_, 0);
  lines_.clear();
  counters_.written.fetch_add(written.lines, std::memory_order_relaxed);
  if (written.lines == lines) return true;
  report_losses(written.error, lines - written.lines);
  return false;
}

void AccessLog::report_losses(const Error& why, std::uint64_t lines) {
  counters_.lost.fetch_add(lines, std::memory_order_relaxed);
  unreported_ += lines;
  const auto now = std::chrono::steady_clock::now();
  if (last_report_.time_since_epoch().count() != 0 && now - last_report_ < kReportEvery) return;
  last_report_ = now;
  complain_(std::to_string(std::exchange(unreported_, 0)) + " lines of the access log were lost: " + why.message);
}

}  // namespace stead::service::log
