#include "admin/status_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/text_table.h"

namespace stead::admin {

namespace {

using service::http::LoopStats;
using service::http::MemberStats;

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string latency_text(Duration bound) {
  if (bound < 1ms) return fmt::format("{}us", bound.count() / 1000);
  if (bound < 1s) return fmt::format("{:.0f}ms", static_cast<double>(bound.count()) / 1e6);
  return fmt::format("{:.1f}s", static_cast<double>(bound.count()) / 1e9);
}

Colour colour_of(const MemberStatus& member) {
  if (member.drained) return Colour::Yellow;
  if (member.state == "down" || member.state == "ejected") return Colour::Red;
  return member.state == "up" && !member.slow_start ? Colour::Green : Colour::Yellow;
}

std::string state_text(const MemberStatus& member) {
  std::string text = member.drained ? "drained" : member.state;
  if (member.drained && member.state != "up") text += ", " + member.state;
  if (member.slow_start && !member.drained) text += ", warming up";
  if (member.backup) text += ", backup";
  return text;
}

std::string check_text(const MemberStatus& member) {
  if (!member.check) return "-";
  if (!member.check->passed) return "failed";
  return fmt::format("{:.1f}ms", static_cast<double>(member.check->took.count()) / 1e6);
}

std::string why_text(const MemberStatus& member) {
  if (member.address.empty()) return "its name has no address";
  if (member.state != "up" && !member.reason.empty()) return member.reason;
  if (member.check && !member.check->passed) return "check: " + member.check->detail;
  return {};
}

std::string weight_text(const MemberStatus& member) {
  return member.file_weight ? fmt::format("{} ({})", member.weight, *member.file_weight)
                            : fmt::format("{}", member.weight);
}

bool takes_requests(const MemberStatus& member) { return member.usable && member.weight > 0; }

void render_pool(const PoolStatus& pool, TableOptions options, std::string& out) {
  fmt::format_to(std::back_inserter(out), "\npool {} ({}), {:.1f} requests/s\n", printable(pool.name),
                 printable(pool.balance), pool.requests_per_second);
  if (pool.fail_open) {
    out += painted("  No member is usable: all that are not drained are tried.", Colour::Red, options.colour) + "\n";
  } else if (std::none_of(pool.members.begin(), pool.members.end(), takes_requests)) {
    // Nobody but the operator, or the file, can have done that: it is not said anywhere else.
    out += painted("  No member takes requests: they are answered with 503.", Colour::Red, options.colour) + "\n";
  }
  TextTable table({{"MEMBER"},
                   {"STATE"},
                   {"SINCE"},
                   {"WEIGHT", true},
                   {"ACTIVE", true},
                   {"REQ/S", true},
                   {"REQUESTS", true},
                   {"ERRORS", true},
                   {"CHECK", true},
                   {"WHY"}});
  for (const MemberStatus& member : pool.members) {
    const std::uint64_t errors = errors_of(member.counters);
    table.add_row({{member.name},
                   {state_text(member), colour_of(member)},
                   {in_short(member.since)},
                   {weight_text(member)},
                   {grouped(member.counters.get(&MemberStats::active))},
                   {fmt::format("{:.1f}", member.requests_per_second)},
                   {grouped(member.counters.get(&MemberStats::requests))},
                   {grouped(errors)},
                   {check_text(member), member.check && !member.check->passed ? Colour::Red : Colour::None},
                   {why_text(member)}});
  }
  table.render("  ", options.colour, out);
}

void render_head(const Status& status, TableOptions options, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}{}{}: worker {} for {}, configuration {}, stead {}\n",
                 status.name.empty() ? "stead" : printable(status.name), status.node.empty() ? "" : " on ",
                 printable(status.node), status.pid, in_short(status.uptime), status.generation,
                 printable(status.version));
  if (status.keeper_gone) {
    out += painted("The keeper is gone. Traffic goes on; `stead run` with the same --run-dir takes over.", Colour::Red,
                   options.colour) +
           "\n";
  }
  if (status.draining) {
    out +=
        painted("Draining: no new connections, what is in flight is finished.", Colour::Yellow, options.colour) + "\n";
  }
  out += "listening on ";
  if (status.listeners.empty()) out += "nothing";
  for (std::size_t i = 0; i < status.listeners.size(); ++i) {
    const ListenerStatus& listener = status.listeners[i];
    out += (i == 0 ? "" : ", ") + printable(listener.name);
    if (!listener.address.empty() && listener.address != listener.name) out += " (" + printable(listener.address) + ")";
  }
  out += '\n';
}

void render_traffic(const Status& status, std::string& out) {
  const LoopCounterValues totals = status.totals();
  LatencyStatus latency;
  double rate = 0;
  for (const LoopStatus& loop : status.loops) {
    latency.add(loop.latency);
    rate += loop.requests_per_second;
  }
  fmt::format_to(std::back_inserter(out), "clients {}, requests {} ({:.1f}/s), answers 4xx {}, 5xx {}, waiting {}",
                 grouped(totals.get(&LoopStats::connections)), grouped(totals.get(&LoopStats::requests)), rate,
                 grouped(totals.get(&LoopStats::responses_4xx)), grouped(totals.get(&LoopStats::responses_5xx)),
                 grouped(totals.get(&LoopStats::queue_length)));
  if (latency.count() > 0) {
    fmt::format_to(std::back_inserter(out), ", latency p50 < {}, p99 < {}", latency_text(latency.quantile(0.5)),
                   latency_text(latency.quantile(0.99)));
  }
  out += '\n';
}

}  // namespace

std::string in_short(Duration duration) {
  const std::int64_t seconds = duration / 1s;
  if (seconds <= 0) return fmt::format("{}ms", std::max<std::int64_t>(to_ms(duration), 0));
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d {}h", seconds / 86400, seconds / 3600 % 24);
}

std::string render_table(const Status& status, TableOptions options) {
  std::string out;
  render_head(status, options, out);
  render_traffic(status, out);
  for (const PoolStatus& pool : status.pools) render_pool(pool, options, out);
  return out;
}

}  // namespace stead::admin
