#include "keeper/foreign_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace stead::keeper {
namespace {

// A whole last line, and the end of the line before it.
constexpr std::size_t kKept = 2 * ForeignProgram::kLongestWords;
// At once: as much as a pipe holds. A program that writes without end is not listened to without end.
constexpr int kReadsAtOnce = 16;

bool is_printable(char character) { return character >= ' ' && character <= '~'; }

}  // namespace

Result<> ForeignProgram::start(const std::vector<std::string>& command, std::vector<std::string> environment) {
  return spawn(command, std::move(environment), std::nullopt);
}

Result<> ForeignProgram::start_heard(const std::vector<std::string>& command, std::vector<std::string> environment) {
  said_.clear();
  std::array<int, 2> ends{-1, -1};
  // Its own end blocks, as programs expect it.
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failure_errno("start " + command.front());
  errors_ = net::UniqueFd(ends[0]);
  const net::UniqueFd its(ends[1]);
  fcntl(errors_.get(), F_SETFL, O_NONBLOCK);
  Result<> started = spawn(command, std::move(environment), its.get());
  if (!started) errors_ = net::UniqueFd();
  return started;
}

Result<> ForeignProgram::spawn(const std::vector<std::string>& command, std::vector<std::string> environment,
                               std::optional<int> errors) {
  const Result<pid_t> child = net::spawn_unwatched({.path = command.front(),
                                                    .arguments = command,
                                                    .environment = std::move(environment),
                                                    .channel = std::nullopt,
                                                    .foreign = true,
                                                    .errors = errors});
  if (!child) return std::unexpected(child.error());
  child_ = *child;
  return {};
}

void ForeignProgram::listen() {
  std::array<char, 4096> buffer;
  for (int i = 0; errors_ && i < kReadsAtOnce; ++i) {
    const ssize_t size = read(errors_.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    said_.append(buffer.data(), static_cast<std::size_t>(size));
    if (said_.size() > kKept) said_.erase(0, said_.size() - kKept);
  }
}

bool ForeignProgram::handle_exit(const net::Exit& exit) {
  if (!child_ || exit.pid != *child_) return false;
  child_.reset();
  status_ = exit.status;
  listen();
  // What it has left behind may still have the other end: nobody listens to that.
  errors_ = net::UniqueFd();
  return true;
}

void ForeignProgram::kill() {
  if (child_) net::kill_group(*child_);
}

bool ForeignProgram::succeeded() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }

std::string ForeignProgram::last_words() const {
  const auto is_end = [](char character) { return character == '\n' || character == '\r'; };
  const auto end = std::find_if_not(said_.rbegin(), said_.rend(), is_end).base();
  const auto begin = std::find_if(std::make_reverse_iterator(end), said_.rend(), is_end).base();
  std::string line(begin, end);
  std::erase_if(line, [](char character) { return !is_printable(character); });
  if (line.size() > kLongestWords) line.resize(kLongestWords);
  return line;
}

}  // namespace stead::keeper
