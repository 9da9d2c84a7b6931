// RFC 9112 section 7.1, and the states in which each byte is met:
//
//   1a ; name=value CRLF   payload CRLF           0 CRLF   Name : value CRLF        CRLF
//   Size  Extension SizeLf Payload PayloadCr/Lf  …         TrailerName Trailer …Lf  EndLf
//
// All but the payload is looked at byte by byte: it is a few bytes for each chunk, and a machine that takes one byte at
// a time cannot care how they were cut. The payload is moved as a whole, or not at all where it is in place already.
#include "wire/http1/chunked_decoder.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "wire/http1/characters.h"

namespace stead::wire::http1 {

namespace {

constexpr std::uint8_t kMaxDigits = 16;  // leading zeros included: there is no reason to send more
constexpr std::uint16_t kMaxOverhead = 4096;
// No one can send more than this in all, so sums of the chunks cannot overflow either.
constexpr std::uint64_t kMaxChunk = std::numeric_limits<std::int64_t>::max();

unsigned hex_value(char digit) {
  return static_cast<unsigned>(is(digit, kDigit) ? digit - '0' : to_lower(digit) - 'a' + 10);
}

}  // namespace

ChunkedDecoder::Result ChunkedDecoder::feed(char* data, std::size_t size) {
  Result result;
  while (result.consumed < size && state_ != State::Done && state_ != State::Failed) {
    char* const here = data + result.consumed;
    if (state_ != State::Payload) {
      result.refusal = take(*here);
      if (result.refusal != Refusal::None) {
        state_ = State::Failed;
        return result;
      }
      ++result.consumed;
      continue;
    }
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, size - result.consumed));
    char* const target = data + result.payload;
    if (target != here) std::memmove(target, here, piece);
    result.consumed += piece;
    result.payload += piece;
    remaining_ -= piece;
    if (remaining_ == 0) state_ = State::PayloadCr;
  }
  result.done = state_ == State::Done;
  if (state_ == State::Failed) result.refusal = Refusal::BadChunk;
  return result;
}

Refusal ChunkedDecoder::take(char byte) {
  switch (state_) {
    case State::SizeFirst:
    case State::Size:
      return take_size(byte);
    case State::Extension:
      // Not parsed further: it is dropped, and only its end matters. That a bare LF does not end it is what counts: who
      // thinks so sees other chunks than who doesn't.
      if (byte == '\r') return expect(byte, '\r', State::SizeLf);
      return is(byte, kValue) && spend() ? Refusal::None : Refusal::BadChunk;
    case State::SizeLf:
      overhead_ = 0;
      return expect(byte, '\n', remaining_ == 0 ? State::TrailerStart : State::Payload);
    case State::PayloadCr:
      // A chunk that is longer or shorter than it says ends here. Some skip two bytes without looking at them.
      return expect(byte, '\r', State::PayloadLf);
    case State::PayloadLf:
      digits_ = 0;
      return expect(byte, '\n', State::SizeFirst);
    default:
      return take_trailer(byte);
  }
}

// RFC 9112 section 7.1: 1*HEXDIG. Blanks behind the size ("bad white space") are allowed to be sent by nobody and are
// read as the end of the number by some.
Refusal ChunkedDecoder::take_size(char byte) {
  if (is(byte, kHexDigit)) {
    const unsigned digit = hex_value(byte);
    if (++digits_ > kMaxDigits || remaining_ > (kMaxChunk - digit) / 16) return Refusal::BadChunk;
    remaining_ = remaining_ * 16 + digit;
    state_ = State::Size;
    return Refusal::None;
  }
  if (state_ == State::SizeFirst) return Refusal::BadChunk;
  if (byte == ';') {
    state_ = State::Extension;
    return Refusal::None;
  }
  return expect(byte, '\r', State::SizeLf);
}

// Trailer fields are dropped, but must be field lines (RFC 9112 section 7.1.2): a request line here would mean that
// somebody sees the end of the body where we don't.
Refusal ChunkedDecoder::take_trailer(char byte) {
  if (state_ == State::TrailerLf) return expect(byte, '\n', State::TrailerStart);
  if (state_ == State::EndLf) return expect(byte, '\n', State::Done);
  if (state_ == State::TrailerStart && byte == '\r') return expect(byte, '\r', State::EndLf);
  if (state_ == State::Trailer && byte == '\r') return expect(byte, '\r', State::TrailerLf);
  if (state_ == State::TrailerName && byte == ':') {
    state_ = State::Trailer;
  } else if (!is(byte, state_ == State::Trailer ? kValue : kToken)) {
    return Refusal::BadChunk;
  } else if (state_ == State::TrailerStart) {
    state_ = State::TrailerName;
  }
  return spend() ? Refusal::None : Refusal::TrailersTooLarge;
}

Refusal ChunkedDecoder::expect(char byte, char wanted, State next) {
  if (byte != wanted) return Refusal::BadChunk;
  state_ = next;
  return Refusal::None;
}

// One byte more of what is thrown away.
bool ChunkedDecoder::spend() { return ++overhead_ <= kMaxOverhead; }

}  // namespace stead::wire::http1
