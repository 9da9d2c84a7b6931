#include "worker/health_state.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

namespace stead::worker {

namespace json = boost::json;
using core::health::MemberRecord;
using core::health::OutcomeKind;

namespace {

constexpr std::int64_t kLastOutcomeKind = static_cast<std::int64_t>(OutcomeKind::Slow);

// Instants are those of CLOCK_MONOTONIC, which all processes of one boot share; a blob does not outlive the boot.
std::int64_t ns(Instant instant) { return instant.time_since_epoch().count(); }

json::object encode_record(const MemberRecord& record) {
  json::object object{{"key", record.key},
                      {"state", core::health::to_string(record.judgement.state)},
                      {"since_ns", ns(record.judgement.since)},
                      {"ejections", record.judgement.ejections},
                      {"ejected_until_ns", ns(record.judgement.ejected_until)},
                      {"ejected_for", static_cast<std::int64_t>(record.judgement.ejected_for)},
                      {"reason", record.judgement.reason},
                      {"drained", record.drained},
                      {"warm_since_ns", ns(record.warm_since)}};
  if (record.weight) object["weight"] = *record.weight;
  return object;
}

template <typename Number>
std::optional<Number> number_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  json::error_code error;
  const auto number = value->to_number<Number>(error);
  if (error) return std::nullopt;
  return number;
}

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Instant instant_in(const json::object& object, std::string_view name) {
  return Instant(Duration(number_in<std::int64_t>(object, name).value_or(0)));
}

std::optional<MemberRecord> decode_record(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto state = core::health::state_from(text_in(*object, "state"));
  MemberRecord record;
  record.key = text_in(*object, "key");
  if (!state || record.key.empty()) return std::nullopt;
  const std::int64_t ejected_for = number_in<std::int64_t>(*object, "ejected_for").value_or(0);
  record.judgement = {.state = *state,
                      .since = instant_in(*object, "since_ns"),
                      .ejections = number_in<std::uint32_t>(*object, "ejections").value_or(0),
                      .ejected_until = instant_in(*object, "ejected_until_ns"),
                      .ejected_for = ejected_for >= 0 && ejected_for <= kLastOutcomeKind
                                         ? static_cast<OutcomeKind>(ejected_for)
                                         : OutcomeKind::Ok,
                      .reason = text_in(*object, "reason")};
  const json::value* drained = object->if_contains("drained");
  record.drained = drained != nullptr && drained->is_bool() && drained->get_bool();
  record.weight = number_in<std::uint32_t>(*object, "weight");
  record.warm_since = instant_in(*object, "warm_since_ns");
  return record;
}

}  // namespace

std::string encode(const HealthState& state) {
  json::array members;
  for (const MemberRecord& record : state.members) members.push_back(encode_record(record));
  json::object addresses;
  for (const auto& [host, address] : state.addresses) addresses[host] = address;
  return json::serialize(json::object{{"members", std::move(members)}, {"addresses", std::move(addresses)}});
}

Result<HealthState> decode_health_state(std::string_view blob) {
  json::error_code error;
  const json::value value = json::parse(blob, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) return failure("what the worker before left behind is not readable");
  HealthState state;
  if (const json::value* members = object->if_contains("members"); members != nullptr && members->is_array()) {
    for (const json::value& member : members->get_array()) {
      if (auto record = decode_record(member)) state.members.push_back(std::move(*record));
    }
  }
  if (const json::value* addresses = object->if_contains("addresses"); addresses != nullptr && addresses->is_object()) {
    for (const auto& [host, address] : addresses->get_object()) {
      if (address.is_string()) state.addresses.emplace(host, address.get_string());
    }
  }
  return state;
}

}  // namespace stead::worker
