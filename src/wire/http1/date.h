// The Date field's format: IMF-fixdate (RFC 9110 section 5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT". Without strftime,
// which asks the locale for the names of days and months. Reading dates is nobody's need yet.
#pragma once

#include <span>

#include "base/time.h"

namespace stead::wire::http1 {

inline constexpr std::size_t kDateSize = 29;

// Fractions of a second are cut off. The format has four digits for the year, which WallTime cannot exceed.
void format_date(WallTime time, std::span<char, kDateSize> out);

}  // namespace stead::wire::http1
