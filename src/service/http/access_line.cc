#include "service/http/access_line.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/time.h"
#include "service/http/access_record.h"

namespace stead::service::http {

namespace {

// Takes one text after another from behind the fixed part.
class Texts {
 public:
  explicit Texts(std::string_view rest) : rest_(rest) {}
  std::string_view take(std::size_t length) {
    if (length > rest_.size()) {
      whole_ = false;
      length = rest_.size();
    }
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
  }
  [[nodiscard]] bool whole() const { return whole_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool whole_ = true;
};

void append_escaped(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += '-';
    return;
  }
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    }
  }
}

void append_time(std::string& out, std::int64_t wall_ns) {
  const WallTime time{Duration{wall_ns}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(time - day)};
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                 clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

void append_ms(std::string& out, std::int64_t nanoseconds) {
  if (nanoseconds < 0) {
    out += '-';
  } else {
    fmt::format_to(std::back_inserter(out), "{:.1f}", static_cast<double>(nanoseconds) / 1e6);
  }
}

void append_flags(std::string& out, std::uint8_t flags) {
  static constexpr std::array<std::pair<std::uint8_t, std::string_view>, 5> kNames{{
      {AccessRecord::kHedged, "hedged"},
      {AccessRecord::kReused, "reused"},
      {AccessRecord::kQueued, "queued"},
      {AccessRecord::kReplayed, "replayed"},
      {AccessRecord::kClientAbort, "client-abort"},
  }};
  bool any = false;
  for (const auto& [bit, name] : kNames) {
    if ((flags & bit) == 0) continue;
    if (any) out += ',';
    out += name;
    any = true;
  }
  if (!any) out += '-';
}

}  // namespace

bool append_access_line(std::string_view record, std::string& out) {
  AccessRecord fixed;
  if (record.size() < sizeof fixed) return false;
  std::memcpy(&fixed, record.data(), sizeof fixed);
  Texts texts(record.substr(sizeof fixed));
  const std::string_view client = texts.take(fixed.client_length);
  const std::string_view method = texts.take(fixed.method_length);
  const std::string_view host = texts.take(fixed.host_length);
  const std::string_view target = texts.take(fixed.target_length);
  const std::string_view member = texts.take(fixed.member_length);
  const std::string_view request_id = texts.take(fixed.request_id_length);
  if (!texts.whole()) return false;

  append_time(out, fixed.wall_ns);
  append_escaped(out += ' ', client);
  append_escaped(out += " \"", method);
  append_escaped(out += ' ', host);
  append_escaped(out += ' ', target);
  out += "\" ";
  if (fixed.status == 0) {
    out += '-';
  } else {
    fmt::format_to(std::back_inserter(out), "{}", fixed.status);
  }
  fmt::format_to(std::back_inserter(out), " {} ", fixed.bytes_out);
  append_escaped(out, member);
  fmt::format_to(std::back_inserter(out), " {} ", fixed.tries);
  append_ms(out, fixed.connect_ns);
  append_ms(out += '/', fixed.first_byte_ns);
  append_ms(out += '/', fixed.total_ns);
  append_escaped(out += ' ', request_id);
  append_flags(out += ' ', fixed.flags);
  out += '\n';
  return true;
}

}  // namespace stead::service::http
