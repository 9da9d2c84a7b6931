// Asks a running Stead's admin API over its Unix socket: for the commands of the command line. Blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stead::admin {

struct ClientResponse {
  std::uint16_t status = 0;
  std::string body;
};

class Client {
 public:
  static constexpr std::size_t kMaxResponse = 64 * 1024 * 1024;

  explicit Client(std::string socket_path, std::chrono::milliseconds patience = std::chrono::seconds(5))
      : socket_path_(std::move(socket_path)), patience_(patience) {}

  // `body` is JSON, or empty. Errors are whole sentences that say what to do.
  [[nodiscard]] Result<ClientResponse> request(std::string_view method, std::string_view target,
                                               std::string_view body = {}) const;

 private:
  std::string socket_path_;
  std::chrono::milliseconds patience_;
};

// The sentence in an error's body, with what was perhaps meant; for people.
[[nodiscard]] std::string explain(const ClientResponse& response);

}  // namespace stead::admin
