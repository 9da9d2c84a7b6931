#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/nearest.h"
#include "config/reading.h"

namespace stead::config {
namespace {

constexpr std::array<std::string_view, 9> kMethods = {"GET",   "HEAD",    "POST",  "PUT",    "DELETE",
                                                      "PATCH", "OPTIONS", "TRACE", "CONNECT"};
constexpr std::array<std::string_view, 3> kTargets = {"pool", "answer", "redirect"};

struct Match {
  std::string method;
  std::string prefix;
};

Diagnostic bad_key(const Entry& entry, std::string message, std::string help) {
  return {.code = Code::BadRouteKey, .message = std::move(message), .span = entry.key_span, .help = std::move(help)};
}

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

// Methods are case-sensitive (RFC 9110 section 9.1), so "get /" would match nothing.
bool check_method(const Entry& entry, std::string_view method, Report& report) {
  if (is_method(method)) return true;
  const std::string_view close = nearest(method, kMethods);
  report.add(bad_key(entry, fmt::format("\"{}\" is not a method", method),
                     close.empty() ? "write a method in capitals, a blank and a path: \"POST /api/\""
                                   : fmt::format("write \"{} {}\"", close, entry.key.substr(method.size() + 1))));
  return false;
}

bool check_prefix(const Entry& entry, std::string_view prefix, Report& report) {
  if (prefix.starts_with(' ')) {
    report.add(bad_key(entry, "more than one blank between method and path", "write one blank: \"POST /api/\""));
  } else if (!prefix.starts_with('/')) {
    report.add(
        bad_key(entry, fmt::format("\"{}\" does not begin with '/'", prefix), fmt::format("write \"/{}\"", prefix)));
  } else if (prefix.ends_with('*')) {
    report.add(
        bad_key(entry, "a path of a route is a prefix, not a pattern",
                fmt::format("write \"{}\": it matches all that begins with it", prefix.substr(0, prefix.find('*')))));
  } else if (prefix.find_first_of("?#") != std::string_view::npos) {
    report.add(bad_key(entry, "a route cannot look at what follows the path",
                       fmt::format("write \"{}\"", prefix.substr(0, prefix.find_first_of("?#")))));
  } else if (std::any_of(prefix.begin(), prefix.end(), [](char c) { return c <= 0x20 || c >= 0x7f; })) {
    report.add(bad_key(entry, "a path holds visible ASCII characters only", "write other characters as %XX"));
  } else {
    return true;
  }
  return false;
}

std::optional<Match> read_match(const Entry& entry, Report& report) {
  const std::string_view text = entry.key;
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) {
    if (!check_prefix(entry, text, report)) return std::nullopt;
    return Match{"", std::string(text)};
  }
  const std::string_view method = text.substr(0, blank);
  const std::string_view prefix = text.substr(blank + 1);
  if (!check_method(entry, method, report) || !check_prefix(entry, prefix, report)) return std::nullopt;
  return Match{std::string(method), std::string(prefix)};
}

// Exactly one of the targets; its name, or nothing and a report.
std::optional<std::string_view> find_target(const Entry& entry, const Place& place, Report& report) {
  const Entry* found = nullptr;
  for (const Entry& key : entry.value.entries) {
    if (std::find(kTargets.begin(), kTargets.end(), key.key) == kTargets.end()) continue;
    if (found != nullptr) {
      report.add({.code = Code::Exclusive,
                  .message = fmt::format("{} has both `{}` and `{}`", place.name, found->key, key.key),
                  .span = key.key_span,
                  .related = {{found->key_span, "the other"}},
                  .help = "keep one"});
      return std::nullopt;
    }
    found = &key;
  }
  if (found != nullptr) return found->key;
  report.add({.code = Code::NoTarget,
              .message = fmt::format("{} does not say where requests go", place.name),
              .span = entry.key_span,
              .help = "add `pool = \"NAME\"`, `answer = 200` or `redirect = \"https://…\"`"});
  return std::nullopt;
}

// `body`, `type` and `status` each go with one kind of target.
void check_companions(const Entry& entry, std::string_view target, const Place& place, Report& report) {
  for (const Entry& key : entry.value.entries) {
    const std::string_view needs = key.key == "body" || key.key == "type" ? "answer"
                                   : key.key == "status"                  ? "redirect"
                                                                          : target;
    if (needs == target) continue;
    Diagnostic diagnostic{.code = Code::Exclusive, .span = key.key_span};
    diagnostic.message = fmt::format("`{}` goes with `{}`, but {} has `{}`", key.key, needs, place.name, target);
    diagnostic.why = "it would have no effect here";
    diagnostic.help = key.key == "status" && target == "answer" ? "the status stands at `answer` itself: answer = 404"
                                                                : "leave it out";
    report.add(std::move(diagnostic));
  }
}

// Composed in one buffer with its head, for each request anew.
constexpr std::size_t kLongestBody = std::size_t{64} * 1024;
constexpr std::size_t kLongestLocation = 4096;

void check_length(const Entry& entry, std::string_view key, std::size_t longest, std::string_view help,
                  Report& report) {
  const Entry* found = entry.value.find(key);
  if (found == nullptr || found->value.text.size() <= longest) return;
  report.add({.code = Code::OutOfRange,
              .message = fmt::format("`{}` has {} bytes, and may have {}", key, found->value.text.size(), longest),
              .span = found->key_span,
              .help = std::string(help)});
}

bool may_have_body(std::uint16_t status) { return status != 204 && status != 205 && status != 304; }

void read_redirect(const Entry& entry, Route& route, Report& report) {
  const Value& value = entry.value.find("redirect")->value;
  const Key& key = *find_key("site.*.route.*", "redirect");
  if (value.kind != Kind::Text) return report_type(key, value, "a URL or a path", report);
  const std::string& text = value.text;
  const bool whole = text.starts_with("https://") || text.starts_with("http://") || text.starts_with('/');
  const bool sendable = is_header_text(text) && text.find(' ') == std::string::npos;
  if (!whole || !sendable) {
    report.add({.code = Code::BadRedirect,
                .message = whole ? "a URL has no blanks and only ASCII characters"
                                 : fmt::format("\"{}\" is neither a URL nor a path", text),
                .span = value.span,
                .help = "for example: redirect = \"https://shop.example.com{path}\""});
  }
  route.location = text;
  route.status = 307;
  const Entry* status = entry.value.find("status");
  if (status == nullptr) return;
  const std::optional<std::uint32_t> read = read_number(*find_key("site.*.route.*", "status"), status->value, report);
  if (!read) return;
  route.status = static_cast<std::uint16_t>(*read);
  if (*read < 304 || *read > 306) return;
  report.add({.code = Code::BadRedirect,
              .message = fmt::format("{} is not the status of a redirect", *read),
              .span = status->value.span,
              .help = "use 307 (temporary) or 308 (for ever); 301, 302 and 303 may change POST into GET"});
}

}  // namespace

void read_route(Reading& reading, const Entry& entry, const Place& section, Site& site) {
  Report& report = reading.report;
  const std::optional<Match> match = read_match(entry, report);
  const Place place{"site.*.route.*", fmt::format("the route \"{}\" of [site.{}]", entry.key, site.name),
                    entry.key_span};
  if (entry.value.kind != Kind::Table) {
    report.add({.code = Code::WrongType,
                .message = fmt::format("a route in {} takes a table", section.name),
                .span = entry.value.span,
                .label = fmt::format("this is {}", describe(entry.value.kind)),
                .help = fmt::format("write \"{}\" = {{ pool = \"{}\" }}", entry.key,
                                    is_name(entry.value.text) ? entry.value.text : "api")});
    return;
  }
  Route route;
  route.where = entry.key_span.begin;
  read_section(entry.value, place, reading.document.complete, route, report);
  const std::optional<std::string_view> target = find_target(entry, place, report);
  if (!target) return;
  check_companions(entry, *target, place, report);
  route.kind = *target == "pool" ? RouteKind::Pool : *target == "answer" ? RouteKind::Answer : RouteKind::Redirect;
  if (route.kind == RouteKind::Redirect) read_redirect(entry, route, report);
  if (route.kind == RouteKind::Answer && !route.body.empty() && !may_have_body(route.status)) {
    report.add({.code = Code::BodyNotAllowed,
                .message = fmt::format("an answer with status {} has no body", route.status),
                .span = entry.value.find("body")->key_span,
                .help = "leave `body` out, or choose another status"});
  }
  check_length(entry, "body", kLongestBody, "let a member serve what is longer", report);
  check_length(entry, "redirect", kLongestLocation, "browsers do not follow what is longer", report);
  if (!match) return;
  route.method = match->method;
  route.prefix = match->prefix;
  site.routes.push_back(std::move(route));
}

}  // namespace stead::config
