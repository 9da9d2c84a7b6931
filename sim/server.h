// A simulated member: an application that takes requests and is struck by faults. It knows nothing of Stead, and it is
// the one witness of what was really executed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/world.h"

namespace stead::sim {

enum class Condition : std::uint8_t {
  Healthy,
  Dead,      // refuses connections
  CutOff,    // its packets are lost, both ways
  Frozen,    // the kernel accepts for it; it goes on where it stopped when it thaws
  Slow,      // everything takes seconds
  Broken,    // closes connections instead of answering, having done the work or not; passes its checks
  Erroring,  // answers 500; passes its checks
};

[[nodiscard]] std::string_view to_string(Condition condition);

enum class Reply : std::uint8_t { Answer, ServerError, Closed };

using RequestId = std::uint64_t;
inline constexpr RequestId kCheck = 0;

// What this server does with idle connections.
struct KeepAlive {
  Duration timeout = 5s;
  bool announced = false;    // in a Keep-Alive header
  double early_close = 0.0;  // share of connections that it closes right after an answer
};

class Server {
 public:
  static constexpr Duration kTrip = 200us;          // there or back
  static constexpr Duration kLongestAnswer = 30ms;  // of a healthy one

  using OnReply = std::function<void(Reply)>;
  // Told about each request that is executed.
  using OnExecute = std::function<void(RequestId)>;

  Server(World& world, std::string name, KeepAlive keep_alive, OnExecute on_execute);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void set_condition(Condition condition);
  // A request or a check has arrived over an open connection. `reply` comes when the reply arrives, or never.
  void deliver(RequestId request, OnReply reply);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const KeepAlive& keep_alive() const { return keep_alive_; }
  [[nodiscard]] Condition condition() const { return condition_; }
  [[nodiscard]] Instant since() const { return since_; }  // of the condition
  // A connection made in one life is gone in the next.
  [[nodiscard]] std::uint32_t life() const { return life_; }

 private:
  struct Work {
    RequestId request;
    OnReply reply;
    bool executed = false;
  };
  using SharedWork = std::shared_ptr<Work>;

  void work_on(const SharedWork& work);
  void finish(const SharedWork& work);
  void execute(Work& work);
  void answer(const SharedWork& work, Reply reply);
  void die();

  World& world_;
  std::string name_;
  KeepAlive keep_alive_;
  OnExecute on_execute_;
  Condition condition_ = Condition::Healthy;
  Instant since_;
  std::uint32_t life_ = 0;
  std::vector<SharedWork> in_hand_;  // delivered and not answered
  std::vector<SharedWork> stalled_;  // of those, what waits for a thaw
};

}  // namespace stead::sim
