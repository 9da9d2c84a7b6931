// Puts the chunked coding (RFC 9112 section 7.1) around bytes where they lie, so that a chunk is sent with one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace stead::service::http {

//        payload - 18          payload            payload + size
//   ……………[ hex size CR LF ]    [ bytes …… ]       [ CR LF  ("0" CR LF CR LF) ]
//
// There must be 18 bytes of room before `payload` and 7 behind its end. With `last`, the body's end follows; without
// payload, only the end, or nothing.
inline std::string_view frame_chunk(char* payload, std::size_t size, bool last) {
  char* begin = payload;
  char* end = payload + size;
  if (size > 0) {
    *--begin = '\n';
    *--begin = '\r';
    std::size_t left = size;
    do {
      *--begin = "0123456789abcdef"[left & 15U];
      left >>= 4U;
    } while (left > 0);
    *end++ = '\r';
    *end++ = '\n';
  }
  if (last) {
    std::memcpy(end, "0\r\n\r\n", 5);
    end += 5;
  }
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace stead::service::http
