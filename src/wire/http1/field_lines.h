// Splits the field lines of a head (RFC 9112 section 5) and the blank line behind them, strictly, one line at a time.
// What a field means is left to who asks for it.
//
//   name ":" OWS value OWS CRLF      no white space before the colon, no folded lines, CRLF only, no control characters
//
// Stops at any byte and goes on from there, so that a head that comes byte by byte costs no more than one that comes
// whole, and a byte that may not stand where it does is refused when it comes, not when its line ends. Whatever the
// split, the verdict on the same bytes is the same.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/http1/message.h"

namespace stead::wire::http1 {

class FieldLines {
 public:
  enum class Step : std::uint8_t {
    Line,  // `field` is filled in
    End,   // the blank line: the head ends at position()
    More,  // the bytes are used up
    Refused,
  };

  // The first field line is at `offset`.
  void begin(std::uint32_t offset) { *this = FieldLines{offset}; }

  // `bytes` from the head's first on. Fills `field`, over several calls if need be; nullptr when there is no room for
  // another. Sets its `drop` when the name has an underscore.
  [[nodiscard]] Step next(std::string_view bytes, Field* field);

  [[nodiscard]] std::uint32_t position() const { return at_; }
  [[nodiscard]] Refusal refusal() const { return refusal_; }

  explicit FieldLines(std::uint32_t offset = 0) : at_(offset) {}

 private:
  enum class Phase : std::uint8_t { LineStart, Name, BeforeValue, Value, LineFeed, LastLineFeed };

  Step pause(Phase phase, std::uint32_t at);
  Step refuse(Refusal refusal);
  Step start_line(std::string_view bytes, const Field* field);
  Step finish(std::string_view bytes);

  std::uint32_t at_;
  Phase phase_ = Phase::LineStart;
  Refusal refusal_ = Refusal::None;
};

}  // namespace stead::wire::http1
