#include "config/json_text.h"

#include <boost/json/serialize.hpp>
#include <cstddef>

namespace stead::config {
namespace {

// Lists of plain values stay on one line; everything else is broken up. The depth is that of what our own code built.
void write(std::string& out, const boost::json::value& value, std::size_t depth) {
  const std::string margin(2 * depth + 2, ' ');
  const std::string last_margin(2 * depth, ' ');
  const auto* object = value.if_object();
  const auto* array = value.if_array();
  const bool flat = array != nullptr && (array->empty() || !(array->front().is_object() || array->front().is_array()));
  if ((object == nullptr && array == nullptr) || flat || (object != nullptr && object->empty())) {
    out += boost::json::serialize(value);
    return;
  }
  std::size_t written = 0;
  if (object != nullptr) {
    out += "{\n";
    for (const auto& [key, member] : *object) {
      out += margin + boost::json::serialize(key) + ": ";
      write(out, member, depth + 1);
      out += ++written < object->size() ? ",\n" : "\n";
    }
    out += last_margin + "}";
    return;
  }
  out += "[\n";
  for (const boost::json::value& item : *array) {
    out += margin;
    write(out, item, depth + 1);
    out += ++written < array->size() ? ",\n" : "\n";
  }
  out += last_margin + "]";
}

}  // namespace

std::string indented(const boost::json::value& value) {
  std::string out;
  write(out, value, 0);
  return out + '\n';
}

}  // namespace stead::config
