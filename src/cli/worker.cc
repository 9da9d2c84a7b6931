// `stead worker`: started by the keeper, never by people. Descriptor 3 is its channel.
#include "worker/worker_main.h"

#include <fcntl.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.h"
#include "keeper/protocol.h"

namespace stead::cli {

void add_worker_command(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand("worker", "Started by `stead run`")->group("");
  command->callback([&exit_code] {
    if (fcntl(keeper::kWorkerChannel, F_SETFD, FD_CLOEXEC) != 0) {
      exit_code.value = report_failure("`stead worker` is started by `stead run`, and not to be run by hand");
      return;
    }
    exit_code.value = worker::worker_main(keeper::kWorkerChannel, kVersion);
  });
}

}  // namespace stead::cli
