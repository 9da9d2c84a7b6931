#include <fmt/format.h>

#include <charconv>

#include "config/reading.h"

namespace stead::config {
namespace {

std::optional<std::uint16_t> parse_status(std::string_view text) {
  std::uint16_t status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc() || end != text.data() + text.size() || status < 100 || status > 599) return std::nullopt;
  return status;
}

// 204, "204" or "200-299".
void read_status(const Value& value, Check& check, Report& report) {
  const Key& key = *find_key("pool.*.check", "status");
  std::string text = value.text;
  if (value.kind == Kind::Integer) {
    text = std::to_string(value.integer);
  } else if (value.kind != Kind::Text) {
    return report_type(key, value, "a status or a range of them", report);
  }
  const std::size_t hyphen = text.find('-');
  const std::optional<std::uint16_t> from = parse_status(std::string_view(text).substr(0, hyphen));
  const std::optional<std::uint16_t> to =
      hyphen == std::string::npos ? from : parse_status(std::string_view(text).substr(hyphen + 1));
  if (from && to && *from <= *to) {
    check.expect_status_from = *from;
    check.expect_status_to = *to;
    return;
  }
  Diagnostic diagnostic{.code = Code::BadStatusRange, .span = value.span};
  if (from && to) {
    diagnostic.message = "the range ends before it begins";
    diagnostic.help = fmt::format("write \"{}-{}\"", *to, *from);
    diagnostic.replacement = fmt::format("\"{}-{}\"", *to, *from);
  } else {
    diagnostic.message = fmt::format("\"{}\" is not a range of statuses", text);
    diagnostic.help = "write one status or a range, from 100 to 599: \"200-299\"";
    if (text.ends_with("xx") && text.size() == 3) {
      diagnostic.replacement = fmt::format("\"{0}00-{0}99\"", text[0]);
      diagnostic.help = "write " + diagnostic.replacement;
    }
  }
  report.add(std::move(diagnostic));
}

void read_path(const Value& value, Check& check, Report& report) {
  const Key& key = *find_key("pool.*.check", "http");
  if (value.kind != Kind::Text) return report_type(key, value, "a path", report);
  check.kind = CheckKind::Http;
  check.path = value.text;
  const bool sendable = is_header_text(value.text) && value.text.find_first_of(" #") == std::string::npos;
  if (value.text.starts_with('/') && sendable) return;
  Diagnostic diagnostic{.code = Code::BadCheckPath, .span = value.span};
  if (value.text.find("://") != std::string::npos) {
    diagnostic.message = "a check takes a path, not a URL";
    diagnostic.help = "write the path alone; the member's host and port are known";
  } else if (!value.text.starts_with('/')) {
    diagnostic.message = "a path begins with '/'";
    diagnostic.replacement = fmt::format("\"/{}\"", value.text);
    diagnostic.help = "write " + diagnostic.replacement;
  } else {
    diagnostic.message = "a path has no blanks, no '#', and only ASCII characters";
    diagnostic.help = "write other characters as %XX";
  }
  report.add(std::move(diagnostic));
}

void report_exclusive(const Entry& entry, std::string message, std::string why, std::string help, Report& report) {
  report.add({.code = Code::Exclusive,
              .message = std::move(message),
              .span = entry.key_span,
              .why = std::move(why),
              .help = std::move(help)});
}

// What only one kind of check can use.
void check_kind(const Value& table, const Place& place, Report& report) {
  const Entry* http = table.find("http");
  const Entry* tcp = table.find("tcp");
  const bool wants_tcp = tcp != nullptr && tcp->value.kind == Kind::Flag && tcp->value.flag;
  const bool refuses_tcp = tcp != nullptr && tcp->value.kind == Kind::Flag && !tcp->value.flag;
  if (http != nullptr && wants_tcp) {
    report_exclusive(*tcp, fmt::format("{} has both `http` and `tcp`", place.name),
                     "a check with `http` connects as well", "keep `http`", report);
  }
  if (http != nullptr) return;
  if (refuses_tcp) {
    report_exclusive(*tcp, fmt::format("{} has neither `http` nor `tcp`", place.name), "a check must do something",
                     "write `check = false` for no check at all", report);
  }
  for (const std::string_view needs_http : {"host", "status", "body"}) {
    if (const Entry* entry = table.find(needs_http)) {
      report_exclusive(*entry, fmt::format("`{}` is for a check with `http`", needs_http), "a TCP check sees no answer",
                       "add the path to ask for: http = \"/healthz\"", report);
    }
  }
}

}  // namespace

void read_check(Reading& reading, const Value& value, const Place& pool_place, Check& check) {
  check.kind = CheckKind::Tcp;
  if (value.kind == Kind::Flag) {
    if (!value.flag) check.kind = CheckKind::None;
    return;
  }
  const Place place{"pool.*.check", fmt::format("`check` of {}", pool_place.name), value.span};
  if (value.kind != Kind::Table) {
    report_type(*find_key("pool.*", "check"), value, "a table, or false", reading.report);
    return;
  }
  read_section(value, place, reading.document.complete, check, reading.report);
  if (const Entry* tcp = value.find("tcp")) {
    (void)read_flag(*find_key("pool.*.check", "tcp"), tcp->value, reading.report);
  }
  if (const Entry* status = value.find("status")) read_status(status->value, check, reading.report);
  if (const Entry* http = value.find("http")) read_path(http->value, check, reading.report);
  check_kind(value, place, reading.report);
}

}  // namespace stead::config
