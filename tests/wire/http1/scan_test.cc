// The wide scans are held to the scalar ones, and those to the grammar.
#include "wire/http1/scan.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/wire/http1/feeding.h"

namespace stead::wire::http1::testing {
namespace {

struct Scan {
  const char* name;
  const char* (*skip)(const char*, const char*);
  CharacterClass wanted;
  char filler;
};

constexpr Scan kScans[] = {{"value", skip_value, kValue, 'v'},
                           {"target", skip_target, kTarget, '/'},
                           {"plain name", skip_plain_name, kPlainName, 'N'}};

// Each byte at each place of blocks of up to three vectors, so that each lane and each tail is met.
TEST(Scan, StopsWhereTheScalarOneDoes) {
  for (const Scan& scan : kScans) {
    SCOPED_TRACE(scan.name);
    for (std::size_t size = 1; size <= 49; ++size) {
      for (std::size_t place = 0; place < size; ++place) {
        ExactBytes bytes(std::string(size, scan.filler));
        for (int byte = 0; byte < 256; ++byte) {
          bytes.data()[place] = static_cast<char>(byte);
          const char* const begin = bytes.data();
          ASSERT_EQ(scan.skip(begin, begin + size) - begin, is(static_cast<char>(byte), scan.wanted) ? size : place)
              << "byte " << byte << " at " << place << " of " << size;
        }
      }
    }
  }
}

TEST(Scan, StopsAtTheFirstOfSeveralAndBeginsAnywhere) {
  for (const Scan& scan : kScans) {
    ExactBytes bytes(std::string(64, scan.filler));
    for (const std::size_t stop : {20U, 21U, 35U, 50U}) bytes.data()[stop] = '\n';
    const char* const begin = bytes.data();
    for (std::size_t from = 0; from <= 64; ++from) {
      EXPECT_EQ(scan.skip(begin + from, begin + 64), internal::skip_class(begin + from, begin + 64, scan.wanted))
          << scan.name << " from " << from;
    }
  }
}

// RFC 9110 section 5.6.2 (token), RFC 5234 appendix B.1 (VCHAR).
TEST(Characters, BelongToTheClassesOfTheGrammar) {
  for (int value = 0; value < 256; ++value) {
    const auto byte = static_cast<char>(value);
    const bool visible = value >= 0x21 && value <= 0x7e;
    const bool separator = std::string_view("\"(),/:;<=>?@[\\]{}").contains(byte);
    EXPECT_EQ(is(byte, kToken), visible && !separator) << value;
    EXPECT_EQ(is(byte, kValue), value == '\t' || value == ' ' || visible || value >= 0x80) << value;
    EXPECT_EQ(is(byte, kTarget), visible && byte != '#') << value;
    if (is(byte, kPlainName)) {
      EXPECT_TRUE(is(byte, kToken)) << value;
    }
  }
}

TEST(Characters, SplitListsWithEmptyElements) {
  std::string elements;
  std::string_view list = " a,\tb ,,c d , ";
  std::string_view element;
  while (next_element(list, element)) elements.append("[").append(element).append("]");
  EXPECT_EQ(elements, "[a][b][][c d][]");
}

}  // namespace
}  // namespace stead::wire::http1::testing
