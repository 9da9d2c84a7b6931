// Status as JSON and back: what GET /v1/status answers and `stead status` reads. Durations are numbers of milliseconds,
// and their names end in "_ms". A reader of a newer or older answer takes what it knows and leaves out the rest.
#pragma once

#include <boost/json/fwd.hpp>

#include "admin/status.h"
#include "base/error.h"

namespace stead::admin {

[[nodiscard]] boost::json::value to_json(const Status& status);
[[nodiscard]] Result<Status> status_from_json(const boost::json::value& value);

}  // namespace stead::admin
