#include "keeper/vip/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace stead::keeper::vip {
namespace {

// A full counter wakes as well.
void signal(int fd) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(fd, &one, sizeof(one));
}

void clear(int fd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = read(fd, &count, sizeof(count));
}

}  // namespace

Result<std::unique_ptr<Mailbox>> Mailbox::open() {
  net::UniqueFd incoming(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  net::UniqueFd outgoing(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!incoming || !outgoing) return failure_errno("make an eventfd");
  return std::unique_ptr<Mailbox>(new Mailbox(std::move(incoming), std::move(outgoing)));
}

void Mailbox::send(Command command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  signal(incoming_.get());
}

std::vector<Event> Mailbox::take_events() {
  clear(outgoing_.get());
  const std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

Snapshot Mailbox::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

bool Mailbox::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

bool Mailbox::try_take_commands(std::vector<Command>& commands) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return false;
  clear(incoming_.get());
  commands.swap(commands_);
  return true;
}

bool Mailbox::try_publish(std::vector<Event>& events, const Snapshot& snapshot, bool stopped) {
  bool news = false;
  {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    news = !events.empty() || stopped != stopped_;
    for (const Event& event : events) {
      if (events_.size() < kMaxEvents) events_.push_back(event);
    }
    snapshot_.generation = snapshot.generation;
    snapshot_.loop = snapshot.loop;
    snapshot_.groups.assign(snapshot.groups.begin(), snapshot.groups.end());  // allocates when the plan has grown only
    snapshot_.witnesses.assign(snapshot.witnesses.begin(), snapshot.witnesses.end());
    stopped_ = stopped;
  }
  events.clear();
  if (news) signal(outgoing_.get());
  return true;
}

}  // namespace stead::keeper::vip
