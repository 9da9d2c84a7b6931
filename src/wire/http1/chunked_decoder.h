// Takes the chunked coding (RFC 9112 section 7.1) off a body as it arrives, in place: the payload is moved together at
// the front of the buffer, chunk extensions and trailer fields are dropped. Strict: CRLF only, sizes of at most 16 hex
// digits without sign or space, bounded extensions and trailers.
//
// May be fed any split of the body. After done, further bytes belong to the next message and are not consumed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/http1/message.h"

namespace stead::wire::http1 {

class ChunkedDecoder {
 public:
  struct Result {
    std::size_t consumed = 0;  // of the bytes given
    std::size_t payload = 0;   // bytes of payload, now at the front of the buffer
    bool done = false;         // the last chunk and the trailers' end were seen
    Refusal refusal = Refusal::None;
  };

  // The payload before what is refused is given out too. After a refusal nothing more is consumed.
  [[nodiscard]] Result feed(char* data, std::size_t size);
  [[nodiscard]] bool done() const { return state_ == State::Done; }
  void reset() { *this = ChunkedDecoder{}; }

 private:
  enum class State : std::uint8_t {
    SizeFirst,  // no digit yet
    Size,
    Extension,
    SizeLf,
    Payload,
    PayloadCr,
    PayloadLf,
    TrailerStart,
    TrailerName,
    Trailer,
    TrailerLf,
    EndLf,
    Done,
    Failed
  };

  // Takes one byte of what is around the payload.
  [[nodiscard]] Refusal take(char byte);
  [[nodiscard]] Refusal take_size(char byte);
  [[nodiscard]] Refusal take_trailer(char byte);
  [[nodiscard]] Refusal expect(char byte, char wanted, State next);
  [[nodiscard]] bool spend();

  State state_ = State::SizeFirst;
  std::uint8_t digits_ = 0;
  std::uint16_t overhead_ = 0;  // bytes of this chunk's extension, or of the trailers
  std::uint64_t remaining_ = 0;
};

}  // namespace stead::wire::http1
