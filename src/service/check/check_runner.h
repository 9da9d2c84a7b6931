// Makes the checks that core/health asks for: a bounded number at a time, so that a thousand members do not cost a
// thousand descriptors at once; the others wait their turn, in order. A check's time counts from when it is begun.
//
// On the control loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "config/model.h"
#include "service/check/probe.h"

namespace stead::service::check {

struct CheckRequest {
  std::string key;  // one check per key at a time
  // nullopt: the member's name has no address now, which is a failed check.
  std::optional<boost::asio::ip::tcp::endpoint> address;
  config::Check check;
  std::string host;
  Duration timeout{};
};

class CheckRunner {
 public:
  static constexpr std::size_t kMaxAtOnce = 64;
  // After a check that failed by our own fault: when it is tried again.
  static constexpr Duration kOwnFaultPause = 1s;

  using Done = std::function<void(const std::string& key, const ProbeReport& report)>;
  using Complain = std::function<void(const std::string& message)>;

  // `done` gets reports with a result only.
  CheckRunner(boost::asio::io_context& loop, Done done, Complain complain);
  ~CheckRunner();
  CheckRunner(const CheckRunner&) = delete;
  CheckRunner& operator=(const CheckRunner&) = delete;

  void start(CheckRequest request);
  // No report will come.
  void cancel(const std::string& key);

  [[nodiscard]] std::size_t under_way() const { return probes_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  void start_next();
  void begin(CheckRequest request);
  void on_done(const CheckRequest& request, ProbeReport report);

  boost::asio::io_context& loop_;
  const Done done_;
  const Complain complain_;
  std::deque<CheckRequest> waiting_;
  std::map<std::string, std::shared_ptr<Probe>> probes_;
  boost::asio::steady_timer pause_;
  bool paused_ = false;
  bool complained_ = false;
};

}  // namespace stead::service::check
