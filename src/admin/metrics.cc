#include "admin/metrics.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

namespace stead::admin {

namespace {

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

class Writer {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  // `labels` as they stand between the braces; empty: none.
  template <typename Number>
  void sample(std::string_view name, std::string_view labels, Number value) {
    if (labels.empty()) {
      fmt::format_to(std::back_inserter(out_), "{} {}\n", name, value);
    } else {
      fmt::format_to(std::back_inserter(out_), "{}{{{}}} {}\n", name, labels, value);
    }
  }
  template <typename Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    family(name, "gauge", help);
    sample(name, {}, value);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string joined(std::string_view one, std::string_view other) {
  if (one.empty() || other.empty()) return std::string(one) + std::string(other);
  return std::string(one) + "," + std::string(other);
}

std::string loop_label(const LoopStatus& loop) { return fmt::format("loop=\"{}\"", loop.index); }

std::string member_labels(const PoolStatus& pool, const MemberStatus& member) {
  return fmt::format("pool=\"{}\",member=\"{}\"", escaped(pool.name), escaped(member.name));
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// `each` is called with a function that takes the labels and the values of one series.
template <typename Stats, typename Each>
void write_counters(Writer& writer, const Each& each) {
  std::string_view family;
  const auto table = counter_table<Stats>();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& info = table[i];
    if (info.metric != family) writer.family(info.metric, info.gauge ? "gauge" : "counter", info.help);
    family = info.metric;
    each([&](std::string_view labels, const CounterValues<Stats>& values) {
      writer.sample(info.metric, joined(labels, info.label), values[i]);
    });
  }
}

void write_latency(Writer& writer, const Status& status) {
  static constexpr std::string_view kName = "stead_request_duration_seconds";
  writer.family(kName, "histogram", "From a request's first byte to the end of its answer.");
  for (const LoopStatus& loop : status.loops) {
    const std::string label = loop_label(loop);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < loop.latency.buckets.size(); ++i) {
      below += loop.latency.buckets[i];
      const bool last = i + 1 == loop.latency.buckets.size();
      const std::string bound = last ? "+Inf" : fmt::format("{:.6f}", static_cast<double>(std::uint64_t{1} << i) / 1e6);
      writer.sample(fmt::format("{}_bucket", kName), fmt::format("{},le=\"{}\"", label, bound), below);
    }
    writer.sample(fmt::format("{}_sum", kName), label, static_cast<double>(loop.latency.total_us) / 1e6);
    writer.sample(fmt::format("{}_count", kName), label, below);
  }
}

template <typename Value>
void write_member_gauge(Writer& writer, const Status& status, std::string_view name, std::string_view help,
                        const Value& value) {
  writer.family(name, "gauge", help);
  for (const PoolStatus& pool : status.pools) {
    for (const MemberStatus& member : pool.members) writer.sample(name, member_labels(pool, member), value(member));
  }
}

void write_members(Writer& writer, const Status& status) {
  write_member_gauge(writer, status, "stead_member_usable", "1 if the member gets requests.",
                     [](const MemberStatus& member) { return member.usable ? 1 : 0; });
  write_member_gauge(writer, status, "stead_member_drained", "1 if the operator has drained the member.",
                     [](const MemberStatus& member) { return member.drained ? 1 : 0; });
  write_member_gauge(writer, status, "stead_member_weight", "The member's weight.",
                     [](const MemberStatus& member) { return member.weight; });
  static constexpr std::array<std::string_view, 5> kStates{"unproven", "up", "trial", "ejected", "down"};
  writer.family("stead_member_state", "gauge", "1 for the state that the member is in.");
  for (const PoolStatus& pool : status.pools) {
    for (const MemberStatus& member : pool.members) {
      for (const std::string_view state : kStates) {
        writer.sample("stead_member_state", fmt::format("{},state=\"{}\"", member_labels(pool, member), state),
                      member.state == state ? 1 : 0);
      }
    }
  }
  writer.family("stead_member_check_passed", "gauge", "1 if the latest check of the member passed.");
  for (const PoolStatus& pool : status.pools) {
    for (const MemberStatus& member : pool.members) {
      if (!member.check) continue;
      writer.sample("stead_member_check_passed", member_labels(pool, member), member.check->passed ? 1 : 0);
    }
  }
  writer.family("stead_member_check_duration_seconds", "gauge", "How long the latest check of the member took.");
  for (const PoolStatus& pool : status.pools) {
    for (const MemberStatus& member : pool.members) {
      if (!member.check) continue;
      writer.sample("stead_member_check_duration_seconds", member_labels(pool, member), seconds(member.check->took));
    }
  }
}

void write_process(Writer& writer, const Status& status) {
  writer.family("stead_info", "gauge", "Always 1; what runs, as labels.");
  writer.sample("stead_info",
                fmt::format("version=\"{}\",name=\"{}\",node=\"{}\"", escaped(status.version), escaped(status.name),
                            escaped(status.node)),
                1);
  writer.gauge("stead_worker_uptime_seconds", "Since the worker started.", seconds(status.uptime));
  writer.gauge("stead_configuration_generation", "Counts the configurations applied.", status.generation);
  writer.gauge("stead_keeper_gone", "1 if the worker serves without its keeper.", status.keeper_gone ? 1 : 0);
  writer.family("stead_access_log_lines_total", "counter", "Lines written to the access log.");
  writer.sample("stead_access_log_lines_total", {}, status.log_written);
  writer.family("stead_access_log_lost_total", "counter", "Lines that the access log's file or pipe did not take.");
  writer.sample("stead_access_log_lost_total", {}, status.log_lost);
  writer.family("stead_loop_beat_age_seconds", "gauge", "Since the data loop last said that it is alive.");
  for (const LoopStatus& loop : status.loops) {
    writer.sample("stead_loop_beat_age_seconds", loop_label(loop), seconds(loop.beat_age));
  }
}

}  // namespace

std::string render_metrics(const Status& status) {
  Writer writer;
  write_process(writer, status);
  write_counters<service::http::LoopStats>(writer, [&](const auto& sample) {
    for (const LoopStatus& loop : status.loops) sample(loop_label(loop), loop.counters);
  });
  write_latency(writer, status);
  writer.family("stead_pool_fail_open", "gauge", "1 if no member of the pool is usable, so that all are tried.");
  for (const PoolStatus& pool : status.pools) {
    writer.sample("stead_pool_fail_open", fmt::format("pool=\"{}\"", escaped(pool.name)), pool.fail_open ? 1 : 0);
  }
  write_members(writer, status);
  write_counters<service::http::MemberStats>(writer, [&](const auto& sample) {
    for (const PoolStatus& pool : status.pools) {
      for (const MemberStatus& member : pool.members) sample(member_labels(pool, member), member.counters);
    }
  });
  return writer.take() + status.keeper_metrics;
}

}  // namespace stead::admin
