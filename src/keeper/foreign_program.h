// A program of the operator's, as one run of it at a time: started, watched, killed. It may do what it likes: hang, be
// stopped, write without end, leave children behind. It runs in a process group of its own, which is killed as a whole,
// and it counts as running until it is collected, so that there is never a second.
//
// Nothing here waits. Belongs to the keeper's loop, which collects all children and asks whose each was: what starts
// processes must not be the thread that speaks VRRP.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/spawn.h"
#include "net/unique_fd.h"

namespace stead::keeper {

class ForeignProgram {
 public:
  // So much of what a program says last is kept.
  static constexpr std::size_t kLongestWords = 200;

  ForeignProgram() = default;
  // A run that is under way is killed.
  ~ForeignProgram() { kill(); }
  ForeignProgram(const ForeignProgram&) = delete;
  ForeignProgram& operator=(const ForeignProgram&) = delete;

  // `command`: the program's full path, and its arguments. Its output goes nowhere.
  [[nodiscard]] Result<> start(const std::vector<std::string>& command, std::vector<std::string> environment);
  // The same, but what it writes to its standard error is listened to: see last_words(). Then listen() has to be called
  // now and then, or a program that writes much waits for that.
  [[nodiscard]] Result<> start_heard(const std::vector<std::string>& command, std::vector<std::string> environment);
  void listen();
  // Whether this was its process, which has ended: it is no longer running().
  [[nodiscard]] bool handle_exit(const net::Exit& exit);
  void kill();

  [[nodiscard]] bool running() const { return child_.has_value(); }
  // Of the last run: as waitpid() has it.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] bool succeeded() const;
  // Of the last run: the last line that it has written to its standard error, without what could not be printed.
  [[nodiscard]] std::string last_words() const;

 private:
  [[nodiscard]] Result<> spawn(const std::vector<std::string>& command, std::vector<std::string> environment,
                               std::optional<int> errors);

  std::optional<pid_t> child_;
  int status_ = 0;
  net::UniqueFd errors_;  // what it writes; non-blocking
  std::string said_;      // the end of it
};

}  // namespace stead::keeper
