#include "worker/data_loops.h"

#include <pthread.h>

#include <csignal>
#include <string>
#include <utility>

#include "net/clock.h"

namespace stead::worker {

namespace http = service::http;

namespace {

// Signals are the control loop's.
void start_thread(std::vector<std::jthread>& threads, http::DataLoop& loop, std::size_t index) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread& thread = threads.emplace_back([&loop] { loop.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), ("loop-" + std::to_string(index)).c_str());
}

}  // namespace

struct DataLoops::Owned {
  Owned(std::uint32_t index, keeper::Beats& beats, const http::LedgerMemory& ledger, const Report& report)
      : ring(kLogRingBytes),
        beat(beats.cell(1 + index)),
        loop({.index = index, .report = report, .access_log = &ring, .beat = beat, .ledger = ledger.loop_part(index)}) {
  }

  ByteRing ring;
  keeper::Beats::Cell* beat;
  http::DataLoop loop;
};

DataLoops::DataLoops(std::uint32_t count, keeper::Beats& beats, const http::LedgerMemory& ledger,
                     const Report& report) {
  for (std::uint32_t i = 0; i < count; ++i) {
    owned_.push_back(std::make_unique<Owned>(i, beats, ledger, report));
    loops_.push_back(&owned_.back()->loop);
  }
}

DataLoops::~DataLoops() {
  for (http::DataLoop* loop : loops_) loop->stop();
  threads_.clear();  // waits
}

void DataLoops::start(const std::shared_ptr<const http::Plan>& plan) {
  set_plan(plan);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    // The first beat is ours: a thread that never gets to its own is silent from here on.
    owned_[i]->beat->store(net::steady_now().time_since_epoch().count(), std::memory_order_relaxed);
    start_thread(threads_, *loops_[i], i);
  }
}

void DataLoops::set_plan(const std::shared_ptr<const http::Plan>& plan) {
  for (http::DataLoop* loop : loops_) loop->set_plan(plan);
}

void DataLoops::add_listener(http::ListenerId id, int fd) {
  for (http::DataLoop* loop : loops_) loop->add_listener(id, fd);
}

void DataLoops::remove_listener(http::ListenerId id) {
  for (http::DataLoop* loop : loops_) loop->remove_listener(id);
}

void DataLoops::dismiss(http::ListenerId id, Instant deadline) {
  for (http::DataLoop* loop : loops_) loop->dismiss(id, deadline);
}

void DataLoops::drain(Instant deadline, const Ended& ended) {
  for (http::DataLoop* loop : loops_) loop->drain(deadline, ended);
}

void DataLoops::hand_over(int socket, Instant deadline, const Ended& ended) {
  for (http::DataLoop* loop : loops_) loop->hand_over(socket, deadline, ended);
}

std::vector<ByteRing*> DataLoops::log_rings() const {
  std::vector<ByteRing*> rings;
  for (const auto& owned : owned_) rings.push_back(&owned->ring);
  return rings;
}

Instant DataLoops::beat_of(std::uint32_t index) const {
  // What the loop did in the turns before this beat has happened for whoever sees it: passed() frees things on it.
  return Instant(Duration(owned_[index]->beat->load(std::memory_order_acquire)));
}

bool DataLoops::passed(Mark& mark) const {
  mark.turns.resize(count());
  bool all = true;
  for (std::uint32_t i = 0; i < count(); ++i) {
    const Instant beat = beat_of(i);
    if (mark.turns[i] == Instant{} && beat > mark.made) mark.turns[i] = beat;
    if (mark.turns[i] == Instant{} || beat == mark.turns[i]) all = false;
  }
  return all;
}

}  // namespace stead::worker
