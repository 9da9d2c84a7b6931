// Descriptors that can be told apart after a journey through a socket: by the text in them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "net/memfd.h"
#include "net/unique_fd.h"

namespace stead::keeper {

inline net::SharedFd file_with(const std::string& text) { return net::share(net::text_memfd("test", text).value()); }

// "" for none.
inline std::string text_in(const net::SharedFd& fd) {
  return fd ? net::read_text(net::raw(fd), 4096).value_or("unreadable") : std::string();
}

}  // namespace stead::keeper
