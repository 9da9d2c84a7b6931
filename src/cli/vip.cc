// `stead vip`: who has which virtual address, since when and why. `stead handover`, `stead takeback`: give one away in
// order, and take part again.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/admin_options.h"
#include "cli/command.h"
#include "keeper/control_client.h"
#include "keeper/run_dir.h"

namespace stead::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 10s;

struct VipOptions {
  std::string run_dir;
  std::string vip;
  bool json = false;
};

std::string duration_text(std::int64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  const std::int64_t seconds = ms / 1000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

std::string list(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += (result.empty() ? "" : ", ") + text;
  return result;
}

std::string describe(const keeper::KeeperStatus::Track& track) {
  std::string text = fmt::format("  track   {} {}", track.name, track.good ? "good" : "bad");
  if (track.since_ms >= 0) text += " for " + duration_text(track.since_ms);
  if (!track.good) {
    text += fmt::format(": {}; {}", track.why,
                        track.weight == 0 ? std::string("gives the addresses up")
                                          : fmt::format("lowers the priority by {}", track.weight));
  }
  if (track.unknowns > 0) text += fmt::format("; {} looks said nothing", track.unknowns);
  return text + "\n";
}

std::string describe(const keeper::KeeperStatus::Vip& vip, const std::string& node) {
  std::string text = fmt::format("{}  {}\n", vip.name, list(vip.addresses));
  const std::string owner = vip.owner.empty() ? "nobody that this node knows of" : vip.owner;
  text += fmt::format("  owner   {}{}\n", owner, vip.owner == node ? " (this node)" : "");
  if (!vip.next.empty()) text += fmt::format("  next    {}\n", vip.next);
  text += fmt::format("  here    {} for {}{}{}\n", vip.state, duration_text(vip.since_ms), vip.why.empty() ? "" : ": ",
                      vip.why);
  if (!vip.problem.empty()) text += fmt::format("  problem {}\n", vip.problem);
  if (!vip.witness.empty()) text += fmt::format("  witness {}\n", vip.witness);
  for (const keeper::KeeperStatus::Track& track : vip.tracks) text += describe(track);
  if (vip.leaving) text += fmt::format("  handed over by hand; `stead takeback {}` ends that\n", vip.name);
  if (vip.second_actives > 0) text += fmt::format("  {} adverts of a second owner were heard\n", vip.second_actives);
  if (vip.refused > 0) text += fmt::format("  {} adverts were refused, or odd; the log says why\n", vip.refused);
  return text;
}

std::string describe(const keeper::KeeperStatus::WitnessOf& one) {
  std::string text = fmt::format("{}  {}\n  witness this node; {}", one.vip, list(one.addresses),
                                 one.holder.empty() ? "nobody has asked for them" : one.holder + " may have them");
  text += " for " + duration_text(one.since_ms);
  if (one.denied > 0) text += fmt::format("; {} requests of others were refused", one.denied);
  return text + "\n";
}

boost::json::object to_json(const keeper::KeeperStatus::Track& track) {
  boost::json::object object{
      {"name", track.name}, {"good", track.good}, {"why", track.why}, {"unknown_results", track.unknowns}};
  object["since_ms"] = track.since_ms < 0 ? boost::json::value() : boost::json::value(track.since_ms);
  object["weight"] = track.weight == 0 ? boost::json::value() : boost::json::value(track.weight);
  return object;
}

boost::json::object to_json(const keeper::KeeperStatus::Vip& vip) {
  boost::json::array tracks;
  for (const keeper::KeeperStatus::Track& track : vip.tracks) tracks.push_back(to_json(track));
  boost::json::array addresses;
  for (const std::string& address : vip.addresses) addresses.push_back(boost::json::string(address));
  return {{"name", vip.name},
          {"addresses", std::move(addresses)},
          {"state", vip.state},
          {"since_ms", vip.since_ms},
          {"why", vip.why},
          {"problem", vip.problem},
          {"owner", vip.owner},
          {"next", vip.next},
          {"priority", vip.priority},
          {"leaving", vip.leaving},
          {"second_owner_adverts", vip.second_actives},
          {"adverts_refused", vip.refused},
          {"tracks", std::move(tracks)},
          {"witness", vip.witness}};
}

boost::json::object to_json(const keeper::KeeperStatus::WitnessOf& one) {
  boost::json::array addresses;
  for (const std::string& address : one.addresses) addresses.push_back(boost::json::string(address));
  return {{"vip", one.vip},
          {"addresses", std::move(addresses)},
          {"holder", one.holder},
          {"since_ms", one.since_ms},
          {"requests_refused", one.denied}};
}

int show(const VipOptions& options) {
  const Result<keeper::ControlReply> reply = keeper::ask_keeper(
      keeper::choose_run_dir(options.run_dir), {.command = keeper::ControlCommand::Status, .colour = false}, kPatience);
  if (!reply) return report_failure(reply.error().message);
  if (!reply->status) return report_failure(reply->text);
  const keeper::KeeperStatus& status = *reply->status;
  if (options.json) {
    boost::json::array vips;
    for (const keeper::KeeperStatus::Vip& vip : status.vips) vips.push_back(to_json(vip));
    boost::json::array witness_of;
    for (const keeper::KeeperStatus::WitnessOf& one : status.witness_of) witness_of.push_back(to_json(one));
    const boost::json::object object{
        {"node", status.node}, {"vips", std::move(vips)}, {"witness_of", std::move(witness_of)}};
    std::printf("%s\n", boost::json::serialize(object).c_str());
    return 0;
  }
  std::string text;
  for (const keeper::KeeperStatus::Vip& vip : status.vips) {
    if (!text.empty()) text += "\n";
    text += describe(vip, status.node);
  }
  for (const keeper::KeeperStatus::WitnessOf& one : status.witness_of) {
    if (!text.empty()) text += "\n";
    text += describe(one);
  }
  if (text.empty()) text = "this node is in no vip\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

int order(const VipOptions& options, keeper::ControlCommand command) {
  const Result<keeper::ControlReply> reply = keeper::ask_keeper(
      keeper::choose_run_dir(options.run_dir), {.command = command, .colour = false, .vip = options.vip}, kPatience);
  if (!reply) return report_failure(reply.error().message);
  if (!reply->ok) return report_failure(reply->text);
  std::printf("%s\n", reply->text.c_str());
  return 0;
}

void add_order(CLI::App& app, ExitCode& exit_code, const char* name, const char* description,
               keeper::ControlCommand what) {
  CLI::App* command = app.add_subcommand(name, description);
  const auto options = std::make_shared<VipOptions>();
  command->add_option("vip", options->vip, "Its name in the file: public")->required();
  add_run_dir_option(*command, options->run_dir);
  command->callback([options, what, &exit_code] { exit_code.value = order(*options, what); });
}

}  // namespace

void add_vip_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("vip", "Show who has which virtual address, since when and why");
  const auto options = std::make_shared<VipOptions>();
  add_run_dir_option(*command, options->run_dir);
  command->add_flag("--json", options->json, "Print everything that is known, as JSON");
  command->callback([options, &exit_code] { exit_code.value = show(*options); });
}

void add_handover_command(CLI::App& app, ExitCode& exit_code) {
  add_order(app, exit_code, "handover", "Give a virtual address to the next node, which no client notices",
            keeper::ControlCommand::Handover);
}

void add_takeback_command(CLI::App& app, ExitCode& exit_code) {
  add_order(app, exit_code, "takeback", "Take part in a virtual address again, after a handover",
            keeper::ControlCommand::Takeback);
}

}  // namespace stead::cli
