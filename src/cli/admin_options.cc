#include "cli/admin_options.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>

#include "admin/text_table.h"
#include "cli/command.h"
#include "keeper/run_dir.h"

namespace stead::cli {

namespace json = boost::json;

void add_run_dir_option(CLI::App& command, std::string& run_dir) {
  command.add_option("--run-dir", run_dir, "Where the running Stead keeps its sockets, as given to `stead run`");
}

admin::Client admin_client(const std::string& run_dir) {
  return admin::Client(keeper::admin_socket(keeper::choose_run_dir(run_dir)));
}

int post_member_command(const std::string& run_dir, std::string_view target, std::string_view body,
                        std::string_view done) {
  const Result<admin::ClientResponse> response = admin_client(run_dir).request("POST", target, body);
  if (!response) return report_failure(response.error().message);
  if (response->status != 200) return report_failure(admin::explain(*response));
  boost::system::error_code error;
  const json::value value = json::parse(response->body, error);
  const json::value* changed = value.is_object() ? value.get_object().if_contains("changed") : nullptr;
  if (changed == nullptr || !changed->is_array()) return 0;
  for (const json::value& name : changed->get_array()) {
    if (!name.is_string()) continue;
    std::printf("%s is %s\n", admin::printable(name.get_string()).c_str(), std::string(done).c_str());
  }
  const json::value* warnings = value.get_object().if_contains("warnings");
  if (warnings == nullptr || !warnings->is_array()) return 0;
  for (const json::value& warning : warnings->get_array()) {
    if (warning.is_string()) std::fprintf(stderr, "warning: %s\n", admin::printable(warning.get_string()).c_str());
  }
  return 0;
}

}  // namespace stead::cli
