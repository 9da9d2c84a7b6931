// `witness` of [vip.NAME], and the warning where there is none, nor anything else by which a node could notice that it
// is the one which is cut off.
#pragma once

#include "config/reading.h"

namespace stead::config {

// Of a vip that is read but for its name.
void check_witness(Reading& reading, const Value& table, const Vip& vip);

}  // namespace stead::config
