// How a worker's client connections outlive it. The problem: when a process dies, the kernel closes its sockets, and
// every client with a kept connection sees an error, though nothing was wrong with the connection. The obvious answer,
// handing each accepted socket to the keeper, costs several system calls a connection.
//
// Instead a second process, the holder, shares the worker's file table (clone with CLONE_FILES, but not CLONE_VM): it
// does nothing, and costs nothing, while the worker lives, and keeps every socket open when it dies, however it dies.
// The worker writes down what each connection is about in shared memory, the ledger (service/http/ledger.h). The
// successor reads the ledger, asks the holder for the sockets, goes on with the idle ones, sends safe requests again
// that had not had a byte of answer, and ends the rest.
//
// A planned handover (upgrade) needs no holder: the old worker sends each connection over a socket when it is idle.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "net/unique_fd.h"

namespace stead::service::http {

class DataLoop;

// Starts the holder. Call it once, before any thread is started, and with only those descriptors open that it may keep.
// Returns the socket by which a successor asks for the sockets: send it to the keeper, then close it; the holder ends
// when its last copy is closed.
[[nodiscard]] Result<int> start_holder();

// The ledgers' memory: one part for each of `loops` data loops, with room for `connections` clients each. Must outlive
// the loops.
class LedgerMemory {
 public:
  [[nodiscard]] static Result<LedgerMemory> create(std::uint32_t loops, std::uint32_t connections);
  LedgerMemory(LedgerMemory&& other) noexcept;
  LedgerMemory& operator=(LedgerMemory&& other) noexcept;
  LedgerMemory(const LedgerMemory&) = delete;
  LedgerMemory& operator=(const LedgerMemory&) = delete;
  ~LedgerMemory();

  [[nodiscard]] int fd() const { return fd_.get(); }  // a memfd: send it to the keeper
  [[nodiscard]] void* loop_part(std::uint32_t index) const;

 private:
  LedgerMemory() = default;
  net::UniqueFd fd_;
  char* memory_ = nullptr;
  std::size_t size_ = 0;
};

struct Inheritance {
  std::uint32_t connections = 0;  // taken over
  std::uint32_t replayed = 0;     // of these, with a request that is sent again
  std::uint32_t ended = 0;        // could not be continued: closed
};

// Takes over from a dead worker: reads its ledger, gets the sockets from its holder, spreads them over `loops`, which
// already have a plan. Blocks for at most some milliseconds. Takes ownership of neither descriptor.
[[nodiscard]] Result<Inheritance> inherit_from_holder(int holder_socket, int ledger_fd,
                                                      std::span<DataLoop* const> loops);

// Takes over from a living worker that is handing over: receives what it has sent so far. Call it whenever `socket` is
// readable; `ended` in the result's second part is true once the old worker has closed its end.
struct HandoverProgress {
  std::uint32_t connections = 0;
  bool ended = false;
};
[[nodiscard]] Result<HandoverProgress> inherit_from_worker(int socket, std::span<DataLoop* const> loops);

}  // namespace stead::service::http
