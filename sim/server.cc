#include "sim/server.h"

#include <algorithm>
#include <utility>

namespace stead::sim {

std::string_view to_string(Condition condition) {
  switch (condition) {
    case Condition::Healthy:
      return "healthy";
    case Condition::Dead:
      return "dead";
    case Condition::CutOff:
      return "cut off";
    case Condition::Frozen:
      return "frozen";
    case Condition::Slow:
      return "slow";
    case Condition::Broken:
      return "broken";
    case Condition::Erroring:
      return "erroring";
  }
  return "unknown";
}

Server::Server(World& world, std::string name, KeepAlive keep_alive, OnExecute on_execute)
    : world_(world),
      name_(std::move(name)),
      keep_alive_(keep_alive),
      on_execute_(std::move(on_execute)),
      since_(world.now()) {}

void Server::set_condition(Condition condition) {
  if (condition == condition_) return;
  condition_ = condition;
  since_ = world_.now();
  if (condition == Condition::Dead) return die();
  if (condition == Condition::Frozen || condition == Condition::CutOff) return;
  for (const SharedWork& work : std::exchange(stalled_, {})) work_on(work);
}

void Server::deliver(RequestId request, OnReply reply) {
  auto work = std::make_shared<Work>(Work{request, std::move(reply)});
  in_hand_.push_back(work);
  work_on(work);
}

void Server::work_on(const SharedWork& work) {
  if (condition_ == Condition::Frozen) {
    stalled_.push_back(work);
    return;
  }
  const Duration takes =
      condition_ == Condition::Slow ? world_.between(1s, 4s) : world_.between(1ms, kLongestAnswer - 2 * kTrip);
  world_.after(takes, [this, work, life = life_] {
    if (life == life_) finish(work);
  });
}

void Server::finish(const SharedWork& work) {
  switch (condition_) {
    case Condition::Dead:  // not reached: its life is over
    case Condition::Frozen:
      stalled_.push_back(work);
      return;
    case Condition::CutOff:
      // The work is done, the answer is sent again and again until the wire heals.
      execute(*work);
      stalled_.push_back(work);
      return;
    case Condition::Broken:
      if (work->request == kCheck) return answer(work, Reply::Answer);
      if (world_.chance(0.5)) execute(*work);
      return answer(work, Reply::Closed);
    case Condition::Erroring:
      execute(*work);
      return answer(work, work->request == kCheck ? Reply::Answer : Reply::ServerError);
    case Condition::Healthy:
    case Condition::Slow:
      execute(*work);
      return answer(work, Reply::Answer);
  }
}

void Server::execute(Work& work) {
  if (work.executed || work.request == kCheck) return;
  work.executed = true;
  on_execute_(work.request);
}

void Server::answer(const SharedWork& work, Reply reply) {
  std::erase(in_hand_, work);
  world_.after(kTrip, [work, reply] { work->reply(reply); });
}

// The hazard of every retry: some of what was in hand is done, and the answer is lost with the process.
void Server::die() {
  ++life_;
  stalled_.clear();
  for (const SharedWork& work : std::exchange(in_hand_, {})) {
    if (world_.chance(0.3)) execute(*work);
    world_.after(kTrip, [work] { work->reply(Reply::Closed); });
  }
}

}  // namespace stead::sim
