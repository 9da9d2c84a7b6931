// The data loops' counters as a table: one name for the JSON of `stead status`, one for Prometheus, and a sentence of
// help. Whoever adds a counter to service/http/stats.h adds a line here, and it appears in both.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "service/http/stats.h"

namespace stead::admin {

template <typename Stats>
struct CounterInfo {
  std::string_view name;    // in JSON
  std::string_view metric;  // in Prometheus; several lines with one metric differ in their label
  std::string_view label;   // `class="4xx"`; empty: none
  std::string_view help;
  bool gauge = false;
  service::http::Counter Stats::*counter = nullptr;
};

inline constexpr std::size_t kLoopCounters = 29;
inline constexpr std::size_t kMemberCounters = 10;

// In the order in which they are shown; lines of one metric are neighbours, as its format wants.
[[nodiscard]] std::span<const CounterInfo<service::http::LoopStats>, kLoopCounters> loop_counters();
[[nodiscard]] std::span<const CounterInfo<service::http::MemberStats>, kMemberCounters> member_counters();

template <typename Stats>
[[nodiscard]] auto counter_table() {
  if constexpr (std::is_same_v<Stats, service::http::LoopStats>) {
    return loop_counters();
  } else {
    return member_counters();
  }
}

// The counters' values at one moment, added up over as many loops as were given.
template <typename Stats>
class CounterValues {
 public:
  void add(const Stats& stats) {
    const auto table = counter_table<Stats>();
    for (std::size_t i = 0; i < table.size(); ++i) values_[i] += (stats.*table[i].counter).get();
  }
  void add(const CounterValues& other) {
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += other.values_[i];
  }
  [[nodiscard]] std::uint64_t get(service::http::Counter Stats::*counter) const {
    const auto table = counter_table<Stats>();
    for (std::size_t i = 0; i < table.size(); ++i) {
      if (table[i].counter == counter) return values_[i];
    }
    return 0;
  }
  // By index in the table.
  [[nodiscard]] std::uint64_t& operator[](std::size_t i) { return values_[i]; }
  [[nodiscard]] std::uint64_t operator[](std::size_t i) const { return values_[i]; }
  [[nodiscard]] bool operator==(const CounterValues&) const = default;

 private:
  static constexpr std::size_t kCount =
      std::is_same_v<Stats, service::http::LoopStats> ? kLoopCounters : kMemberCounters;
  std::array<std::uint64_t, kCount> values_{};
};

using LoopCounterValues = CounterValues<service::http::LoopStats>;
using MemberCounterValues = CounterValues<service::http::MemberStats>;

}  // namespace stead::admin
