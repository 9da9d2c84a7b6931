// Writes a head into memory that the caller owns, piece by piece. When the room runs out, nothing more is written and
// overflowed() says so once and for all: it is asked once, at the end.
//
// Writes what it is given: values that come from outside were checked by the parsers, so no line ends hide in them.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace stead::wire::http1 {

class HeadWriter {
 public:
  explicit HeadWriter(std::span<char> room) : begin_(room.data()), at_(begin_), end_(begin_ + room.size()) {}

  void raw(std::string_view text) {
    if (overflowed_ || text.size() > static_cast<std::size_t>(end_ - at_)) {
      overflowed_ = true;
      return;
    }
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

  void number(std::uint64_t value) {
    if (overflowed_) return;
    const auto [next, error] = std::to_chars(at_, end_, value);
    overflowed_ = error != std::errc{};
    if (!overflowed_) at_ = next;
  }

  void crlf() { raw("\r\n"); }

  // name ": " value CRLF, all of it or nothing.
  void field(std::string_view name, std::string_view value) {
    if (overflowed_ || name.size() + value.size() + 4 > static_cast<std::size_t>(end_ - at_)) {
      overflowed_ = true;
      return;
    }
    raw(name);
    raw(": ");
    raw(value);
    crlf();
  }

  // As above, but may leave a part of the line behind when the room runs out.
  void field(std::string_view name, std::uint64_t value) {
    raw(name);
    raw(": ");
    number(value);
    crlf();
  }

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] std::string_view written() const { return {begin_, size()}; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  char* begin_;
  char* at_;
  char* end_;
  bool overflowed_ = false;
};

}  // namespace stead::wire::http1
