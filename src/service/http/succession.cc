#include "service/http/succession.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "service/http/engine.h"
#include "service/http/holder_message.h"
#include "service/http/succession_message.h"

namespace stead::service::http {

namespace {

//   [MemoryHeader, one page][ledger of loop 0][ledger of loop 1] …
struct MemoryHeader {
  static constexpr std::uint64_t kMagic = 0x5354454144303032;
  std::uint64_t magic;
  std::uint32_t loops;
  std::uint32_t connections;
};
constexpr std::size_t kHeaderBytes = 4096;

std::size_t bytes_for(std::uint32_t loops, std::uint32_t connections) {
  return kHeaderBytes + loops * Ledger::bytes_for(connections);
}

// A dead worker's ledger, as read by its successor.
class LedgerView {
 public:
  static Result<LedgerView> open(int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return failure_errno("look at the ledger");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size < kHeaderBytes) return failure("the ledger is too short");
    // Written to while it is walked: Ledger counts in it. The dead worker does not mind.
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return failure_errno("map the ledger");
    LedgerView view(static_cast<char*>(memory), size);
    const auto* header = static_cast<const MemoryHeader*>(memory);
    if (header->magic != MemoryHeader::kMagic || header->loops > 1024 ||
        bytes_for(header->loops, header->connections) > size) {
      return failure("the ledger was written by another version of Stead");
    }
    view.loops_ = header->loops;
    view.connections_ = header->connections;
    return view;
  }
  LedgerView(LedgerView&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)),
        size_(other.size_),
        loops_(other.loops_),
        connections_(other.connections_) {}
  LedgerView(const LedgerView&) = delete;
  LedgerView& operator=(const LedgerView&) = delete;
  LedgerView& operator=(LedgerView&&) = delete;
  ~LedgerView() {
    if (memory_ != nullptr) munmap(memory_, size_);
  }

  // Calls `use(Ledger&, Slot&)` for each connection that is written down.
  template <typename Use>
  void for_each(Use&& use) {
    for (std::uint32_t i = 0; i < loops_; ++i) {
      char* part = memory_ + kHeaderBytes + i * Ledger::bytes_for(connections_);
      if (!Ledger::valid(part, Ledger::bytes_for(connections_))) continue;
      Ledger ledger(part);
      for (std::uint32_t slot = 0; slot < ledger.slots_touched(); ++slot) {
        if (ledger.slot(slot).phase.load(std::memory_order_acquire) != Phase::Free) use(ledger, ledger.slot(slot));
      }
    }
  }

 private:
  LedgerView(char* memory, std::size_t size) : memory_(memory), size_(size) {}

  char* memory_;
  std::size_t size_;
  std::uint32_t loops_ = 0;
  std::uint32_t connections_ = 0;
};

// What the slot says, checked: nothing in it is believed further than the memory reaches.
Adopted read_slot(Ledger& ledger, const Slot& slot) {
  Adopted adopted;
  adopted.phase = slot.phase.load(std::memory_order_acquire);
  adopted.listener = slot.listener;
  adopted.peer = slot.peer;
  const std::uint32_t end = slot.end.load(std::memory_order_acquire);
  if (slot.page < ledger.capacity() && slot.begin <= end && end <= kPageBytes) {
    adopted.bytes.assign(ledger.page(slot.page) + slot.begin, end - slot.begin);
  }
  return adopted;
}

std::vector<net::UniqueFd> receive_batch(int socket, HolderReply& reply) {
  union {
    cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * kHolderBatch)];
  } control{};
  iovec piece{&reply, sizeof reply};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  std::vector<net::UniqueFd> fds;
  if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof reply)) return fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

// Asks for one batch; gives each connection its socket, or leaves it without where the holder had none.
Result<> fetch(int holder, std::span<Adopted> batch, std::span<const std::int32_t> numbers) {
  HolderRequest request;
  request.count = static_cast<std::uint32_t>(batch.size());
  std::copy(numbers.begin(), numbers.end(), request.fds.begin());
  if (send(holder, &request, sizeof request, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof request)) {
    return failure_errno("ask the holder for its sockets");
  }
  HolderReply reply;
  std::vector<net::UniqueFd> fds = receive_batch(holder, reply);
  if (fds.size() != reply.count) return failure("the holder's answer is incomplete");
  std::size_t next = 0;
  for (std::size_t i = 0; i < batch.size() && next < fds.size(); ++i) {
    if (reply.fds[next] == numbers[i]) batch[i].fd = std::move(fds[next++]);
  }
  return {};
}

void give(DataLoop& loop, Adopted adopted) { loop.adopt(std::make_shared<Adopted>(std::move(adopted))); }

}  // namespace

Result<LedgerMemory> LedgerMemory::create(std::uint32_t loops, std::uint32_t connections) {
  LedgerMemory ledger;
  ledger.fd_.reset(memfd_create("stead-ledger", MFD_CLOEXEC));
  if (!ledger.fd_) return failure_errno("make the ledger");
  const std::size_t size = bytes_for(loops, connections);
  if (ftruncate(ledger.fd(), static_cast<off_t>(size)) != 0) return failure_errno("make room for the ledger");
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, ledger.fd(), 0);
  if (memory == MAP_FAILED) return failure_errno("map the ledger");
  ledger.memory_ = static_cast<char*>(memory);
  ledger.size_ = size;
  ::new (memory) MemoryHeader{MemoryHeader::kMagic, loops, connections};
  for (std::uint32_t i = 0; i < loops; ++i) Ledger::format(ledger.loop_part(i), connections);
  return ledger;
}

LedgerMemory::LedgerMemory(LedgerMemory&& other) noexcept
    : fd_(std::move(other.fd_)), memory_(std::exchange(other.memory_, nullptr)), size_(other.size_) {}

LedgerMemory& LedgerMemory::operator=(LedgerMemory&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  return *this;
}

LedgerMemory::~LedgerMemory() {
  if (memory_ != nullptr) munmap(memory_, size_);
}

void* LedgerMemory::loop_part(std::uint32_t index) const {
  const auto* header = reinterpret_cast<const MemoryHeader*>(memory_);
  return memory_ + kHeaderBytes + index * Ledger::bytes_for(header->connections);
}

Result<Inheritance> inherit_from_holder(int holder_socket, int ledger_fd, std::span<DataLoop* const> loops) {
  Result<LedgerView> view = LedgerView::open(ledger_fd);
  if (!view) return std::unexpected(view.error());
  Inheritance result;
  std::vector<Adopted> batch;
  std::vector<std::int32_t> numbers;
  std::size_t turn = 0;
  Result<> fetched;
  const auto flush = [&] {
    if (!batch.empty() && fetched) fetched = fetch(holder_socket, batch, numbers);
    for (Adopted& adopted : batch) {
      if (!adopted.fd) {
        ++result.ended;
        continue;
      }
      ++result.connections;
      if (adopted.phase == Phase::Resumable && !adopted.bytes.empty()) ++result.replayed;
      give(*loops[turn++ % loops.size()], std::move(adopted));
    }
    batch.clear();
    numbers.clear();
  };
  view->for_each([&](Ledger& ledger, const Slot& slot) {
    Adopted adopted = read_slot(ledger, slot);
    // In the middle of an answer: the holder's end closes it.
    if (adopted.phase == Phase::Answering) {
      ++result.ended;
      return;
    }
    batch.push_back(std::move(adopted));
    numbers.push_back(slot.fd);
    if (batch.size() == kHolderBatch) flush();
  });
  flush();
  if (!fetched) return std::unexpected(fetched.error());
  return result;
}

Result<HandoverProgress> inherit_from_worker(int socket, std::span<DataLoop* const> loops) {
  HandoverProgress progress;
  for (;;) {
    ReceivedConnection received = receive_connection(socket);
    switch (received.kind) {
      case ReceivedConnection::Kind::Nothing:
        return progress;
      case ReceivedConnection::Kind::Closed:
        progress.ended = true;
        return progress;
      case ReceivedConnection::Kind::Unknown:
        continue;
      case ReceivedConnection::Kind::Connection:
        break;
    }
    Adopted adopted;
    adopted.fd = std::move(received.fd);
    adopted.listener = received.message.listener;
    adopted.peer = received.message.peer;
    adopted.bytes = std::move(received.bytes);
    give(*loops[progress.connections++ % loops.size()], std::move(adopted));
  }
}

}  // namespace stead::service::http
