// Where a Stead keeps its sockets and its state, so that its commands find it and several Steads share a machine. Used
// by the keeper, which makes the directory and holds its lock, and by the commands, which only need the paths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::keeper {

// What the choice of a default depends on.
struct Surroundings {
  std::uint32_t uid = 0;
  bool run_writable = false;    // /run
  std::string xdg_runtime_dir;  // these three empty where they are not set
  std::string xdg_state_home;
  std::string home;
};
[[nodiscard]] Surroundings look_around();

[[nodiscard]] std::string default_run_dir(const Surroundings& surroundings);
[[nodiscard]] std::string default_state_dir(const Surroundings& surroundings);
// As given on the command line, or else the default.
[[nodiscard]] std::string choose_run_dir(const std::string& given);
[[nodiscard]] std::string choose_state_dir(const std::string& given);

[[nodiscard]] inline std::string admin_socket(const std::string& run_dir) { return run_dir + "/admin.sock"; }
[[nodiscard]] inline std::string keeper_socket(const std::string& run_dir) { return run_dir + "/keeper.sock"; }
[[nodiscard]] inline std::string orphan_socket(const std::string& run_dir) { return run_dir + "/orphan.sock"; }
[[nodiscard]] inline std::string lock_file(const std::string& run_dir) { return run_dir + "/lock"; }

// Makes the directory, and refuses one in which somebody else could replace our sockets by theirs.
[[nodiscard]] Result<> prepare_dir(const std::string& dir);

// Makes this process the only keeper of the run dir, for as long as the descriptor (or a copy of it) is open: the
// kernel takes the lock back from whoever dies. The error names the process that has it.
[[nodiscard]] Result<net::UniqueFd> lock_run_dir(const std::string& run_dir);

}  // namespace stead::keeper
