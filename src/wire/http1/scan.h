// Runs over bytes of one class, 16 at a time where the processor has SSE2. A head is one long run of such bytes with a
// few others between them, and finding their ends is most of what parsing it costs.
//
// Each function returns the first byte in [from, end) that is not of its class, or `end`. None reads at or behind
// `end`. The scalar versions are the definition; the tests hold the others to them.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>

#include "wire/http1/characters.h"

namespace stead::wire::http1 {

namespace internal {

inline const char* skip_class(const char* from, const char* end, CharacterClass wanted) {
  while (from != end && is(*from, wanted)) ++from;
  return from;
}

#ifdef __SSE2__

// Each takes 16 bytes and sets the lanes of those that are not of the class.
inline __m128i outside_value(__m128i bytes) {
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);  // unsigned: <= 0x1f
  const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  return _mm_or_si128(_mm_andnot_si128(tab, control), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
}

inline __m128i outside_target(__m128i bytes) {
  // Signed on purpose: bytes above 127 are negative, and so below '!', as the controls and SP are.
  const __m128i below = _mm_cmplt_epi8(bytes, _mm_set1_epi8('!'));
  const __m128i hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
  return _mm_or_si128(_mm_or_si128(below, hash), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
}

inline __m128i between(__m128i bytes, char low, char high) {
  return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(low - 1))),
                       _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(high + 1))));
}

inline __m128i outside_plain_name(__m128i bytes) {
  const __m128i letter = between(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
  const __m128i digit = between(bytes, '0', '9');
  const __m128i inside = _mm_or_si128(_mm_or_si128(letter, digit), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
  return _mm_cmpeq_epi8(inside, _mm_setzero_si128());
}

template <typename Outside>
inline const char* skip_wide(const char* from, const char* end, CharacterClass wanted, Outside outside) {
  while (end - from >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const auto stops = static_cast<unsigned>(_mm_movemask_epi8(outside(bytes)));
    if (stops != 0) return from + std::countr_zero(stops);
    from += 16;
  }
  return skip_class(from, end, wanted);
}

#endif

}  // namespace internal

inline const char* skip_value(const char* from, const char* end) {
#ifdef __SSE2__
  return internal::skip_wide(from, end, kValue, [](__m128i bytes) { return internal::outside_value(bytes); });
#else
  return internal::skip_class(from, end, kValue);
#endif
}

inline const char* skip_target(const char* from, const char* end) {
#ifdef __SSE2__
  return internal::skip_wide(from, end, kTarget, [](__m128i bytes) { return internal::outside_target(bytes); });
#else
  return internal::skip_class(from, end, kTarget);
#endif
}

inline const char* skip_plain_name(const char* from, const char* end) {
#ifdef __SSE2__
  return internal::skip_wide(from, end, kPlainName, [](__m128i bytes) { return internal::outside_plain_name(bytes); });
#else
  return internal::skip_class(from, end, kPlainName);
#endif
}

// Methods and the rare names that are not plain: short, so without SSE2.
inline const char* skip_token(const char* from, const char* end) { return internal::skip_class(from, end, kToken); }

}  // namespace stead::wire::http1
