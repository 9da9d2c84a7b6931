#include "admin/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "admin/member_name.h"
#include "admin/metrics.h"
#include "admin/status_json.h"

namespace stead::admin {

namespace json = boost::json;

namespace {

Response json_response(std::uint16_t status, const json::value& value) {
  return {.status = status, .content_type = "application/json", .body = json::serialize(value) + "\n", .allow = {}};
}

Response error_response(std::uint16_t status, std::string_view sentence) {
  return json_response(status, {{"error", sentence}, {"did_you_mean", json::array{}}});
}

Response unknown_member(const std::string& written, const Status& status) {
  json::array near;
  for (const std::string& name : near_members(status, written)) near.emplace_back(name);
  return json_response(
      404, {{"error", fmt::format("No pool has a member `{}`.", written)}, {"did_you_mean", std::move(near)}});
}

struct Command {
  std::string member;
  std::optional<std::uint32_t> weight;
};

std::expected<Command, Response> parse_command(std::string_view body, bool with_weight) {
  json::error_code error;
  const json::value value = json::parse(body, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    return std::unexpected(error_response(400, "The body is not a JSON object, such as {\"member\": \"app-1:8000\"}."));
  }
  const json::value* member = object->if_contains("member");
  if (member == nullptr || !member->is_string()) {
    return std::unexpected(error_response(400, "The body names no \"member\"."));
  }
  Command command{.member = std::string(member->get_string()), .weight = {}};
  if (!with_weight) return command;
  const json::value* weight = object->if_contains("weight");
  if (weight != nullptr && weight->is_null()) return command;  // the file's again
  json::error_code conversion;
  const auto number = weight == nullptr ? std::uint32_t{} : weight->to_number<std::uint32_t>(conversion);
  if (weight == nullptr || conversion || number > kMaxWeight) {
    return std::unexpected(error_response(
        400, fmt::format("\"weight\" must be a whole number from 0 (takes nothing new) to {}, or null for the file's.",
                         kMaxWeight)));
  }
  command.weight = number;
  return command;
}

enum class Change : std::uint8_t { Drain, Ready, Weight };

// Pools that are left without anybody, now that `changed` are taken out of the traffic. `status` is that from before.
json::array warnings_of(const Status& status, const std::vector<MemberName>& changed) {
  json::array warnings;
  for (const PoolStatus& pool : status.pools) {
    const auto is_out = [&](const MemberStatus& member) {
      return member.drained || member.weight == 0 || std::ranges::any_of(changed, [&](const MemberName& name) {
               return name.pool == pool.name && name.member == member.name;
             });
    };
    const bool touched = std::ranges::any_of(changed, [&](const MemberName& name) { return name.pool == pool.name; });
    if (touched && std::ranges::all_of(pool.members, is_out)) {
      warnings.emplace_back("pool " + pool.name +
                            " has no member left that takes requests: they wait a while, then get 503");
    }
  }
  return warnings;
}

Response change_members(Change change, std::string_view body, const Controls& controls) {
  const auto command = parse_command(body, change == Change::Weight);
  if (!command) return command.error();
  const Status status = controls.status();
  const std::vector<MemberName> members = find_members(status, command->member);
  if (members.empty()) return unknown_member(command->member, status);
  json::array changed;
  for (const MemberName& name : members) {
    switch (change) {
      case Change::Drain:
        controls.drain(name.pool, name.member);
        break;
      case Change::Ready:
        controls.ready(name.pool, name.member);
        break;
      case Change::Weight:
        controls.set_weight(name.pool, name.member, command->weight);
        break;
    }
    changed.emplace_back(name.pool + "/" + name.member);
  }
  json::object done{{"changed", std::move(changed)}};
  if (change == Change::Drain || (change == Change::Weight && command->weight == 0U)) {
    json::array warnings = warnings_of(status, members);
    if (!warnings.empty()) done["warnings"] = std::move(warnings);
  }
  return json_response(200, done);
}

Response metrics(const Controls& controls) {
  return {.status = 200,
          .content_type = std::string(kMetricsContentType),
          .body = render_metrics(controls.status()),
          .allow = {}};
}

Response loops(const Controls& controls) {
  std::string body;
  for (const LoopStatus& loop : controls.status().loops) {
    body += fmt::format("loop {}: last beat {} ms ago, {} clients, {} stalls, {:.1f} requests/s\n", loop.index,
                        to_ms(loop.beat_age), loop.counters.get(&service::http::LoopStats::connections),
                        loop.counters.get(&service::http::LoopStats::stalls), loop.requests_per_second);
  }
  return {.status = 200, .content_type = "text/plain; charset=utf-8", .body = std::move(body), .allow = {}};
}

Response wrong_method(std::string_view allowed) {
  Response response = error_response(405, fmt::format("This answers {} only.", allowed));
  response.allow = allowed;
  return response;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

}  // namespace

Response answer(const Request& request, const Controls& controls) {
  const std::string_view path = path_of(request.target);
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (path == "/v1/status") {
    return get ? json_response(200, to_json(controls.status())) : wrong_method("GET");
  }
  if (path == "/metrics") return get ? metrics(controls) : wrong_method("GET");
  if (path == "/debug/loops") return get ? loops(controls) : wrong_method("GET");
  std::optional<Change> change;
  if (path == "/v1/members/drain") change = Change::Drain;
  if (path == "/v1/members/ready") change = Change::Ready;
  if (path == "/v1/members/weight") change = Change::Weight;
  if (!change) {
    return error_response(404, "There are /v1/status, /v1/members/drain, ready and weight, /metrics and /debug/loops.");
  }
  return request.method == "POST" ? change_members(*change, request.body, controls) : wrong_method("POST");
}

Response answer_metrics_only(const Request& request, const Controls& controls) {
  if (path_of(request.target) != "/metrics") return error_response(404, "There is /metrics.");
  return request.method == "GET" || request.method == "HEAD" ? metrics(controls) : wrong_method("GET");
}

}  // namespace stead::admin
