// What must be true of any head that a parser of wire/http1 accepted, whatever the bytes were. For the fuzz targets: a
// broken promise ends the program, as a memory error would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>

#include "wire/http1/message.h"

namespace stead::fuzz {

using wire::http1::Field;
using wire::http1::FieldId;
using wire::http1::Piece;
using wire::http1::Progress;

inline void require(bool promise, std::source_location where = std::source_location::current()) {
  if (promise) return;
  std::fprintf(stderr, "broken promise at %s:%u\n", where.file_name(), static_cast<unsigned>(where.line()));
  std::abort();
}

// Bytes in a heap block of exactly their size, at an address of their own.
class Copy {
 public:
  explicit Copy(std::string_view bytes) : size_(bytes.size()), bytes_(new char[bytes.size()]) {
    if (size_ > 0) std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }
  [[nodiscard]] char* data() { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

// Where to cut the input in two. From the input itself, so that the seeds stay plain messages and every change of a
// byte moves the cut.
inline std::size_t choose_cut(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return static_cast<std::size_t>((hash >> 20U) % (bytes.size() + 1));
}

inline constexpr std::size_t kByteByByteUpTo = 300;

// Gives `parse` the bytes up to `cut` and then all (byte by byte if `cut` is npos), each time at another address.
template <typename Parse>
Progress parse_in_pieces(std::string_view bytes, std::size_t cut, Parse parse) {
  const bool each = cut == std::string_view::npos;
  std::size_t size = each ? 0 : cut;
  for (;;) {
    const Copy piece(bytes.substr(0, size));
    const Progress progress = parse(piece.view());
    if (progress != Progress::Incomplete || size == bytes.size()) return progress;
    size = each ? size + 1 : bytes.size();
  }
}

inline bool same(const Piece& left, const Piece& right) {
  return left.offset == right.offset && left.length == right.length;
}

inline void require_same(std::span<const Field> left, std::span<const Field> right) {
  require(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    require(left[i].name == right[i].name && left[i].name_length == right[i].name_length);
    require(left[i].value == right[i].value && left[i].value_length == right[i].value_length);
    require(left[i].id == right[i].id && left[i].drop == right[i].drop);
  }
}

// Lines end with CRLF and nothing else, and no NUL hides anywhere: what no other implementation may read differently.
inline void require_clean_lines(std::string_view head) {
  require(head.ends_with("\r\n\r\n"));
  for (std::size_t i = 0; i < head.size(); ++i) {
    require(head[i] != '\0');
    if (head[i] == '\n') require(i > 0 && head[i - 1] == '\r');
    if (head[i] == '\r') require(i + 1 < head.size() && head[i + 1] == '\n');
  }
}

inline void require_clean_fields(std::string_view head, std::uint32_t begin, std::span<const Field> fields) {
  std::size_t line = begin;
  for (const Field& field : fields) {
    require(field.name == line && field.name_length > 0);
    require(head.at(field.name + field.name_length) == ':');
    require(field.value > field.name + field.name_length);
    const std::string_view value = head.substr(field.value, field.value_length);
    require(value.size() == field.value_length);
    require(!value.contains('\r') && !value.contains('\n'));
    if (!value.empty()) {
      require(value.front() != ' ' && value.front() != '\t' && value.back() != ' ' && value.back() != '\t');
    }
    line = head.find("\r\n", field.value) + 2;
  }
  require(line + 2 == head.size());
}

// How many of the fields have this name, by comparing letters: not as the parsers do it.
inline int count_named(std::string_view head, std::span<const Field> fields, std::string_view lower) {
  int count = 0;
  for (const Field& field : fields) {
    bool equal = field.name_length == lower.size();
    for (std::size_t i = 0; equal && i < lower.size(); ++i) {
      const char byte = head[field.name + i];
      equal = lower[i] == (byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte);
    }
    count += equal ? 1 : 0;
  }
  return count;
}

}  // namespace stead::fuzz
