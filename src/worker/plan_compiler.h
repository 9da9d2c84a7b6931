// Makes plans (service/http/plan.h) of what the control loop knows: the configuration, where members are to be found,
// and who may take requests.
//
// Pure: no clock, no sockets. configure() does what only a reload changes (the routes' tables are built once and shared
// by all later plans); compile() fills in what changes with a member's health, and is cheap enough for every such
// change.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/model.h"
#include "core/health/pool_health.h"
#include "service/http/plan.h"
#include "worker/id_table.h"

namespace stead::worker {

// A listening socket that the keeper passed on.
struct BoundListener {
  service::http::ListenerId id = 0;
  std::string name;  // of config::Listener
};

// By member key, "pool/member". A member that is missing has no address.
using MemberAddresses = std::map<std::string, service::http::SocketAddress>;
// By member key. A member that is missing is usable, with the weight in the file.
using MemberAvailability = std::map<std::string, core::health::Availability>;

// Who a MemberId is. A member that moved to another address got another id: connections to the old place are not its
// own.
struct MemberIdentity {
  std::string pool;
  std::string key;  // "pool/member"
};

class PlanCompiler {
 public:
  // `loops`: shares of what is limited over all loops. Only routes of listeners in `listeners` are compiled.
  void configure(const config::Config& config, std::span<const BoundListener> listeners, std::uint32_t loops,
                 bool access_log);
  // After configure().
  [[nodiscard]] std::shared_ptr<const service::http::Plan> compile(const MemberAddresses& addresses,
                                                                   const MemberAvailability& availability);

  // nullptr: no plan ever named this id.
  [[nodiscard]] const MemberIdentity* identity_of(service::http::MemberId id) const;

 private:
  void add_pool(const config::Pool& pool, std::uint32_t loops);
  void add_listener(const config::Config& config, const BoundListener& bound);
  [[nodiscard]] std::vector<std::uint32_t> add_routes(const config::Config& config, const config::Site& site);

  service::http::Plan base_;  // without addresses, availability and the members' ids
  IdTable pool_ids_;
  IdTable member_ids_;
  std::vector<MemberIdentity> identities_;  // by member id
};

// nullopt-like: length 0 for a text that is no address.
[[nodiscard]] service::http::SocketAddress socket_address(const config::Endpoint& endpoint);

}  // namespace stead::worker
