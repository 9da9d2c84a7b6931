#include "wire/http1/date.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace stead::wire::http1 {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void put_number(char* out, int digits, std::int64_t value) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

// Sun, 06 Nov 1994 08:49:37 GMT
// 0    5  8   12   17 20 23
void format_date(WallTime time, std::span<char, kDateSize> out) {
  constexpr std::string_view kPattern = "Day, 00 Mon 0000 00:00:00 GMT";
  // Seconds first: the midnight before the smallest WallTime is no WallTime.
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto midnight = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{second - midnight};

  std::ranges::copy(kPattern, out.begin());
  std::ranges::copy(kDays[std::chrono::weekday{midnight}.c_encoding()], out.begin());
  put_number(out.data() + 5, 2, static_cast<unsigned>(date.day()));
  std::ranges::copy(kMonths[static_cast<unsigned>(date.month()) - 1], out.begin() + 8);
  put_number(out.data() + 12, 4, static_cast<int>(date.year()));
  put_number(out.data() + 17, 2, clock.hours().count());
  put_number(out.data() + 20, 2, clock.minutes().count());
  put_number(out.data() + 23, 2, clock.seconds().count());
}

}  // namespace stead::wire::http1
