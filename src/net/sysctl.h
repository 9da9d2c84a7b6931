// Settings of the kernel, under /proc/sys: "net/ipv4/ip_forward". One line of text each, without its end.
#pragma once

#include <string>

#include "base/error.h"

namespace stead::net {

[[nodiscard]] Result<std::string> read_sysctl(const std::string& name);
// Writes nothing where it is so already: in a container, it may be right and read-only.
[[nodiscard]] Result<> set_sysctl(const std::string& name, const std::string& value);
// Whether set_sysctl() would succeed.
[[nodiscard]] Result<> may_set_sysctl(const std::string& name, const std::string& value);

}  // namespace stead::net
