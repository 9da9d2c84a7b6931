// Durations and percentages as people write them, "500ms" and "20%", and back.
//
// A number without a unit is refused: what a bare 10 means differs from program to program, and a timer that is a
// thousand times off shows only in an outage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stead::config {

// "500ms", "1.5s", "10m", "1h"; nothing between number and unit. Finer than a millisecond is not accepted.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

// "20%", whole percents.
[[nodiscard]] std::optional<std::uint32_t> parse_percent(std::string_view text);

// The shortest text that parse_duration reads as the same: "500ms", "2s", "1m", "1500ms".
[[nodiscard]] std::string format_duration(Duration duration);

// "500 ms", "2 s", "1.5 s", "10 min": for sentences.
[[nodiscard]] std::string say_duration(Duration duration);

}  // namespace stead::config
