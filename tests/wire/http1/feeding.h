// Feeds a sample to a parser in every way in which a network may deliver it: whole, byte by byte, and in two parts cut
// at each place. Each delivery lies in a heap block of exactly its size, which is gone before the next one is looked
// at: so the address sanitizer sees a read of one byte too many, and a parser that kept a pointer is found out.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http1/message.h"

namespace stead::wire::http1::testing {

class ExactBytes {
 public:
  explicit ExactBytes(std::string_view bytes) : size_(bytes.size()), bytes_(new char[bytes.size()]) {
    if (size_ > 0) std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }
  [[nodiscard]] char* data() { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

// `Feeder` has a parser of its own, parse(bytes) -> Progress, and outcome(bytes) -> std::string, which tells all that
// the parser found out.
template <typename Feeder>
std::string feed_up_to(std::string_view sample, const std::vector<std::size_t>& ends) {
  Feeder feeder;
  std::unique_ptr<ExactBytes> delivered;
  Progress progress = Progress::Incomplete;
  for (const std::size_t end : ends) {
    // The new block before the old one is freed, so that the address changes each time.
    delivered = std::make_unique<ExactBytes>(sample.substr(0, end));
    progress = feeder.parse(delivered->view());
    if (progress != Progress::Incomplete) break;
  }
  return progress == Progress::Incomplete ? "incomplete" : feeder.outcome(delivered->view());
}

template <typename Feeder>
std::string feed_every_way(std::string_view sample) {
  const std::string whole = feed_up_to<Feeder>(sample, {sample.size()});
  std::vector<std::size_t> each_byte;
  for (std::size_t end = 0; end <= sample.size(); ++end) each_byte.push_back(end);
  EXPECT_EQ(feed_up_to<Feeder>(sample, each_byte), whole) << "fed byte by byte";
  for (std::size_t cut = 0; cut < sample.size(); ++cut) {
    EXPECT_EQ(feed_up_to<Feeder>(sample, {cut, sample.size()}), whole) << "cut at " << cut;
  }
  return whole;
}

// "X-Name: value", with a '-' before those that may not be passed on.
inline std::string describe_fields(std::string_view bytes, std::span<const Field> fields) {
  std::string text;
  for (const Field& field : fields) {
    text += field.drop ? "- " : "+ ";
    text += bytes.substr(field.name, field.name_length);
    text += '=';
    text += bytes.substr(field.value, field.value_length);
    text += '\n';
  }
  return text;
}

inline std::string describe_framing(Framing framing, std::uint64_t content_length) {
  switch (framing) {
    case Framing::None:
      return "none";
    case Framing::Length:
      return "length " + std::to_string(content_length);
    case Framing::Chunked:
      return "chunked";
    case Framing::UntilClose:
      return "until close";
  }
  return "?";
}

}  // namespace stead::wire::http1::testing
