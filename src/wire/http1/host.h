// Checks what a Host field or a target's authority may say: uri-host [ ":" port ] (RFC 9110 section 7.2), read
// narrowly. It neither resolves nor normalises; who compares hosts decides about case and a final dot.
#pragma once

#include <string_view>

namespace stead::wire::http1 {

enum class PortRule : bool { Optional, Required };

// A name, an IPv4 address or an IPv6 address in brackets, with a decimal port. No user name, no list, no blanks, no
// percent-encoding, no zone, and no ':' without a port behind it.
[[nodiscard]] bool is_host(std::string_view text, PortRule port = PortRule::Optional);

}  // namespace stead::wire::http1
