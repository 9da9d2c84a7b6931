// From a configuration file to what this node should serve: reading, checking, finding ourselves in it. Nothing is
// bound or started here, so a file can be tried at any time.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "config/model.h"

namespace stead::keeper {

struct Loaded {
  std::string file_name;
  std::string text;
  config::Config config;
  std::string node;                         // this node's name; empty where the file names none
  std::vector<config::Listener> listeners;  // those that this node binds
  std::string warnings;                     // rendered; empty: none
};

// `node`: as given by --node; empty: found by this machine's addresses. An error's message is what to show to the
// operator: rendered diagnostics, of possibly many lines, with terminal colours if asked for.
[[nodiscard]] Result<Loaded> load_file(const std::string& file_name, const std::string& node, bool colour);
// The same for a text that was read before.
[[nodiscard]] Result<Loaded> load_text(const std::string& file_name, std::string text, const std::string& node,
                                       bool colour);

}  // namespace stead::keeper
