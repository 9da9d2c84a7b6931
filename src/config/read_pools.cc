#include <fmt/format.h>

#include <algorithm>

#include "config/reading.h"

namespace stead::config {
namespace {

// `queue`, `idle`, `timeouts`: tables of the pool whose keys all have a place in Pool itself.
void read_part(Reading& reading, const Value& pool_table, std::string_view part, std::string_view section,
               const Place& pool_place, Pool& pool) {
  const Entry* entry = pool_table.find(part);
  if (entry == nullptr) return store_defaults(section, pool);
  const Place place{section, fmt::format("`{}` of {}", part, pool_place.name), entry->key_span};
  store_defaults(section, pool);
  if (expect_table(entry->value, place, reading.report)) {
    read_section(entry->value, place, reading.document.complete, pool, reading.report);
  }
}

void read_eject(Reading& reading, const Value& pool_table, const Place& pool_place, Pool& pool) {
  const Entry* entry = pool_table.find("eject");
  if (entry != nullptr && entry->value.kind == Kind::Flag) {
    store_defaults("pool.*.eject", pool);
    if (!entry->value.flag) pool.eject_after = 0;
    return;
  }
  if (entry != nullptr && entry->value.kind != Kind::Table) {
    return report_type(*find_key("pool.*", "eject"), entry->value, "a table, or false", reading.report);
  }
  read_part(reading, pool_table, "eject", "pool.*.eject", pool_place, pool);
}

// Members that can take nothing make a pool that can take nothing.
void check_members(Reading& reading, const Entry& members, const Place& place, const Pool& pool) {
  const auto takes_nothing = [](const Member& member) { return member.weight == 0; };
  const auto is_backup = [](const Member& member) { return member.backup; };
  if (members.value.kind == Kind::List && members.value.items.empty()) {
    reading.report.add({.code = Code::EmptyPool,
                        .message = fmt::format("{} has no members", place.name),
                        .span = members.value.span,
                        .help = "for example: members = [\"app-1:8000\", \"app-2:8000\"]"});
  }
  if (pool.members.empty()) return;
  if (std::all_of(pool.members.begin(), pool.members.end(), takes_nothing)) {
    reading.report.add({.code = Code::NoWeight,
                        .message = fmt::format("no member of {} has a weight above 0", place.name),
                        .span = members.key_span,
                        .help = "give at least one member a weight, or leave `weight` out"});
  } else if (std::all_of(pool.members.begin(), pool.members.end(), is_backup)) {
    reading.report.add({.code = Code::OnlyBackups,
                        .message = fmt::format("every member of {} is a backup", place.name),
                        .span = members.key_span,
                        .help = "leave `backup = true` out of those that should be used first"});
  }
}

void check_detection(Reading& reading, const Value& table, const Place& place, const Pool& pool) {
  if (pool.check.kind != CheckKind::None || pool.eject_after != 0 || pool.members.size() < 2) return;
  const Entry* check = table.find("check");
  reading.report.add({.code = Code::NoDetection,
                      .message = fmt::format("{} has neither a check nor ejection", place.name),
                      .span = check == nullptr ? place.span : check->key_span,
                      .help = "leave out `check = false` or `eject = false`"});
}

void read_pool(Reading& reading, const Entry& entry, const Place& place) {
  Pool pool;
  pool.name = entry.key;
  pool.where = entry.key_span.begin;
  const Value& table = entry.value;
  read_section(table, place, reading.document.complete, pool, reading.report);
  read_part(reading, table, "queue", "pool.*.queue", place, pool);
  read_part(reading, table, "idle", "pool.*.idle", place, pool);
  read_part(reading, table, "timeouts", "pool.*.timeouts", place, pool);
  read_eject(reading, table, place, pool);
  store_defaults("pool.*.check", pool.check);
  if (const Entry* check = table.find("check")) read_check(reading, check->value, place, pool.check);
  if (const Entry* members = table.find("members")) {
    for_each_item(members->value, [&](const Value& value) { read_member(reading, value, place, pool); });
    check_members(reading, *members, place, pool);
  }
  check_detection(reading, table, place, pool);
  reading.config.pools.push_back(std::move(pool));
}

}  // namespace

void read_pools(Reading& reading) {
  for_each_named(reading, "pool", "pool.*",
                 [&](const Entry& entry, const Place& place) { read_pool(reading, entry, place); });
}

}  // namespace stead::config
