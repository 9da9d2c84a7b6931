#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>

namespace stead {
namespace {

// A whole line in one write(), so that lines of keeper and worker on the same descriptor do not mix. What cannot be
// written is dropped: logging must not be what stops the service.
class FdSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FdSink(int fd) : fd_(fd) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (::write(fd_, line.data(), line.size()) < 0) return;
  }
  void flush_() override {}

 private:
  int fd_;
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warn:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info ";
    case LogLevel::Warn:
      return "warn ";
    case LogLevel::Error:
      return "error";
  }
  return "info ";
}

// As syslog numbers them (RFC 5424 section 6.2.1).
std::string_view journal_prefix(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "<7>";
    case LogLevel::Info:
      return "<6>";
    case LogLevel::Warn:
      return "<4>";
    case LogLevel::Error:
      return "<3>";
  }
  return "<6>";
}

// C0, DEL, and C1 as UTF-8 writes them (U+0080 to U+009F), which terminals obey as well.
bool controls(std::string_view rest) {
  const auto byte = static_cast<unsigned char>(rest.front());
  if (byte < 0x20 || byte == 0x7f) return true;
  return byte == 0xc2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xa0;
}

std::string harmless(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (; !text.empty(); text.remove_prefix(1)) {
    if (controls(text)) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else {
      result += text.front();
    }
  }
  return result;
}

}  // namespace

LogLevel log_level(std::string_view name) {
  if (name == "debug") return LogLevel::Debug;
  if (name == "warn") return LogLevel::Warn;
  if (name == "error") return LogLevel::Error;
  return LogLevel::Info;
}

LogStyle detect_log_style() {
  const char* stream = std::getenv("JOURNAL_STREAM");  // read before there are threads that could change it
  struct stat status {};
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return LogStyle::Terminal;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream ? LogStyle::Journal : LogStyle::Terminal;
}

Logger::Logger(std::string process, LogStyle style, int fd)
    : logger_(std::make_unique<spdlog::logger>(process, std::make_shared<FdSink>(fd))),
      process_(std::move(process)),
      style_(style) {
  logger_->set_level(spdlog::level::info);
  if (style == LogStyle::Journal) {
    logger_->set_pattern("%v");
  } else {
    logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
  }
}

Logger::Logger(Logger&&) noexcept = default;
Logger& Logger::operator=(Logger&&) noexcept = default;
Logger::~Logger() = default;

void Logger::set_level(LogLevel level) { logger_->set_level(to_spdlog(level)); }

void Logger::write(LogLevel level, std::string_view text) {
  if (!logger_->should_log(to_spdlog(level))) return;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string line = harmless(text.substr(0, end));
    if (style_ == LogStyle::Journal) {
      logger_->log(to_spdlog(level), "{}{}: {}", journal_prefix(level), process_, line);
    } else {
      logger_->log(to_spdlog(level), "{} {}  {}", level_name(level), process_, line);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void Logger::write_formatted(LogLevel level, fmt::string_view format, fmt::format_args arguments) {
  if (logger_->should_log(to_spdlog(level))) write(level, fmt::vformat(format, arguments));
}

}  // namespace stead
