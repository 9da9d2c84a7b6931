// What `stead run` was told on the command line, as far as the keeper needs it: defaults filled in.
#pragma once

#include <string>

namespace stead::keeper {

struct Options {
  std::string file;
  std::string node;  // --node; empty: found by address
  std::string run_dir;
  std::string state_dir;
  std::string program;  // path of the binary on disk, as it was at the first start
  std::string version;
};

}  // namespace stead::keeper
