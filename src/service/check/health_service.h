// The health of all pools: the thin shell around core/health. Makes the checks that the cores ask for, feeds them what
// the data loops report, arms one timer for all of them, and says when a new plan is due.
//
// Members are named by "pool/member", as member_key() makes it. On the control loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "config/model.h"
#include "core/health/pool_health.h"
#include "service/check/check_runner.h"

namespace stead::service::check {

[[nodiscard]] std::string member_key(std::string_view pool, std::string_view member);

struct LastCheck {
  core::health::CheckResult result = core::health::CheckResult::Passed;
  std::string detail;
  Duration took{};
  Instant ended{};
};

// What the service has to say. All are called on the control loop, from within the call that caused them, and some of
// them several times in a row: put off what is expensive.
struct HealthHooks {
  std::function<void()> availability_changed;  // a new plan is due
  std::function<void()> state_changed;         // snapshot() has changed
  std::function<void(const std::string& member, const core::health::Event& event)> event;
  std::function<void(const std::string& pool, bool fail_open)> fail_open_changed;
  std::function<void(const std::string& message)> complain;  // checks cannot be made
};

class HealthService {
 public:
  using Address = std::optional<boost::asio::ip::tcp::endpoint>;

  HealthService(boost::asio::io_context& loop, HealthHooks hooks, std::uint64_t seed);
  ~HealthService();
  HealthService(const HealthService&) = delete;
  HealthService& operator=(const HealthService&) = delete;

  // At the start and at each reload. What is known of members that stay, stays.
  void configure(const config::Config& config);
  // After configure(). Records of members that are not in the file any more are ignored.
  void restore(const std::vector<core::health::MemberRecord>& records);
  // Where the member is to be found now; nullopt: its name has no address. Known at the latest when its first check is
  // due.
  void set_address(const std::string& key, Address address);

  void handle_outcome(const std::string& pool, const std::string& key, core::health::OutcomeKind kind,
                      std::uint32_t count);
  // The operator's. False: there is no such member.
  bool drain(const std::string& pool, const std::string& key);
  bool ready(const std::string& pool, const std::string& key);
  bool set_weight(const std::string& pool, const std::string& key, std::optional<std::uint32_t> weight);

  // nullptr: there is no such pool, or member, or it was not checked yet.
  [[nodiscard]] const core::health::PoolHealth* find_pool(const std::string& pool) const;
  [[nodiscard]] const LastCheck* last_check(const std::string& key) const;
  [[nodiscard]] std::vector<core::health::MemberRecord> snapshot() const;

 private:
  struct MemberInfo {
    std::string pool;
    std::string host;            // for the Host field
    bool address_known = false;  // be it that there is none
    Address address;
    std::optional<Duration> waiting_check;  // its timeout; to be made as soon as the address is known
    std::optional<LastCheck> last_check;
  };
  struct Pool {
    config::Check check;
    core::health::PoolHealth health;
  };

  template <typename Command>
  bool command(const std::string& pool_name, const Command& command);
  void perform(const std::string& name, Pool& pool);
  void start_check(const core::health::StartCheck& action);
  void on_check_done(const std::string& key, const ProbeReport& report);
  void arm_timer();
  void on_timer();

  const HealthHooks hooks_;
  std::uint64_t seed_;
  std::map<std::string, Pool> pools_;
  std::map<std::string, MemberInfo> members_;
  CheckRunner runner_;
  boost::asio::steady_timer timer_;
  Instant armed_for_ = Instant::max();
};

}  // namespace stead::service::check
