#include "service/check/check_runner.h"

#include <utility>

namespace stead::service::check {

CheckRunner::CheckRunner(boost::asio::io_context& loop, Done done, Complain complain)
    : loop_(loop), done_(std::move(done)), complain_(std::move(complain)), pause_(loop) {}

CheckRunner::~CheckRunner() {
  for (const auto& [key, probe] : probes_) probe->cancel();
}

void CheckRunner::start(CheckRequest request) {
  waiting_.push_back(std::move(request));
  start_next();
}

void CheckRunner::cancel(const std::string& key) {
  std::erase_if(waiting_, [&](const CheckRequest& request) { return request.key == key; });
  const auto found = probes_.find(key);
  if (found == probes_.end()) return;
  found->second->cancel();
  probes_.erase(found);
  start_next();
}

void CheckRunner::start_next() {
  while (!paused_ && !waiting_.empty() && probes_.size() < kMaxAtOnce) {
    CheckRequest request = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(request));
  }
}

void CheckRunner::begin(CheckRequest request) {
  const std::string key = request.key;
  const auto address = request.address;
  const config::Check check = request.check;
  const std::string host = request.host;
  const Duration timeout = request.timeout;
  probes_[key] =
      Probe::start(loop_, address, check, host, timeout,
                   [this, request = std::move(request)](ProbeReport report) { on_done(request, std::move(report)); });
}

void CheckRunner::on_done(const CheckRequest& request, ProbeReport report) {
  const CheckRequest finished = request;  // its owner is the probe, which goes now
  probes_.erase(finished.key);
  if (report.result) {
    complained_ = false;
    done_(finished.key, report);
    start_next();
    return;
  }
  if (!std::exchange(complained_, true)) {
    complain_("checks cannot be made, members keep their state meanwhile: " + report.detail);
  }
  waiting_.push_front(finished);
  if (std::exchange(paused_, true)) return;
  pause_.expires_after(kOwnFaultPause);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    paused_ = false;
    start_next();
  });
}

}  // namespace stead::service::check
