// Errors that are expected: a peer, a file, the kernel or an operator made something fail. They travel in return values
// as Result<T>; exceptions are left to programming mistakes and an exhausted machine.
#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace stead {

// Says what failed and why it matters, in words for the operator; `code` is the errno, or 0 where there is none.
struct Error {
  std::string message;
  int code = 0;

  // "what: No such file or directory". Reads errno unless a code is given.
  [[nodiscard]] static Error from_errno(std::string_view what, int code = errno) {
    return Error{std::string(what) + ": " + std::strerror(code), code};  // strerror: glibc's is thread-safe
  }

  // Puts the larger task before the message: "start the worker: open /x: Permission denied".
  [[nodiscard]] Error within(std::string_view task) && {
    message = std::string(task) + ": " + message;
    return std::move(*this);
  }
};

template <typename T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> failure(std::string message) {
  return std::unexpected(Error{std::move(message)});
}

[[nodiscard]] inline std::unexpected<Error> failure_errno(std::string_view what, int code = errno) {
  return std::unexpected(Error::from_errno(what, code));
}

}  // namespace stead
