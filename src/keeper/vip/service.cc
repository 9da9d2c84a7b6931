#include "keeper/vip/service.h"

#include <utility>

#include "keeper/vip/loop.h"
#include "keeper/vip/mailbox.h"

namespace stead::keeper::vip {

Result<std::unique_ptr<Service>> Service::start(Plan plan, const Worths& worths) {
  Result<std::unique_ptr<Mailbox>> mailbox = Mailbox::open();
  if (!mailbox) return std::unexpected(std::move(mailbox.error()));
  Result<net::Interfaces> interfaces = net::Interfaces::open();
  if (!interfaces) return std::unexpected(std::move(interfaces.error()));
  Result<net::FrameSocket> frames = net::FrameSocket::open();
  if (!frames) return std::unexpected(std::move(frames.error()));
  Result<net::Macvlans> macvlans = net::Macvlans::open();
  if (!macvlans) return std::unexpected(std::move(macvlans.error()));
  auto loop = std::make_unique<Loop>(**mailbox, std::move(*interfaces), std::move(*frames), std::move(*macvlans));
  auto service = std::unique_ptr<Service>(new Service(std::move(plan), worths, std::move(*mailbox)));
  service->thread_ = std::thread([loop = std::move(loop)] { loop->run(); });
  return service;
}

Service::Service(Plan plan, const Worths& worths, std::unique_ptr<Mailbox> mailbox)
    : plan_(std::move(plan)), mailbox_(std::move(mailbox)) {
  for (const auto& [vip, worth] : worths) set_worth(vip, worth);
  mailbox_->send(ApplyPlan{.plan = plan_, .generation = generation_});
}

Service::~Service() { suspend(); }

void Service::apply(Plan plan) {
  plan_ = std::move(plan);
  mailbox_->send(ApplyPlan{.plan = plan_, .generation = ++generation_});
}

void Service::set_healthy(bool healthy) {
  if (healthy == healthy_) return;
  healthy_ = healthy;
  mailbox_->send(SetHealthy{.healthy = healthy});
}

void Service::set_worth(const std::string& vip, const core::track::Worth& worth) {
  core::track::Worth& sent = worths_[vip];
  if (sent == worth) return;
  sent = worth;
  mailbox_->send(SetWorth{.vip = vip, .worth = worth});
}

void Service::handover(std::string vip) { mailbox_->send(HandOver{.vip = std::move(vip), .back = false}); }

void Service::takeback(std::string vip) { mailbox_->send(HandOver{.vip = std::move(vip), .back = true}); }

void Service::begin_stop() { mailbox_->send(StopAll{}); }

bool Service::stopped() const { return mailbox_->stopped(); }

void Service::suspend() {
  if (!thread_.joinable()) return;
  mailbox_->send(Suspend{});
  thread_.join();
}

int Service::fd() const { return mailbox_->outgoing_fd(); }

std::vector<Event> Service::take_events() { return mailbox_->take_events(); }

Snapshot Service::snapshot() const { return mailbox_->snapshot(); }

}  // namespace stead::keeper::vip
