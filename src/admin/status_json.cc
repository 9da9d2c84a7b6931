#include "admin/status_json.h"

#include <boost/json.hpp>
#include <utility>

namespace stead::admin {

namespace json = boost::json;

namespace {

double ms(Duration duration) { return static_cast<double>(duration.count() / 1000) / 1000.0; }

template <typename Stats>
json::object counters_json(const CounterValues<Stats>& counters) {
  json::object object;
  const auto table = counter_table<Stats>();
  for (std::size_t i = 0; i < table.size(); ++i) object[table[i].name] = counters[i];
  return object;
}

json::object member_json(const MemberStatus& member) {
  json::object object{{"name", member.name},
                      {"address", member.address},
                      {"state", member.state},
                      {"reason", member.reason},
                      {"since_ms", ms(member.since)},
                      {"usable", member.usable},
                      {"drained", member.drained},
                      {"backup", member.backup},
                      {"slow_start", member.slow_start},
                      {"weight", member.weight},
                      {"requests_per_second", member.requests_per_second},
                      {"errors", errors_of(member.counters)},
                      {"counters", counters_json(member.counters)}};
  if (member.file_weight) object["file_weight"] = *member.file_weight;
  if (member.check) {
    object["check"] = {{"passed", member.check->passed},
                       {"detail", member.check->detail},
                       {"took_ms", ms(member.check->took)},
                       {"ago_ms", ms(member.check->ago)}};
  }
  return object;
}

json::object pool_json(const PoolStatus& pool) {
  json::array members;
  for (const MemberStatus& member : pool.members) members.push_back(member_json(member));
  return {{"name", pool.name},
          {"balance", pool.balance},
          {"fail_open", pool.fail_open},
          {"requests_per_second", pool.requests_per_second},
          {"members", std::move(members)}};
}

json::object loop_json(const LoopStatus& loop) {
  json::array buckets;
  for (const std::uint64_t bucket : loop.latency.buckets) buckets.push_back(bucket);
  return {{"index", loop.index},
          {"beat_age_ms", ms(loop.beat_age)},
          {"requests_per_second", loop.requests_per_second},
          {"counters", counters_json(loop.counters)},
          {"latency", {{"buckets_below_power_of_two_us", std::move(buckets)}, {"total_us", loop.latency.total_us}}}};
}

// Reads an object's members by name. What is missing or of another type keeps its default.
class Reader {
 public:
  explicit Reader(const json::value& value) : object_(value.if_object()) {}

  void read(std::string_view name, std::string& out) const {
    const json::value* value = find(name);
    if (value != nullptr && value->is_string()) out = value->get_string();
  }
  void read(std::string_view name, bool& out) const {
    const json::value* value = find(name);
    if (value != nullptr && value->is_bool()) out = value->get_bool();
  }
  void read(std::string_view name, Duration& out) const {
    double milliseconds = 0;
    read(name, milliseconds);
    out = std::chrono::microseconds(static_cast<std::int64_t>(milliseconds * 1000));
  }
  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void read(std::string_view name, Number& out) const {
    const json::value* value = find(name);
    if (value == nullptr) return;
    json::error_code error;
    const auto number = value->to_number<Number>(error);
    if (!error) out = number;
  }
  template <typename Use>
  void each(std::string_view name, Use&& use) const {
    const json::value* value = find(name);
    if (value == nullptr || !value->is_array()) return;
    for (const json::value& element : value->get_array()) use(element);
  }
  [[nodiscard]] const json::value* find(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains(name);
  }

 private:
  const json::object* object_;
};

template <typename Stats>
void read_counters(const Reader& reader, CounterValues<Stats>& counters) {
  const json::value* value = reader.find("counters");
  if (value == nullptr) return;
  const Reader values(*value);
  const auto table = counter_table<Stats>();
  for (std::size_t i = 0; i < table.size(); ++i) values.read(table[i].name, counters[i]);
}

MemberStatus read_member(const json::value& value) {
  const Reader reader(value);
  MemberStatus member;
  reader.read("name", member.name);
  reader.read("address", member.address);
  reader.read("state", member.state);
  reader.read("reason", member.reason);
  reader.read("since_ms", member.since);
  reader.read("usable", member.usable);
  reader.read("drained", member.drained);
  reader.read("backup", member.backup);
  reader.read("slow_start", member.slow_start);
  reader.read("weight", member.weight);
  if (reader.find("file_weight") != nullptr) reader.read("file_weight", member.file_weight.emplace());
  reader.read("requests_per_second", member.requests_per_second);
  if (const json::value* check_value = reader.find("check")) {
    const Reader check_reader(*check_value);
    CheckStatus& check = member.check.emplace();
    check_reader.read("passed", check.passed);
    check_reader.read("detail", check.detail);
    check_reader.read("took_ms", check.took);
    check_reader.read("ago_ms", check.ago);
  }
  read_counters(reader, member.counters);
  return member;
}

PoolStatus read_pool(const json::value& value) {
  const Reader reader(value);
  PoolStatus pool;
  reader.read("name", pool.name);
  reader.read("balance", pool.balance);
  reader.read("fail_open", pool.fail_open);
  reader.read("requests_per_second", pool.requests_per_second);
  reader.each("members", [&](const json::value& member) { pool.members.push_back(read_member(member)); });
  return pool;
}

LoopStatus read_loop(const json::value& value) {
  const Reader reader(value);
  LoopStatus loop;
  reader.read("index", loop.index);
  reader.read("beat_age_ms", loop.beat_age);
  reader.read("requests_per_second", loop.requests_per_second);
  read_counters(reader, loop.counters);
  if (const json::value* latency = reader.find("latency")) {
    const Reader latency_reader(*latency);
    std::size_t i = 0;
    latency_reader.each("buckets_below_power_of_two_us", [&](const json::value& bucket) {
      json::error_code error;
      if (i < loop.latency.buckets.size()) loop.latency.buckets[i++] = bucket.to_number<std::uint64_t>(error);
    });
    latency_reader.read("total_us", loop.latency.total_us);
  }
  return loop;
}

}  // namespace

json::value to_json(const Status& status) {
  json::array listeners;
  for (const ListenerStatus& listener : status.listeners) {
    listeners.push_back({{"name", listener.name}, {"address", listener.address}});
  }
  json::array loops;
  for (const LoopStatus& loop : status.loops) loops.push_back(loop_json(loop));
  json::array pools;
  for (const PoolStatus& pool : status.pools) pools.push_back(pool_json(pool));
  return {{"name", status.name},
          {"node", status.node},
          {"version", status.version},
          {"worker_pid", status.pid},
          {"generation", status.generation},
          {"plan_generation", status.plan_generation},
          {"uptime_ms", ms(status.uptime)},
          {"keeper_gone", status.keeper_gone},
          {"draining", status.draining},
          {"access_log", {{"lines_written", status.log_written}, {"lines_lost", status.log_lost}}},
          {"listeners", std::move(listeners)},
          {"loops", std::move(loops)},
          {"pools", std::move(pools)}};
}

Result<Status> status_from_json(const json::value& value) {
  if (!value.is_object()) return failure("the status is not a JSON object");
  const Reader reader(value);
  Status status;
  reader.read("name", status.name);
  reader.read("node", status.node);
  reader.read("version", status.version);
  reader.read("worker_pid", status.pid);
  reader.read("generation", status.generation);
  reader.read("plan_generation", status.plan_generation);
  reader.read("uptime_ms", status.uptime);
  reader.read("keeper_gone", status.keeper_gone);
  reader.read("draining", status.draining);
  if (const json::value* log = reader.find("access_log")) {
    const Reader log_reader(*log);
    log_reader.read("lines_written", status.log_written);
    log_reader.read("lines_lost", status.log_lost);
  }
  reader.each("listeners", [&](const json::value& element) {
    const Reader listener_reader(element);
    ListenerStatus& listener = status.listeners.emplace_back();
    listener_reader.read("name", listener.name);
    listener_reader.read("address", listener.address);
  });
  reader.each("loops", [&](const json::value& loop) { status.loops.push_back(read_loop(loop)); });
  reader.each("pools", [&](const json::value& pool) { status.pools.push_back(read_pool(pool)); });
  return status;
}

}  // namespace stead::admin
