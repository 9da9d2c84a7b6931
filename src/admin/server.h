// The HTTP server of the admin API and the metrics, on the control loop. For operators and their scrapers, so small and
// without haste; it must only not be a way to harm the worker: heads, bodies, the number of connections and the time of
// each are bounded.
//
// Not for clients' traffic: that is service/http.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "admin/api.h"
#include "base/error.h"
#include "config/model.h"
#include "net/unique_fd.h"

namespace stead::admin {

class Server {
 public:
  static constexpr std::size_t kMaxConnections = 64;  // further ones wait in the kernel
  static constexpr std::uint32_t kMaxHeadBytes = 8 * 1024;
  static constexpr std::uint64_t kMaxBodyBytes = 64 * 1024;
  static constexpr std::chrono::seconds kPatience{10};  // for each request, and between two

  // Runs on the loop's thread; must not throw and must not wait.
  using Handler = std::function<Response(const Request&)>;

  Server(boost::asio::io_context& loop, Handler handler);
  ~Server();  // closes its sockets
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Accepts on a Unix or TCP socket that listens already.
  [[nodiscard]] Result<> serve(net::UniqueFd listening);
  // No further connections; those that are there are served on.
  void stop_accepting();

  [[nodiscard]] std::size_t connections() const;

 private:
  class Acceptor;
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace stead::admin
