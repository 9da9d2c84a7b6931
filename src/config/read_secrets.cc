#include "config/read_secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace stead::config {
namespace {

constexpr std::string_view kHexPrefix = "hex:";
constexpr std::string_view kExample = "secrets = [\"1:hex:…\"], with what `openssl rand -hex 32` prints";
constexpr std::size_t kShortestKey = 32;
constexpr std::size_t kLongestKey = 64;
constexpr std::size_t kMostSecrets = 8;

void report_bad(Reading& reading, const Span& span, std::string message, std::string help, std::string why = {}) {
  reading.report.add({.code = Code::BadSecret,
                      .message = std::move(message),
                      .span = span,
                      .why = std::move(why),
                      .help = std::move(help)});
}

std::optional<std::uint8_t> read_id(std::string_view text) {
  std::uint8_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id == 0) return std::nullopt;
  return id;
}

// nullopt: not an even number of digits.
std::optional<std::string> from_hex(std::string_view digits) {
  std::string key;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    std::uint8_t byte = 0;
    const char* const last = digits.data() + i + 2;
    const auto [end, error] = std::from_chars(digits.data() + i, last, byte, 16);
    if (error != std::errc() || end != last) return std::nullopt;
    key.push_back(static_cast<char>(byte));
  }
  return key;
}

}  // namespace

void read_secret(Reading& reading, const Value& value, Vip& vip) {
  if (value.kind != Kind::Text) return report_type(*find_key("vip.*", "secrets"), value, "a text", reading.report);
  const std::string_view text = value.text;
  const std::size_t colon = text.find(':');
  const std::optional<std::uint8_t> id = read_id(text.substr(0, colon));
  if (!id || colon == std::string_view::npos) {
    return report_bad(reading, value.span, "a secret begins with its number, from 1 to 255, and a colon",
                      fmt::format("write {}", kExample),
                      "the number says in each advert which secret it is signed with");
  }
  // So that `without_secrets` finds it in the file as it is.
  if (!value.verbatim) {
    return report_bad(reading, value.span, "a secret has only characters of ASCII, and none that are escaped",
                      "write it with `hex:` before it", "it must be the same bytes in the files of all routers");
  }
  std::optional<std::string> key(text.substr(colon + 1));
  if (key->starts_with(kHexPrefix)) key = from_hex(text.substr(colon + 1 + kHexPrefix.size()));
  if (!key) {
    return report_bad(reading, value.span, "what follows `hex:` is not two digits for each byte",
                      "write an even number of digits from 0 to 9 and a to f");
  }
  if (key->size() < kShortestKey || key->size() > kLongestKey) {
    return report_bad(
        reading, value.span,
        fmt::format("a secret has {} to {} bytes, and this one has {}", kShortestKey, kLongestKey, key->size()),
        fmt::format("write {}", kExample), "a shorter one could be guessed from adverts that were heard");
  }
  if (std::ranges::find(vip.secrets, *id, &VipSecret::id) != vip.secrets.end()) {
    return report_bad(reading, value.span, fmt::format("there is a secret {} already", *id), "give it another number",
                      "an advert says only the number");
  }
  vip.secrets.push_back({.id = *id, .key = *std::move(key)});
}

void check_authentication(Reading& reading, const Value& table, const Vip& vip) {
  const Entry* secrets = table.find("secrets");
  const Entry* authentication = table.find("authentication");
  if (secrets == nullptr && authentication != nullptr) {
    return report_bad(reading, authentication->value.span, "`authentication` without `secrets` does nothing",
                      fmt::format("add {}", kExample), "nothing can be signed or checked");
  }
  if (secrets == nullptr) return;
  if (secrets->value.kind == Kind::List && secrets->value.items.empty()) {
    return report_bad(reading, secrets->value.span, "`secrets` has none", fmt::format("write {}", kExample));
  }
  if (vip.secrets.size() > kMostSecrets) {
    report_bad(reading, secrets->value.span, fmt::format("a vip has at most {} secrets", kMostSecrets),
               "leave out those that no router uses any more", "two are enough for one to follow the other");
  }
}

}  // namespace stead::config
