#include "keeper/run_files.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "keeper/run_dir.h"
#include "net/listen.h"
#include "net/unix_address.h"

namespace stead::keeper {
namespace {

// The group may look in and give orders; root decides who that is by the run dir's group.
constexpr mode_t kOrders = 0660;
constexpr mode_t kOwnerOnly = 0600;

std::string unpublished(const std::string& run_dir) { return orphan_socket(run_dir) + ".new"; }

}  // namespace

Result<> check_run_dir_name(const std::string& run_dir) {
  const Result<net::UnixAddress> longest = net::UnixAddress::of(unpublished(run_dir));
  return longest ? Result<>() : std::unexpected(longest.error());
}

Result<RunFiles> open_run_files(const std::string& run_dir, net::UniqueFd lock) {
  Result<net::UniqueFd> control = net::listen_unix(keeper_socket(run_dir), net::UnixKind::Stream, kOrders);
  if (!control) return std::unexpected(std::move(control.error()));
  Result<net::UniqueFd> admin = net::listen_unix(admin_socket(run_dir), net::UnixKind::Stream, kOrders);
  if (!admin) return std::unexpected(std::move(admin.error()));
  Result<net::UniqueFd> orphan = net::listen_unix(unpublished(run_dir), net::UnixKind::Packets, kOwnerOnly);
  if (!orphan) return std::unexpected(std::move(orphan.error()));
  return RunFiles{.lock = net::share(std::move(lock)),
                  .control = net::share(std::move(*control)),
                  .admin = net::share(std::move(*admin)),
                  .orphan = net::share(std::move(*orphan))};
}

Result<> publish_orphan_socket(const std::string& run_dir) {
  const std::string path = orphan_socket(run_dir);
  if (std::rename(unpublished(run_dir).c_str(), path.c_str()) != 0) return failure_errno("create " + path);
  return {};
}

void remove_run_files(const std::string& run_dir) {
  for (const std::string& path :
       {keeper_socket(run_dir), admin_socket(run_dir), orphan_socket(run_dir), unpublished(run_dir)}) {
    unlink(path.c_str());
  }
}

}  // namespace stead::keeper
