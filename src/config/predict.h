// How long things should take, computed from the timers alone: what `stead check` promises, and what a drill compares
// with what it measured.
//
// For the worst moment at which it can happen, with the jitter of the checks, and for members that otherwise answer
// checks at once. Requests of real clients notice most failures long before these.
#pragma once

#include "base/time.h"
#include "config/model.h"

namespace stead::config {

// Until checks alone take a member out that refuses connections. Zero: there is no check.
[[nodiscard]] Duration time_to_notice_refusal(const Check& check);

// The same for a member that accepts and says nothing, or whose host is gone: each check runs into its timeout.
[[nodiscard]] Duration time_to_notice_silence(const Check& check);

// From the moment when a member works again until checks put it back.
[[nodiscard]] Duration time_to_return(const Check& check);

// From the last advert of a vip's owner until the next node has the addresses, where the owner goes silent: it is cut
// off, freezes, loses power.
[[nodiscard]] Duration time_to_take_over(const Vip& vip);

// Whether a check of this kind notices an application that hangs: its kernel still accepts connections.
[[nodiscard]] inline bool notices_hang(const Check& check) { return check.kind == CheckKind::Http; }

}  // namespace stead::config
