#include "config/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace stead::config {
namespace {

struct Bytes {
  std::array<std::uint8_t, 16> data{};
  int family = 0;
};

std::optional<Bytes> to_bytes(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Bytes bytes;
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, terminated.c_str(), bytes.data.data()) == 1) {
      bytes.family = family;
      return bytes;
    }
  }
  return std::nullopt;
}

AddressText to_address(const Bytes& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(bytes.family, bytes.data.data(), text.data(), text.size());
  return text.data();
}

// Keeps the first `prefix_length` bits.
void mask(Bytes& bytes, std::uint8_t prefix_length) {
  for (std::size_t i = 0; i < bytes.data.size(); ++i) {
    const auto first_bit = i * 8;
    if (first_bit + 8 <= prefix_length) continue;
    const unsigned kept = prefix_length > first_bit ? prefix_length - static_cast<unsigned>(first_bit) : 0;
    bytes.data[i] = static_cast<std::uint8_t>(bytes.data[i] & (0xff00U >> kept));
  }
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

HostPort fail(HostPort parts, HostPortError error, std::size_t offset, std::size_t length) {
  parts.error = error;
  parts.error_offset = offset;
  parts.error_length = length;
  return parts;
}

}  // namespace

std::optional<AddressText> parse_address(std::string_view text) {
  const std::optional<Bytes> bytes = to_bytes(text);
  if (!bytes) return std::nullopt;
  return to_address(*bytes);
}

bool is_version_6(std::string_view address) { return address.find(':') != std::string_view::npos; }

bool is_loopback(std::string_view address) { return address == "::1" || same_subnet(address, "127.0.0.0", 8); }

bool is_wildcard(std::string_view address) { return address == "0.0.0.0" || address == "::"; }

bool same_subnet(std::string_view one, std::string_view other, std::uint8_t prefix_length) {
  std::optional<Bytes> first = to_bytes(one);
  std::optional<Bytes> second = to_bytes(other);
  if (!first || !second || first->family != second->family) return false;
  mask(*first, prefix_length);
  mask(*second, prefix_length);
  return first->data == second->data;
}

std::string subnet_text(std::string_view address, std::uint8_t prefix_length) {
  std::optional<Bytes> bytes = to_bytes(address);
  if (!bytes) return std::string(address);
  mask(*bytes, prefix_length);
  return to_address(*bytes) + '/' + std::to_string(prefix_length);
}

bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

HostPort split_host_port(std::string_view text) {
  HostPort parts;
  std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return fail(parts, HostPortError::NoHost, 0, text.size());
    parts.host = text.substr(1, close - 1);
    parts.bracketed = true;
    colon = close + 1;
    if (colon >= text.size() || text[colon] != ':') return fail(parts, HostPortError::NoPort, 0, text.size());
  } else {
    parts.host = text.substr(0, colon);
    if (std::count(text.begin(), text.end(), ':') > 1) return fail(parts, HostPortError::BareVersion6, 0, text.size());
    if (colon == std::string_view::npos) return fail(parts, HostPortError::NoPort, 0, text.size());
  }
  if (parts.host.empty()) return fail(parts, HostPortError::NoHost, 0, text.size());
  const std::string_view port = text.substr(colon + 1);
  if (port.empty()) return fail(parts, HostPortError::NoPort, 0, text.size());
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parts.port);
  if (error != std::errc() || end != port.data() + port.size() || parts.port == 0) {
    return fail(parts, HostPortError::BadPort, colon + 1, port.size());
  }
  return parts;
}

std::string suggest_brackets(std::string_view text, std::uint16_t port) {
  // "::1:80" is an address as well, but what looks like a port was meant as one.
  const std::size_t colon = text.rfind(':');
  const std::string_view last = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const auto address = parse_address(text.substr(0, colon));
  if (address && last.find_first_not_of("0123456789") == std::string_view::npos) {
    return '[' + *address + "]:" + std::string(last);
  }
  return join_host_port(parse_address(text).value_or("2001:db8::1"), port);
}

std::string join_host_port(std::string_view host, std::uint16_t port) {
  std::string text;
  if (is_version_6(host)) {
    text.append("[").append(host).append("]");
  } else {
    text.append(host);
  }
  return text.append(":").append(std::to_string(port));
}

}  // namespace stead::config
