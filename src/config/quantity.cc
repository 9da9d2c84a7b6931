#include "config/quantity.h"

#include <fmt/format.h>

#include <charconv>

namespace stead::config {
namespace {

struct Unit {
  std::string_view written;
  std::string_view said;
  std::int64_t milliseconds;
};

// From the largest, so that formatting takes the first that fits.
constexpr Unit kUnits[] = {{"h", "h", 3'600'000}, {"m", "min", 60'000}, {"s", "s", 1000}, {"ms", "ms", 1}};

// More than ten years is no timer, and leaves room for the arithmetic below.
constexpr std::int64_t kMaxMilliseconds = 400LL * 24 * 3'600'000 * 10;

// Up to three digits after the point, as thousandths.
std::optional<std::int64_t> parse_thousandths(std::string_view number) {
  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? "0" : number.substr(point + 1);
  if (whole.empty() || whole.size() > 12 || fraction.empty() || fraction.size() > 3) return std::nullopt;
  std::int64_t thousandths = 0;
  for (const char digit : whole) {
    if (digit < '0' || digit > '9') return std::nullopt;
    thousandths = thousandths * 10 + (digit - '0');
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const char digit = i < fraction.size() ? fraction[i] : '0';
    if (digit < '0' || digit > '9') return std::nullopt;
    thousandths = thousandths * 10 + (digit - '0');
  }
  return thousandths;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<std::int64_t> thousandths = parse_thousandths(text.substr(0, end));
  if (!thousandths) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (text.substr(end) != unit.written) continue;
    if (*thousandths > kMaxMilliseconds / unit.milliseconds * 1000) return std::nullopt;
    const std::int64_t scaled = *thousandths * unit.milliseconds;
    if (scaled % 1000 != 0) return std::nullopt;
    return std::chrono::milliseconds(scaled / 1000);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  std::uint32_t percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return percent;
}

std::string format_duration(Duration duration) {
  const std::int64_t ms = to_ms(duration);
  for (const Unit& unit : kUnits) {
    if (ms >= unit.milliseconds && ms % unit.milliseconds == 0) {
      return fmt::format("{}{}", ms / unit.milliseconds, unit.written);
    }
  }
  return fmt::format("{}ms", ms);
}

std::string say_duration(Duration duration) {
  const std::int64_t ms = to_ms(duration);
  for (const Unit& unit : kUnits) {
    if (ms < unit.milliseconds) continue;
    if (ms % unit.milliseconds == 0) return fmt::format("{} {}", ms / unit.milliseconds, unit.said);
    if (unit.milliseconds == 1000) return fmt::format("{:g} {}", static_cast<double>(ms) / 1000, unit.said);
  }
  return fmt::format("{} ms", ms);
}

}  // namespace stead::config
