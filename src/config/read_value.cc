#include "config/read_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/nearest.h"
#include "config/quantity.h"

namespace stead::config {
namespace {

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", text); }

// "a duration such as \"500ms\"" and the like, to complete "`every` takes …".
std::string wanted(const Key& key) {
  std::string words;
  switch (key.type) {
    case Type::Duration:
      words = "a duration such as \"500ms\", \"2s\" or \"5m\"";
      break;
    case Type::Percent:
      words = "a percentage such as \"20%\"";
      break;
    case Type::Choice:
      words = "one of " + list_words(key.choices, "or");
      break;
    case Type::Count:
      words = "a whole number";
      break;
    case Type::Flag:
      words = "true or false";
      break;
    default:
      words = "a text in quotes";
      break;
  }
  if (!key.word.empty()) words += fmt::format(", or \"{}\"", key.word);
  return words;
}

std::string limit_text(const Key& key, std::int64_t limit) {
  if (key.type == Type::Duration) return format_duration(std::chrono::milliseconds(limit));
  if (key.type == Type::Percent) return fmt::format("{}%", limit);
  return fmt::format("{}", limit);
}

bool in_range(const Key& key, const Value& value, std::int64_t number, Report& report) {
  if (number >= key.min && number <= key.max) return true;
  Diagnostic diagnostic{.code = Code::OutOfRange, .span = value.span};
  const bool low = number < key.min;
  const std::string nearest_limit = limit_text(key, low ? key.min : key.max);
  diagnostic.message = fmt::format("`{}` is too {}", key.name, low ? "small" : "large");
  diagnostic.label = fmt::format("at {} {}", low ? "least" : "most", nearest_limit);
  diagnostic.help = fmt::format("write a value from {} to {}", limit_text(key, key.min), limit_text(key, key.max));
  if (!key.word.empty()) diagnostic.help += fmt::format(", or \"{}\"", key.word);
  report.add(std::move(diagnostic));
  return false;
}

// `every = 500`: a number where a unit is needed. Small numbers were probably seconds, large ones milliseconds.
void report_missing_unit(const Key& key, const Value& value, Report& report) {
  Diagnostic diagnostic{.code = Code::BadQuantity, .span = value.span};
  diagnostic.message = fmt::format("`{}` needs a unit", key.name);
  if (key.type == Type::Percent) {
    diagnostic.why = "0.2, 20 and 20% would all be plausible; the unit says which is meant";
    const bool fraction = value.kind == Kind::Real && value.real > 0 && value.real <= 1;
    const double percent = value.kind == Kind::Integer ? static_cast<double>(value.integer)
                           : fraction                  ? value.real * 100
                                                       : 20;
    diagnostic.help = fmt::format("write \"{:.0f}%\"", std::clamp(percent, 0.0, 100.0));
  } else if (value.kind == Kind::Integer && value.integer >= 0) {
    const std::int64_t number = value.integer;
    const std::string first = fmt::format("\"{}{}\"", number, number >= 100 ? "ms" : "s");
    const std::string second = fmt::format("\"{}{}\"", number, number >= 100 ? "s" : "ms");
    diagnostic.help = fmt::format("write {} or {}", first, second);
  } else {
    diagnostic.help = "write \"1500ms\", \"1.5s\" or the like";
  }
  report.add(std::move(diagnostic));
}

// The unit that is meant by another way to write it.
std::string_view usual_unit(const Key& key, std::string_view written) {
  struct Synonym {
    std::string_view written;
    std::string_view unit;
  };
  constexpr Synonym kSynonyms[] = {
      {"msec", "ms"},   {"millis", "ms"}, {"milliseconds", "ms"}, {"sec", "s"},  {"secs", "s"},
      {"second", "s"},  {"seconds", "s"}, {"min", "m"},           {"mins", "m"}, {"minute", "m"},
      {"minutes", "m"}, {"hour", "h"},    {"hours", "h"},         {"ms", "ms"},  {"s", "s"},
      {"m", "m"},       {"h", "h"}};
  written.remove_prefix(std::min(written.find_first_not_of(' '), written.size()));
  if (key.type == Type::Percent) return written == "%" || written == "percent" ? "%" : "";
  for (const Synonym& synonym : kSynonyms) {
    if (edit_distance(synonym.written, written) == 0) return synonym.unit;
  }
  return {};
}

void report_unknown_unit(const Key& key, const Value& value, Report& report) {
  const std::size_t digits = std::min(value.text.find_first_not_of("0123456789."), value.text.size());
  const std::string_view unit = std::string_view(value.text).substr(digits);
  Diagnostic diagnostic{.code = Code::BadQuantity, .span = value.span};
  if (digits == 0) {
    diagnostic.message = fmt::format("`{}` takes {}", key.name, wanted(key));
    diagnostic.why = "this is not a quantity";
  } else if (unit.empty()) {
    diagnostic.message = fmt::format("`{}` needs a unit", key.name);
    diagnostic.help = key.type == Type::Percent ? fmt::format("write \"{}%\"", value.text)
                                                : fmt::format("write \"{0}s\" or \"{0}ms\"", value.text);
  } else {
    diagnostic.span = value.part(digits, unit.size());
    diagnostic.message = fmt::format("unknown unit in `{}`", key.name);
    diagnostic.why = "a quantity is one number and one unit, without a blank between";
    const std::string_view known = usual_unit(key, unit);
    if (known == unit) {
      diagnostic.span = value.part(0, digits);
      diagnostic.message = fmt::format("`{}` is no number of this kind", value.text.substr(0, digits));
      diagnostic.why = "a quantity has at most three decimals, and no timer is finer than a millisecond";
      diagnostic.help =
          key.type == Type::Percent ? "write whole percents: \"20%\"" : "write \"1.5s\", \"500ms\" or the like";
      report.add(std::move(diagnostic));
      return;
    }
    diagnostic.help = !known.empty()              ? fmt::format("write \"{}{}\"", value.text.substr(0, digits), known)
                      : key.type == Type::Percent ? "the unit is %: \"20%\""
                                                  : "the units are ms, s, m and h: \"500ms\"";
  }
  report.add(std::move(diagnostic));
}

std::optional<std::uint32_t> read_choice(const Key& key, const Value& value, Report& report) {
  for (std::uint32_t i = 0; i < key.choices.size(); ++i) {
    if (key.choices[i] == value.text) return i;
  }
  Diagnostic diagnostic{.code = Code::BadChoice, .span = value.span};
  diagnostic.message = fmt::format("{} is no `{}`", quoted(value.text), key.name);
  std::string_view close = nearest(value.text, key.choices);
  if (close.empty()) close = same_beginning(value.text, key.choices);
  if (!close.empty()) {
    diagnostic.label = fmt::format("did you mean {}?", quoted(close));
    diagnostic.replacement = quoted(close);
  }
  diagnostic.help = "choose " + list_words(key.choices, "or");
  report.add(std::move(diagnostic));
  return std::nullopt;
}

std::optional<std::uint32_t> read_percent(const Key& key, const Value& value, Report& report) {
  const std::optional<std::uint32_t> percent = parse_percent(value.text);
  if (!percent) {
    report_unknown_unit(key, value, report);
    return std::nullopt;
  }
  if (!in_range(key, value, *percent, report)) return std::nullopt;
  return percent;
}

bool is_word(const Key& key, const Value& value) {
  if (key.word.empty()) return false;
  if (value.kind == Kind::Text) return value.text == key.word;
  return value.kind == Kind::Flag && !value.flag &&
         key.word == "off";  // `slow-start = false` cannot mean another thing
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void report_type(const Key& key, const Value& value, std::string_view expected, Report& report) {
  Diagnostic diagnostic{.code = Code::WrongType, .span = value.span};
  diagnostic.message = fmt::format("`{}` takes {}", key.name == "*" ? "a name here" : key.name, expected);
  diagnostic.label = fmt::format("this is {}", describe(value.kind));
  if (!key.example.empty()) diagnostic.help = fmt::format("for example: {}", key.example);
  report.add(std::move(diagnostic));
}

std::optional<std::string> read_text(const Key& key, const Value& value, Report& report) {
  if (value.kind != Kind::Text) {
    report_type(key, value, wanted(key), report);
    return std::nullopt;
  }
  Diagnostic diagnostic{.code = Code::BadName, .span = value.span, .help = fmt::format("for example: {}", key.example)};
  if (key.type == Type::Name && !is_name(value.text)) {
    diagnostic.message = fmt::format("`{}` is a name of letters, digits, '-', '_' and '.', 64 at most", key.name);
  } else if (key.type == Type::Header && !is_header_text(value.text)) {
    diagnostic.message = fmt::format("`{}` cannot be sent in a header", key.name);
    diagnostic.why = "a header holds visible ASCII characters and blanks; anything else could break the message apart";
  } else {
    return value.text;
  }
  report.add(std::move(diagnostic));
  return std::nullopt;
}

std::optional<bool> read_flag(const Key& key, const Value& value, Report& report) {
  if (value.kind == Kind::Flag) return value.flag;
  report_type(key, value, wanted(key), report);
  return std::nullopt;
}

std::optional<Duration> read_duration(const Key& key, const Value& value, Report& report) {
  if (is_word(key, value)) return Duration{};
  if (value.kind == Kind::Integer || value.kind == Kind::Real) {
    report_missing_unit(key, value, report);
    return std::nullopt;
  }
  if (value.kind != Kind::Text) {
    report_type(key, value, wanted(key), report);
    return std::nullopt;
  }
  const std::optional<Duration> duration = parse_duration(value.text);
  if (!duration) {
    report_unknown_unit(key, value, report);
    return std::nullopt;
  }
  if (!in_range(key, value, to_ms(*duration), report)) return std::nullopt;
  return duration;
}

std::optional<std::uint32_t> read_number(const Key& key, const Value& value, Report& report) {
  if (is_word(key, value)) return 0;
  if (key.type == Type::Choice && value.kind == Kind::Text) return read_choice(key, value, report);
  if (key.type == Type::Percent && value.kind == Kind::Text) return read_percent(key, value, report);
  if (key.type == Type::Percent && (value.kind == Kind::Integer || value.kind == Kind::Real)) {
    report_missing_unit(key, value, report);
    return std::nullopt;
  }
  if (key.type != Type::Count || value.kind != Kind::Integer) {
    report_type(key, value, wanted(key), report);
    return std::nullopt;
  }
  if (!in_range(key, value, value.integer, report)) return std::nullopt;
  return static_cast<std::uint32_t>(value.integer);
}

Value fallback_value(const Key& key) {
  Value value;
  if (key.fallback.starts_with('"')) {
    value.kind = Kind::Text;
    value.text = key.fallback.substr(1, key.fallback.size() - 2);
  } else if (key.fallback == "true" || key.fallback == "false") {
    value.kind = Kind::Flag;
    value.flag = key.fallback == "true";
  } else {
    value.kind = Kind::Integer;
    for (const char digit : key.fallback) value.integer = value.integer * 10 + (digit - '0');
  }
  return value;
}

}  // namespace stead::config
