// JSON as people read it: indented by two, one member a line. Boost.JSON writes only the dense form.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace stead::config {

[[nodiscard]] std::string indented(const boost::json::value& value);

}  // namespace stead::config
