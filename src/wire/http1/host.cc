#include "wire/http1/host.h"

#include "wire/http1/characters.h"

namespace stead::wire::http1 {

namespace {

constexpr std::size_t kMaxName = 255;          // RFC 1035 section 2.3.4
constexpr std::size_t kMaxBracketed = 45 + 2;  // an IPv6 address that ends in an IPv4 one, at its longest

// Labels may be of any shape but empty: "a..b" is no name, and some take it for a path.
bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxName || name.front() == '.') return false;
  return are_all(name, kHostName) && !name.contains("..");
}

// Only what it is made of: who connects to the address parses it, and nobody here does.
bool is_bracketed_address(std::string_view text) {
  if (text.size() < 4 || text.size() > kMaxBracketed) return false;  // "[::]" is the shortest
  bool colon = false;
  for (const char byte : text.substr(1, text.size() - 2)) {
    if (!is(byte, kHexDigit) && byte != ':' && byte != '.') return false;
    colon = colon || byte == ':';
  }
  return colon;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !are_all(text, kDigit)) return false;
  unsigned port = 0;
  for (const char digit : text) port = port * 10 + static_cast<unsigned>(digit - '0');
  return port <= 65535;
}

}  // namespace

bool is_host(std::string_view text, PortRule port_rule) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') + 1 : text.find(':');
  if (bracketed && host_end == 0) return false;  // npos + 1: no closing bracket
  const std::string_view host = text.substr(0, host_end);
  const std::string_view rest = text.substr(host.size());
  if (!(bracketed ? is_bracketed_address(host) : is_name(host))) return false;
  if (rest.empty()) return port_rule == PortRule::Optional;
  return rest.front() == ':' && is_port(rest.substr(1));
}

}  // namespace stead::wire::http1
