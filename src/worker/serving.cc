#include "worker/serving.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <set>
#include <utility>

#include "config/address.h"
#include "config/diagnostic.h"
#include "config/reader.h"
#include "config/resolve.h"
#include "net/clock.h"
#include "net/listen.h"
#include "net/memfd.h"
#include "service/http/access_line.h"
#include "worker/outcome_feed.h"

namespace stead::worker {

namespace http = service::http;
namespace check = service::check;
using boost::asio::ip::tcp;

namespace {

constexpr std::size_t kMaxConfigBytes = std::size_t{16} * 1024 * 1024;
constexpr std::chrono::milliseconds kLogPatience{500};

check::HealthService::Address endpoint_of(const http::SocketAddress& address) {
  if (address.length == 0) return std::nullopt;
  tcp::endpoint endpoint;
  endpoint.resize(address.length);
  std::memcpy(endpoint.data(), &address.storage, address.length);
  return endpoint;
}

std::vector<BoundListener> bound(const keeper::Assignment& assignment) {
  std::vector<BoundListener> listeners;
  for (const keeper::ListenerSocket& listener : assignment.listeners) listeners.push_back({listener.id, listener.name});
  return listeners;
}

}  // namespace

Result<config::Config> read_config(const keeper::Assignment& assignment) {
  const Result<std::string> text = net::read_text(raw(assignment.config), kMaxConfigBytes);
  if (!text) return std::unexpected(text.error());
  config::ReadResult read = config::read(*text, assignment.file_name);
  if (!read.config) return failure(config::render(read.diagnostics, *text, false));
  return std::move(*read.config);
}

Serving::Serving(boost::asio::io_context& loop, Logger& log, keeper::Beats& beats, const http::LedgerMemory& ledger,
                 ServingOptions options)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      loops_(options_.loops, beats, ledger,
             [this](http::OutcomeBatch batch) {
               boost::asio::post(loop_, [this, batch = std::move(batch)] { feed_outcomes(batch, compiler_, health_); });
             }),
      access_log_(loops_.log_rings(), http::append_access_line,
                  [this](const std::string& message) { log_.warn("{}", message); }),
      health_(loop, health_hooks(), options_.seed),
      names_(loop, ask_system(loop),
             {.changed =
                  [this] {
                    update_addresses();
                    plan_is_due();
                    options_.state_changed();
                  },
              .complain = [this](const std::string& message) { log_.warn("{}", message); }}) {}

Serving::~Serving() = default;

check::HealthHooks Serving::health_hooks() {
  return {.availability_changed = [this] { plan_is_due(); },
          .state_changed = [this] { options_.state_changed(); },
          .event = [this](const std::string& member, const core::health::Event& event) { log_event(member, event); },
          .fail_open_changed =
              [this](const std::string& pool, bool fail_open) {
                if (plan_) note_idle_pools();  // the plan itself need not have changed
                if (fail_open) {
                  log_.error("pool {}: no member is usable; all that are not drained are tried", pool);
                } else {
                  log_.info("pool {}: there is a usable member again", pool);
                }
              },
          .complain = [this](const std::string& message) { log_.error("{}", message); }};
}

void Serving::apply(config::Config config, const keeper::Assignment& assignment, const HealthState& earlier) {
  config_ = std::move(config);
  log_.set_level(log_level(config_.log.level));
  access_log_.set_output(assignment.access_log);

  watch_names();
  names_.remember(earlier.addresses);
  health_.configure(config_);
  if (!earlier.members.empty()) health_.restore(earlier.members);
  update_addresses();

  compiler_.configure(config_, bound(assignment), loops_.count(), assignment.access_log != nullptr);
  const bool first = plan_ == nullptr;
  publish();
  if (first) loops_.start(plan_);
  add_new_listeners(assignment);
  retire_listeners(assignment);
}

void Serving::watch_names() {
  std::set<std::string> hosts;
  for (const config::Pool& pool : config_.pools) {
    for (const config::Member& member : pool.members) {
      if (config::needs_resolver(config_, member)) hosts.insert(member.host);
    }
  }
  names_.watch(std::move(hosts));
}

void Serving::update_addresses() {
  addresses_.clear();
  for (const config::Pool& pool : config_.pools) {
    for (const config::Member& member : pool.members) {
      config::Endpoint endpoint = member.endpoint;
      const bool named = config::needs_resolver(config_, member);
      if (named) endpoint.address = names_.address_of(member.host);
      const http::SocketAddress address = socket_address(endpoint);
      const std::string key = check::member_key(pool.name, member.name);
      if (!named || names_.settled(member.host)) health_.set_address(key, endpoint_of(address));
      if (address.length > 0) addresses_.emplace(key, address);
    }
  }
}

// A batch of outcomes may change several members: one plan for all of them, made as soon as the handler under way ends.
void Serving::plan_is_due() {
  if (std::exchange(plan_due_, true)) return;
  boost::asio::post(loop_, [this] {
    if (plan_due_) publish();
  });
}

void Serving::publish() {
  plan_due_ = false;
  MemberAvailability availability;
  for (const config::Pool& pool : config_.pools) {
    const core::health::PoolHealth* health = health_.find_pool(pool.name);
    if (health == nullptr) continue;
    for (const core::health::Availability& member : health->availability()) availability.emplace(member.member, member);
  }
  plan_ = compiler_.compile(addresses_, availability);
  loops_.set_plan(plan_);
  note_idle_pools();
}

void Serving::note_idle_pools() {
  std::vector<std::string> idle;
  for (const http::PoolPlan& pool : plan_->pools) {
    const core::health::PoolHealth* health = health_.find_pool(pool.name);
    const bool serves = std::ranges::any_of(pool.members, [](const http::MemberPlan& member) {
      return member.usable && !member.drained && member.weight > 0;
    });
    if (!serves || (health != nullptr && health->fail_open())) idle.push_back(pool.name);
  }
  if (idle == idle_pools_) return;
  idle_pools_ = std::move(idle);
  options_.idle_pools_changed();
}

void Serving::add_new_listeners(const keeper::Assignment& assignment) {
  for (const keeper::ListenerSocket& listener : assignment.listeners) {
    if (!listeners_.emplace(listener.id, listener).second) continue;  // the socket that we have
    if (listener.name == config::kMetricsListener) {
      serve_metrics(listener);
      continue;
    }
    loops_.add_listener(listener.id, raw(listener.socket));
    log_.info("listening on {}", net::local_address(raw(listener.socket)));
  }
}

void Serving::retire_listeners(const keeper::Assignment& assignment) {
  for (auto entry = listeners_.begin(); entry != listeners_.end();) {
    const std::uint32_t id = entry->first;
    if (std::any_of(assignment.listeners.begin(), assignment.listeners.end(),
                    [&](const keeper::ListenerSocket& kept) { return kept.id == id; })) {
      ++entry;
      continue;
    }
    if (id == metrics_listener_) metrics_.reset();
    loops_.remove_listener(id);
    retire(std::move(entry->second));
    entry = listeners_.erase(entry);
  }
}

// The loops must have let go of a listener before its descriptor is closed, and its number given to another.
void Serving::retire(keeper::ListenerSocket listener) {
  retired_.push_back({.listener = std::move(listener), .mark = {.made = net::steady_now(), .turns = {}}});
}

void Serving::dismiss(const std::vector<std::string>& addresses, Instant deadline) {
  for (const auto& [id, listener] : listeners_) {
    const auto found = std::ranges::find(config_.listeners, listener.name, &config::Listener::name);
    if (found == config_.listeners.end()) continue;
    if (std::ranges::find(addresses, found->endpoint.address) != addresses.end()) loops_.dismiss(id, deadline);
  }
}

void Serving::close_listeners() {
  if (metrics_) metrics_->stop_accepting();  // scrapes that are under way end
  for (auto& [id, listener] : listeners_) retire(std::move(listener));
  listeners_.clear();
}

void Serving::tick() {
  std::erase_if(retired_, [this](Retired& retired) { return loops_.passed(retired.mark); });
}

void Serving::sample(Instant now) {
  if (plan_) status_source_.sample(*plan_, loops_, now);
}

void Serving::serve_metrics(const keeper::ListenerSocket& listener) {
  metrics_listener_ = listener.id;
  metrics_.emplace(loop_, [this](const admin::Request& request) {
    return admin::answer_metrics_only(request, options_.metrics_controls);
  });
  const Result<> served = metrics_->serve(net::duplicate(raw(listener.socket)));
  if (!served) return log_.error("metrics are not served over TCP: {}", served.error().message);
  log_.info("metrics on {}", net::local_address(raw(listener.socket)));
}

void Serving::log_event(const std::string& member, const core::health::Event& event) {
  const bool bad = event.to == core::health::State::Down || event.to == core::health::State::Ejected;
  const std::string line = member + " is " + std::string(core::health::to_string(event.to)) + ", was " +
                           std::string(core::health::to_string(event.from)) + ": " + event.reason;
  log_.write(bad ? LogLevel::Warn : LogLevel::Info, line);
}

admin::Status Serving::status(Instant now) const {
  admin::Status status;
  if (plan_) status_source_.fill({config_, *plan_, loops_, health_, access_log_.counters()}, now, status);
  for (const auto& [id, listener] : listeners_) {
    status.listeners.push_back({.name = listener.name, .address = net::local_address(raw(listener.socket))});
  }
  return status;
}

HealthState Serving::state() const { return {.members = health_.snapshot(), .addresses = names_.addresses()}; }

std::vector<keeper::ListenerSocket> Serving::listeners() const {
  std::vector<keeper::ListenerSocket> listeners;
  for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
  return listeners;
}

void Serving::flush_log() { static_cast<void>(access_log_.flush(kLogPatience)); }

}  // namespace stead::worker
