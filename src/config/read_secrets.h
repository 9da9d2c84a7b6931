// `secrets` and `authentication` of [vip.NAME]. No message repeats a secret, right or wrong.
#pragma once

#include "config/reading.h"

namespace stead::config {

// "1:<32 to 64 characters>", "1:hex:<64 to 128 digits>".
void read_secret(Reading& reading, const Value& value, Vip& vip);
// What can only be seen of all of them together.
void check_authentication(Reading& reading, const Value& table, const Vip& vip);

}  // namespace stead::config
