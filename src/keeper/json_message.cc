#include "keeper/json_message.h"

#include <utility>

namespace stead::keeper {

std::string FieldReader::text(std::string_view key) {
  const boost::json::value* value = object_.if_contains(key);
  if (value != nullptr && value->is_string()) return std::string(value->get_string());
  fail(key, "text");
  return {};
}

std::vector<std::string> FieldReader::texts(std::string_view key) {
  std::vector<std::string> result;
  const boost::json::array* items = list(key);
  if (items == nullptr) return result;
  for (const boost::json::value& item : *items) {
    if (!item.is_string()) {
      fail(key, "a list of texts");
      return {};
    }
    result.emplace_back(item.get_string());
  }
  return result;
}

bool FieldReader::flag(std::string_view key) {
  const boost::json::value* value = object_.if_contains(key);
  if (value != nullptr && value->is_bool()) return value->get_bool();
  fail(key, "true or false");
  return false;
}

std::int64_t FieldReader::whole_number(std::string_view key, std::int64_t least, std::uint64_t most) {
  const boost::json::value* value = object_.if_contains(key);
  if (value != nullptr && value->is_int64()) {
    const std::int64_t number = value->get_int64();
    if (std::cmp_greater_equal(number, least) && std::cmp_less_equal(number, most)) return number;
  }
  if (value != nullptr && value->is_uint64() && value->get_uint64() <= most) {
    return static_cast<std::int64_t>(value->get_uint64());  // the caller's Number takes the same bits back
  }
  fail(key, "a number in range");
  return 0;
}

net::SharedFd FieldReader::fd(std::string_view key) {
  net::SharedFd found = optional_fd(key);
  if (!found) fail(key, "a descriptor");
  return found;
}

net::SharedFd FieldReader::optional_fd(std::string_view key) {
  if (!has(key)) return nullptr;
  const auto index = number<std::uint32_t>(key);
  if (index < fds_.size()) return fds_[index];
  fail(key, "a descriptor that came with it");
  return nullptr;
}

const boost::json::array* FieldReader::list(std::string_view key) {
  const boost::json::value* value = object_.if_contains(key);
  if (value != nullptr && value->is_array()) return &value->get_array();
  fail(key, "a list");
  return nullptr;
}

const boost::json::object* FieldReader::section(std::string_view key) {
  const boost::json::value* value = object_.if_contains(key);
  if (value != nullptr && value->is_object()) return &value->get_object();
  fail(key, "an object");
  return nullptr;
}

Result<> FieldReader::finish() const {
  if (!error_.empty()) return failure(error_);
  return {};
}

void FieldReader::fail(std::string_view key, std::string_view expected) {
  if (!error_.empty()) return;
  error_ = "a message without a usable `" + std::string(key) + "`: expected " + std::string(expected);
}

Result<boost::json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
  if (error) return failure("a message that is not JSON: " + error.message());
  if (!value.is_object()) return failure("a message that is not a JSON object");
  return std::move(value.get_object());
}

}  // namespace stead::keeper
