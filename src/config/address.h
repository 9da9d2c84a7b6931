// IP addresses, host names and host:port as text. Nothing here asks a resolver or the kernel: what a name stands for is
// found out later (config/resolve.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/model.h"

namespace stead::config {

// The canonical text of an IPv4 or IPv6 address; nullopt if it is none. No brackets, no zone, no prefix.
[[nodiscard]] std::optional<AddressText> parse_address(std::string_view text);

// All take canonical addresses.
[[nodiscard]] bool is_version_6(std::string_view address);
[[nodiscard]] bool is_loopback(std::string_view address);
// "0.0.0.0" and "::": every address of the machine.
[[nodiscard]] bool is_wildcard(std::string_view address);
// Whether the two agree in their first `prefix_length` bits. False for different versions.
[[nodiscard]] bool same_subnet(std::string_view one, std::string_view other, std::uint8_t prefix_length);
// "10.0.0.0/24" for "10.0.0.11" and 24.
[[nodiscard]] std::string subnet_text(std::string_view address, std::uint8_t prefix_length);

// Letters, digits and hyphens in labels joined by dots (RFC 1123 section 2.1); '_' is accepted, since containers have
// it. A dot at the end is allowed.
[[nodiscard]] bool is_host_name(std::string_view text);

enum class HostPortError : std::uint8_t { NoPort, BadPort, NoHost, BareVersion6 };

struct HostPort {
  std::string_view host;  // without brackets
  std::uint16_t port = 0;
  bool bracketed = false;
  std::optional<HostPortError> error;
  // The offending part, for the underline.
  std::size_t error_offset = 0;
  std::size_t error_length = 0;
};

// "app-1:8000", "10.0.0.1:80", "[2001:db8::1]:80".
[[nodiscard]] HostPort split_host_port(std::string_view text);

// "[2001:db8::1]:80" for "2001:db8::1:80", or for "2001:db8::1" with the port that is given; a fixed example for what
// is no address at all.
[[nodiscard]] std::string suggest_brackets(std::string_view text, std::uint16_t port);

// The inverse of split_host_port, with brackets where they are needed.
[[nodiscard]] std::string join_host_port(std::string_view host, std::uint16_t port);
[[nodiscard]] inline std::string to_text(const Endpoint& endpoint) {
  return join_host_port(endpoint.address, endpoint.port);
}

}  // namespace stead::config
