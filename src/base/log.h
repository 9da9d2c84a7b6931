// What happens, for the operator: one readable line for each event, on standard error.
//
//   2026-03-01T12:00:00.123Z warn  worker  pool api: app-1:8000 is down: connection refused
//
// Under systemd the journal keeps time and process by itself: a line is then "<4>worker: pool api: …", with the level
// as syslog numbers it. For events, not for requests: those go to the access log. No global logger: whoever logs was
// given one. Any thread.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace stead {

enum class LogLevel : std::uint8_t { Debug, Info, Warn, Error };

// "debug", "info", "warn", "error"; anything else is Info (the configuration's reader lets nothing else pass).
[[nodiscard]] LogLevel log_level(std::string_view name);

enum class LogStyle : std::uint8_t { Terminal, Journal };

// Whether standard error is the stream that JOURNAL_STREAM ("device:inode") names: it may be redirected elsewhere.
[[nodiscard]] LogStyle detect_log_style();

class Logger {
 public:
  // `process`: "keeper" or "worker". Writes to `fd`, which must stay open: standard error, but in tests.
  Logger(std::string process, LogStyle style, int fd = 2);
  Logger(Logger&&) noexcept;
  Logger& operator=(Logger&&) noexcept;
  ~Logger();

  void set_level(LogLevel level);

  // Several lines in `text` become several lines of the log. Other control characters are escaped, so that nothing that
  // came from outside can move a cursor.
  void write(LogLevel level, std::string_view text);

  template <typename... Arguments>
  void debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::Debug, format, fmt::make_format_args(arguments...));
  }
  template <typename... Arguments>
  void info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::Info, format, fmt::make_format_args(arguments...));
  }
  template <typename... Arguments>
  void warn(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::Warn, format, fmt::make_format_args(arguments...));
  }
  template <typename... Arguments>
  void error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::Error, format, fmt::make_format_args(arguments...));
  }

 private:
  void write_formatted(LogLevel level, fmt::string_view format, fmt::format_args arguments);

  std::unique_ptr<spdlog::logger> logger_;
  std::string process_;
  LogStyle style_ = LogStyle::Terminal;
};

}  // namespace stead
