#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/nearest.h"
#include "config/reading.h"

namespace stead::config {
namespace {

constexpr std::string_view kForms = "write \"HOST:port\": a node's name, an IP address or a host name, and a port";

void report_parts(const Value& value, const HostPort& parts, Report& report) {
  Diagnostic diagnostic{.code = Code::BadPort, .span = value.part(parts.error_offset, parts.error_length)};
  if (const std::size_t scheme = value.text.find("://"); scheme != std::string::npos) {
    diagnostic.code = Code::BadAddress;
    const std::size_t begin = scheme + 3;
    diagnostic.message = "a member is no URL";
    diagnostic.why = "requests keep their own paths, and members are spoken to in plain HTTP";
    diagnostic.span = value.span;
    diagnostic.help = fmt::format("write \"{}\"", value.text.substr(begin, value.text.find('/', begin) - begin));
  } else if (*parts.error == HostPortError::BareVersion6) {
    diagnostic.code = Code::BadAddress;
    diagnostic.message = "an IPv6 address stands in brackets before a port";
    diagnostic.why = "its own colons would hide where the port begins";
    diagnostic.help = fmt::format("write \"{}\"", suggest_brackets(value.text, 8000));
  } else if (*parts.error == HostPortError::BadPort) {
    diagnostic.message = "not a port";
    diagnostic.help = "ports are numbers from 1 to 65535";
  } else if (*parts.error == HostPortError::NoPort && !parts.host.empty()) {
    diagnostic.message = fmt::format("the member \"{}\" has no port", value.text);
    diagnostic.help = fmt::format("write \"{}:8000\", with the port on which it listens", parts.host);
  } else {
    diagnostic.message = "a member is a host and a port";
    diagnostic.help = kForms;
  }
  report.add(std::move(diagnostic));
}

// A name with a dot is a host name. One without could be either, so where the file names nodes it must be one of them:
// a misspelt node would otherwise be looked up somewhere in the network.
bool check_host(const Reading& reading, const Value& value, const HostPort& parts) {
  Diagnostic diagnostic{.code = Code::UnknownNode, .span = value.part(0, parts.host.size())};
  if (parts.bracketed || !is_host_name(parts.host)) {
    diagnostic.code = Code::BadAddress;
    diagnostic.message = fmt::format("\"{}\" is neither an address nor a name", parts.host);
    diagnostic.help = kForms;
    reading.report.add(std::move(diagnostic));
    return false;
  }
  const bool all_digits = parts.host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (all_digits) {  // "10.0.0.256" is a host name by its letters alone, but never meant as one
    diagnostic.code = Code::BadAddress;
    diagnostic.message = fmt::format("{} is not an IPv4 address", parts.host);
    diagnostic.help = "four numbers from 0 to 255, joined by dots";
    reading.report.add(std::move(diagnostic));
    return false;
  }
  if (reading.config.nodes.empty() || parts.host == "localhost" || parts.host.find('.') != std::string_view::npos) {
    return true;
  }
  std::vector<std::string_view> names;
  for (const Node& node : reading.config.nodes) names.push_back(node.name);
  const std::string_view close = nearest(parts.host, names);
  diagnostic.message = fmt::format("no node is called `{}`", parts.host);
  if (!close.empty()) diagnostic.label = fmt::format("did you mean `{}`?", close);
  diagnostic.help =
      fmt::format("nodes are {}; a host name for the resolver needs a dot, if only at its end: \"{}.:{}\"",
                  list_words(names), parts.host, parts.port);
  reading.report.add(std::move(diagnostic));
  return false;
}

bool read_endpoint(const Reading& reading, const Value& value, Member& member) {
  if (value.kind != Kind::Text) {
    report_type(*find_key("pool.*.members.*", "at"), value, "a host and a port", reading.report);
    return false;
  }
  const HostPort parts = split_host_port(value.text);
  if (parts.error) {
    report_parts(value, parts, reading.report);
    return false;
  }
  member.name = value.text;
  member.host = parts.host;
  member.endpoint.port = parts.port;
  if (const Node* node = reading.find_node(parts.host)) {
    member.endpoint.address = node->address;
    return true;
  }
  if (const std::optional<AddressText> address = parse_address(parts.host)) {
    member.endpoint.address = *address;
    return true;
  }
  return check_host(reading, value, parts);
}

bool same_name(std::string_view one, std::string_view other) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), same);
}

bool same_member(const Member& one, const Member& other) {
  if (one.endpoint.address.empty() || other.endpoint.address.empty()) {
    return same_name(one.host, other.host) && one.endpoint.port == other.endpoint.port;
  }
  return one.endpoint == other.endpoint;
}

Span span_of(Position begin, std::size_t length) {
  return Span{begin, {begin.line, begin.column + static_cast<std::uint32_t>(length)}};
}

}  // namespace

void read_member(Reading& reading, const Value& value, const Place& pool_place, Pool& pool) {
  Member member;
  const Value* at = &value;
  store_defaults("pool.*.members.*", member);
  if (value.kind == Kind::Table) {
    const Place place{"pool.*.members.*", fmt::format("a member of {}", pool_place.name), value.span};
    read_section(value, place, reading.document.complete, member, reading.report);
    const Entry* entry = value.find("at");
    if (entry == nullptr) return;
    at = &entry->value;
  }
  member.where = at->span.begin;
  if (!read_endpoint(reading, *at, member)) return;
  for (const Member& other : pool.members) {
    if (!same_member(member, other)) continue;
    reading.report.add({.code = Code::MemberTwice,
                        .message = fmt::format("{} is in {} already", member.name, pool_place.name),
                        .span = at->span,
                        .related = {{span_of(other.where, other.name.size() + 2), "the first is here"}},
                        .help = "leave one out; for more requests, give it a weight: "
                                "{ at = \"" +
                                member.name + "\", weight = 2 }"});
    return;
  }
  pool.members.push_back(std::move(member));
}

}  // namespace stead::config
