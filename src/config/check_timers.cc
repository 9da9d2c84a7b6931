// Timers that contain each other: a connect that may take longer than the whole request could never use its time.
//
// Where both are written, that is a mistake. Where only the longer one's bound was written, the default of the other
// gives way to it, so that a file which says `request = "5s"` need not repeat it for each part of a request.
#include <fmt/format.h>

#include "config/quantity.h"
#include "config/reading.h"

namespace stead::config {
namespace {

struct Timer {
  std::string name;  // "`connect` of [pool.api]"
  Duration* duration = nullptr;
  const Value* written = nullptr;  // nullptr: holds its default
};

void check_pair(Reading& reading, const Timer& inner, const Timer& outer, std::string_view why) {
  const bool unlimited = *outer.duration == Duration{};
  if (unlimited || *inner.duration <= *outer.duration) return;
  if (inner.written == nullptr) {
    *inner.duration = *outer.duration;
    return;
  }
  Diagnostic diagnostic{.code = Code::TimersContradict, .span = inner.written->span, .why = std::string(why)};
  diagnostic.message = fmt::format("{} ({}) is longer than {} ({})", inner.name, say_duration(*inner.duration),
                                   outer.name, say_duration(*outer.duration));
  if (outer.written != nullptr) {
    diagnostic.related = {{outer.written->span, "the shorter one"}};
    diagnostic.help = fmt::format("write at most \"{}\", or raise the other", format_duration(*outer.duration));
  } else {
    diagnostic.label = fmt::format("the other is {} by default", say_duration(*outer.duration));
    diagnostic.help =
        fmt::format("write at most \"{}\", or set {} as well", format_duration(*outer.duration), outer.name);
  }
  reading.report.add(std::move(diagnostic));
}

Timer pool_timer(Reading& reading, Pool& pool, std::string_view part, std::string_view key, Duration& duration) {
  const std::string_view of = part == "check" ? "the check of " : part == "queue" ? "the queue of " : "";
  return {fmt::format("`{}` of {}[pool.{}]", key, of, pool.name), &duration,
          reading.document.root.find_path({"pool", pool.name, part, key})};
}

Timer client_timer(Reading& reading, std::string_view key, Duration& duration) {
  return {fmt::format("`{}` of [timeouts]", key), &duration, reading.document.root.find_path({"timeouts", key})};
}

void check_pool(Reading& reading, Pool& pool) {
  constexpr std::string_view kWhole = "the whole request would be over before";
  const Timer request = client_timer(reading, "request", reading.config.timeouts.request);
  const Timer first_byte = pool_timer(reading, pool, "timeouts", "first-byte", pool.first_byte_timeout);
  check_pair(reading, first_byte, request, kWhole);
  check_pair(reading, pool_timer(reading, pool, "timeouts", "connect", pool.connect_timeout), request, kWhole);
  check_pair(reading, pool_timer(reading, pool, "queue", "timeout", pool.queue_timeout), request, kWhole);
  check_pair(reading, pool_timer(reading, pool, "timeouts", "try", pool.try_timeout), first_byte,
             "the request would have failed before a second member is asked");
  check_pair(reading, pool_timer(reading, pool, "check", "every-fast", pool.check.every_fast),
             pool_timer(reading, pool, "check", "every", pool.check.every),
             "a member that is changing state would be looked at less often than one that is not");
}

}  // namespace

void check_timers(Reading& reading) {
  const Timer request = client_timer(reading, "request", reading.config.timeouts.request);
  constexpr std::string_view kWhole = "the whole request would be over before";
  check_pair(reading, client_timer(reading, "head", reading.config.timeouts.head), request, kWhole);
  check_pair(reading, client_timer(reading, "body", reading.config.timeouts.body), request, kWhole);
  for (Pool& pool : reading.config.pools) check_pool(reading, pool);
}

}  // namespace stead::config
