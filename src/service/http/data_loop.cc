#include "service/http/data_loop.h"

#include <utility>

#include "service/http/engine.h"

namespace stead::service::http {

struct DataLoop::State {
  explicit State(DataLoopOptions options) : engine(std::move(options)) {}
  Engine engine;
};

DataLoop::DataLoop(DataLoopOptions options) : state_(std::make_unique<State>(std::move(options))) {}
DataLoop::~DataLoop() = default;

void DataLoop::run() { state_->engine.run(); }

void DataLoop::set_plan(std::shared_ptr<const Plan> plan) {
  state_->engine.post([plan = std::move(plan)](Engine& engine) { engine.set_plan(plan); });
}

void DataLoop::add_listener(ListenerId id, int fd) {
  state_->engine.post([id, fd](Engine& engine) { engine.add_listener(id, fd); });
}

void DataLoop::remove_listener(ListenerId id) {
  state_->engine.post([id](Engine& engine) { engine.remove_listener(id); });
}

void DataLoop::dismiss(ListenerId id, Instant deadline) {
  state_->engine.post([id, deadline](Engine& engine) { engine.dismiss(id, deadline); });
}

void DataLoop::drain(Instant deadline, std::function<void(DrainReport)> done) {
  state_->engine.post([deadline, done = std::move(done)](Engine& engine) { engine.begin_drain(-1, deadline, done); });
}

void DataLoop::hand_over(int socket, Instant deadline, std::function<void(DrainReport)> done) {
  state_->engine.post(
      [socket, deadline, done = std::move(done)](Engine& engine) { engine.begin_drain(socket, deadline, done); });
}

void DataLoop::adopt(std::shared_ptr<Adopted> connection) {
  state_->engine.post([connection = std::move(connection)](Engine& engine) { engine.adopt(std::move(*connection)); });
}

void DataLoop::stop() {
  state_->engine.post([](Engine& engine) { engine.stop(); });
}

const LoopStats& DataLoop::stats() const { return state_->engine.stats(); }

const MemberStats* DataLoop::member_stats(MemberId id) const { return state_->engine.member_stats(id); }

}  // namespace stead::service::http
