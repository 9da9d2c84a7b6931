// What the keeper holds open in its run dir: the lock and three listening sockets. Of the sockets it serves one itself;
// the other two are for the workers, one after the other.
#pragma once

#include <string>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::keeper {

struct RunFiles {
  net::SharedFd lock;
  net::SharedFd control;  // keeper.sock: control.h
  net::SharedFd admin;    // admin.sock: the worker's API
  net::SharedFd orphan;   // orphan.sock: orphan.h
};

// Whether the paths of its sockets are short enough. To be asked first: later, a path that is no address would look
// like a socket that does not answer.
[[nodiscard]] Result<> check_run_dir_name(const std::string& run_dir);

// With the lock taken already. The orphan socket is there, but not yet by its name: while another keeper's worker is
// being adopted, that one must stay the one that is found (publish_orphan_socket()).
[[nodiscard]] Result<RunFiles> open_run_files(const std::string& run_dir, net::UniqueFd lock);
[[nodiscard]] Result<> publish_orphan_socket(const std::string& run_dir);

// In order, at the end: whoever comes next should not wonder. The lock's file stays, since removing it would let two
// keepers lock two files.
void remove_run_files(const std::string& run_dir);

}  // namespace stead::keeper
