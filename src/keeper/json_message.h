// JSON objects with descriptors, made and read field by field. For keeper/*.cc only: Boost.JSON's header is heavy.
//
// A descriptor stands in the object as its index in the packet; a key that is missing stands for none. Reading has a
// sticky error, as a parser's cursor does: read all fields, then ask once (finish()) whether all were there and of the
// right kind.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/message_socket.h"
#include "net/unique_fd.h"

namespace stead::keeper {

class MessageWriter {
 public:
  explicit MessageWriter(std::string_view type) { object_["type"] = type; }

  boost::json::object& object() { return object_; }
  void put_fd(boost::json::object& object, std::string_view key, const net::SharedFd& fd) {
    if (!fd) return;
    object[key] = fds_.size();
    fds_.push_back(fd);
  }
  void put_fd(std::string_view key, const net::SharedFd& fd) { put_fd(object_, key, fd); }
  [[nodiscard]] net::Packet finish() { return {boost::json::serialize(object_), std::move(fds_)}; }

 private:
  boost::json::object object_;
  std::vector<net::SharedFd> fds_;
};

class FieldReader {
 public:
  // `fds`: what the indices point into. Both must outlive the reader.
  FieldReader(const boost::json::object& object, const std::vector<net::SharedFd>& fds) : object_(object), fds_(fds) {}

  std::string text(std::string_view key);
  std::vector<std::string> texts(std::string_view key);  // a list of them
  template <typename Number>
  Number number(std::string_view key) {
    return static_cast<Number>(
        whole_number(key, std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()));
  }
  bool flag(std::string_view key);
  net::SharedFd fd(std::string_view key);           // must be there
  net::SharedFd optional_fd(std::string_view key);  // null where it is not
  // nullptr where it is missing or something else: an error, unless `optional`.
  const boost::json::array* list(std::string_view key);
  const boost::json::object* section(std::string_view key);
  // Each object in a list; what else is in there is an error.
  template <typename Use>
  void each(std::string_view key, Use&& use) {
    const boost::json::array* items = list(key);
    if (items == nullptr) return;
    for (const boost::json::value& item : *items) {
      if (!item.is_object()) return fail(key, "a list of objects");
      FieldReader reader(item.get_object(), fds_);
      use(reader);
      if (error_.empty()) error_ = reader.error_;
    }
  }

  [[nodiscard]] bool has(std::string_view key) const { return object_.contains(key); }
  [[nodiscard]] Result<> finish() const;
  void fail(std::string_view key, std::string_view expected);

 private:
  std::int64_t whole_number(std::string_view key, std::int64_t least, std::uint64_t most);

  const boost::json::object& object_;
  const std::vector<net::SharedFd>& fds_;
  std::string error_;
};

// The object in `text`; an error where it is something else.
[[nodiscard]] Result<boost::json::object> parse_object(std::string_view text);

}  // namespace stead::keeper
