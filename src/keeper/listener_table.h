// The listening sockets that the keeper holds, and how they change: what is open already stays open, whatever it is
// called now; what is new is opened before anything that is gone is closed; and until the worker has agreed, all can be
// undone.
//
// Binding is passed in as a function, so that every way in which it fails can be tested without a network.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/model.h"
#include "keeper/protocol.h"
#include "net/unique_fd.h"

namespace stead::keeper {

struct OpenListener {
  std::uint32_t id = 0;
  std::string name;
  config::Endpoint endpoint;
  net::SharedFd socket;
};

struct ListenerFailure {
  std::string name;
  config::Endpoint endpoint;
  std::string why;
};

// What the table would become.
struct StagedListeners {
  std::vector<OpenListener> open;         // in the order of the file
  std::vector<ListenerFailure> failures;  // wanted, but not to be had
  std::vector<std::string> opened;        // names of those that were not open before
  std::uint32_t next_id = 0;
  // Failures of listeners that did not fail before: those that a reload should be refused for.
  [[nodiscard]] std::vector<ListenerFailure> new_failures(std::span<const ListenerFailure> known) const;
};

class ListenerTable {
 public:
  using Bind = std::function<Result<net::UniqueFd>(const config::Listener& listener)>;

  // Opens what is not open yet. Dropping the result closes what it opened.
  [[nodiscard]] StagedListeners stage(std::span<const config::Listener> wanted, const Bind& bind) const;
  // Whether all that are wanted are open.
  [[nodiscard]] bool complete(std::span<const config::Listener> wanted) const;
  // Makes it so: what is not in it is closed (here; the worker closes its copies).
  void commit(StagedListeners staged);

  // A socket that came from another keeper; its endpoint is where it really listens.
  void adopt(net::SharedFd socket, config::Endpoint endpoint, std::string name);
  // As it was in another keeper, ids included.
  void restore(std::vector<OpenListener> open, std::uint32_t next_id);
  void close_all();

  [[nodiscard]] const std::vector<OpenListener>& open() const { return open_; }
  [[nodiscard]] const std::vector<ListenerFailure>& failures() const { return failures_; }
  [[nodiscard]] std::uint32_t next_id() const { return next_id_; }

 private:
  std::vector<OpenListener> open_;
  std::vector<ListenerFailure> failures_;
  std::uint32_t next_id_ = 1;
};

[[nodiscard]] std::vector<ListenerSocket> sockets_of(std::span<const OpenListener> open);

}  // namespace stead::keeper
