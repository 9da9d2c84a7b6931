#include "config/syntax_error.h"

#include <algorithm>
#include <optional>

#include "config/source_line.h"

namespace stead::config {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// A part of a line, from and to a byte, as a place in the file.
Span part_of(std::string_view line, std::uint32_t number, std::size_t begin, std::size_t end) {
  return Span{{number, code_points(line.substr(0, begin)) + 1}, {number, code_points(line.substr(0, end)) + 1}};
}

// What a word processor makes of quotes, and what is left when they are gone.
bool has_typographic_quotes(std::string_view word) {
  return word.starts_with("\xe2\x80") || word.starts_with("\xc2\xab");
}

std::string_view without_typographic_quotes(std::string_view word) {
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  while (!word.empty() && !ascii(word.front())) word.remove_prefix(1);
  while (!word.empty() && !ascii(word.back())) word.remove_suffix(1);
  return word;
}

// The end of a bare word such as 10s, any:80 or /api; what separates values ends it.
std::size_t word_end(std::string_view line, std::size_t begin) {
  const std::size_t end = line.find_first_of(" \t,]}#\"", begin);
  return end == std::string_view::npos ? line.size() : end;
}

// `timeout = 10s`, `[any:80]`: a text without its quotes. Looks at the bare word that holds the parser's position.
bool explain_bare_text(std::string_view line, Diagnostic& diagnostic) {
  std::size_t begin = byte_offset(line, diagnostic.span.begin.column);
  while (begin > 0 && !contains(" \t=,[{", line.substr(begin - 1, 1))) --begin;
  const std::size_t end = word_end(line, begin);
  const std::string_view before = trim(line.substr(0, begin));
  const bool is_value =
      before.ends_with('=') || before.ends_with(',') || (before.ends_with('[') && contains(line, "="));
  if (!is_value || begin == end || contains("\"'[{", line.substr(begin, 1))) return false;
  std::string_view word = line.substr(begin, end - begin);
  diagnostic.span = part_of(line, diagnostic.span.begin.line, begin, end);
  diagnostic.message = "text without quotes";
  diagnostic.why = "TOML takes only numbers, dates, true and false without quotes";
  if (has_typographic_quotes(word)) {
    word = without_typographic_quotes(word);
    diagnostic.message = "text in typographic quotes";
    diagnostic.why = "a text begins and ends with the plain \" of the keyboard";
  }
  diagnostic.replacement = "\"" + std::string(word) + "\"";
  diagnostic.help = "write " + diagnostic.replacement;
  return true;
}

// `/api = { … }`: a key that needs quotes.
bool explain_bare_key(std::string_view line, Diagnostic& diagnostic) {
  const std::size_t begin = line.find_first_not_of(" \t");
  const std::size_t equals = line.find('=');
  if (begin == std::string_view::npos || equals == std::string_view::npos || line[begin] == '[') return false;
  const std::string_view key = trim(line.substr(0, equals));
  if (key.empty() || std::all_of(key.begin(), key.end(), is_bare) || contains(key, "\"") || contains(key, "'")) {
    return false;
  }
  diagnostic.span = part_of(line, diagnostic.span.begin.line, begin, begin + key.size());
  diagnostic.message = "key without quotes";
  diagnostic.why = "only letters, digits, '-' and '_' may stand in a key without quotes";
  diagnostic.help = "write \"" + std::string(key) + "\"";
  diagnostic.replacement = "\"" + std::string(key) + "\"";
  return true;
}

// `name: shop`, as YAML has it.
bool explain_colon(std::string_view line, Diagnostic& diagnostic) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos || contains(line, "=")) return false;
  std::size_t end = begin;
  while (end < line.size() && is_bare(line[end])) ++end;
  if (end == begin || end == line.size() || line[end] != ':') return false;
  diagnostic.span = part_of(line, diagnostic.span.begin.line, end, end + 1);
  diagnostic.message = "':' where '=' belongs";
  diagnostic.why = "the file is TOML, not YAML: a key and its value are joined by '='";
  diagnostic.help = "write `" + std::string(line.substr(begin, end - begin)) + " = …`";
  diagnostic.replacement = " =";
  return true;
}

std::size_t count_quotes(std::string_view line) {
  return static_cast<std::size_t>(std::count(line.begin(), line.end(), '"'));
}

// What is left when the line itself does not show the mistake: help by the parser's words.
void explain_by_description(const SyntaxError& error, std::string_view line, Diagnostic& diagnostic) {
  const std::string_view said = error.description;
  const std::string_view start = trim(line);
  if (contains(start, "//") && !contains(start, "=")) {
    diagnostic.help = "a comment begins with '#'";
  } else if (contains(said, "inline table") && contains(said, "\\n")) {
    diagnostic.help = "a table in { } stays on one line; a longer one becomes a section: [pool.NAME.check]";
  } else if (contains(said, "expected bare key") && trim(line).starts_with('[')) {
    diagnostic.message = "a section's name cannot begin so";
    diagnostic.help = "names are made of letters, digits, '-' and '_'";
  } else if (contains(said, "table header")) {
    diagnostic.help = "a section begins with its name in brackets: [pool.api]";
  } else if (contains(said, "string") && count_quotes(line) % 2 == 1) {
    diagnostic.message = "a text without its closing quote";
    diagnostic.help = "close the text with the quote that it begins with, on the same line";
  } else if (contains(said, "array")) {
    diagnostic.help = "a list is written [\"one\", \"two\"], with a comma between any two and a ']' at the end";
  } else if (start.ends_with('=')) {
    diagnostic.message = "a key without a value";
    diagnostic.help = "write a value after '='";
  } else if (contains(said, "expected '='") && !contains(line, "=")) {
    diagnostic.help = "a line is a section, [pool.api], or a key and its value, key = \"value\"";
  } else if (contains(said, "expected a comment or whitespace")) {
    diagnostic.help = "one value stands after '='; several are written as a list: [\"one\", \"two\"]";
  }
}

// "Error while parsing string: encountered end-of-file" -> "encountered end-of-file while parsing string"
std::string reword(std::string_view description) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  const std::size_t colon = description.find(": ");
  if (!description.starts_with(kPrefix) || colon == std::string_view::npos) return std::string(description);
  std::string words(description.substr(colon + 2));
  words += " in ";
  words += description.substr(kPrefix.size(), colon - kPrefix.size());
  return words;
}

bool is_redefinition(const SyntaxError& error) { return contains(error.description, "cannot redefine"); }

// The key that was given twice. The parser points at its value, or at the header of a section.
Span key_before(std::string_view line, Position where) {
  const std::size_t at = byte_offset(line, where.column);
  if (trim(line).starts_with('[')) return part_of(line, where.line, at, line.find_last_not_of(" \t") + 1);
  const std::size_t equals = line.substr(0, at).rfind('=');
  if (equals == std::string_view::npos || equals == 0) return part_of(line, where.line, at, at + 1);
  const std::size_t last = line.find_last_not_of(" \t", equals - 1);
  if (last == std::string_view::npos) return part_of(line, where.line, at, at + 1);
  std::size_t begin = last;
  while (begin > 0 && !contains(" \t,{", line.substr(begin - 1, 1))) --begin;
  return part_of(line, where.line, begin, last + 1);
}

// Multi-line texts and lists go on in the next line, so this one cannot be judged or left out alone.
std::optional<std::size_t> line_offset(std::string_view text, std::uint32_t line) {
  std::size_t offset = 0;
  for (; line > 1; --line) {
    const std::size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return std::nullopt;
    offset = end + 1;
  }
  return offset;
}

}  // namespace

Diagnostic explain_syntax_error(const SyntaxError& error, std::string_view text) {
  const std::string_view line = source_line(text, error.where.line);
  Diagnostic diagnostic;
  diagnostic.span = Span{error.where, {error.where.line, error.where.column + 1}};
  if (is_redefinition(error)) {
    diagnostic.code = Code::KeyTwice;
    diagnostic.span = key_before(line, error.where);
    diagnostic.message = trim(line).starts_with('[') ? "this section is there already" : "this key is there already";
    diagnostic.help = "keep one of the two";
    return diagnostic;
  }
  if (explain_colon(line, diagnostic) || explain_bare_key(line, diagnostic) || explain_bare_text(line, diagnostic)) {
    return diagnostic;
  }
  diagnostic.message = reword(error.description);
  explain_by_description(error, line, diagnostic);
  return diagnostic;
}

bool leave_out(std::string& text, const SyntaxError& error, const std::function<bool(std::string_view)>& parses) {
  const std::optional<std::size_t> offset = line_offset(text, error.where.line);
  if (!offset) return false;
  const std::string_view line = source_line(text, error.where.line);
  if (trim(line).empty() || trim(line).starts_with('[')) return false;
  // `check = {` goes on in the next lines, which would then be taken for keys of the section.
  if (contains(error.description, "inline table") && contains(error.description, "\\n")) return false;
  if (!is_redefinition(error) && parses(line)) return false;
  text.replace(*offset, line.size(), line.size(), ' ');
  return true;
}

}  // namespace stead::config
