#include "core/balance/picker.h"

#include <utility>

namespace stead::core::balance {
namespace {

constexpr std::uint32_t kNobody = Picker::kNew;

bool takes(const Candidate& candidate, bool backup) {
  return candidate.eligible && candidate.weight > 0 && candidate.backup == backup;
}

// Draws one by weight. `total` is the weight of all that take() but `without`.
std::uint32_t draw(std::span<const Candidate> candidates, bool backup, std::uint32_t total, std::uint32_t without,
                   Random& random) {
  std::uint32_t ticket = random.below(total);
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    if (i == without || !takes(candidates[i], backup)) continue;
    if (ticket < candidates[i].weight) return i;
    ticket -= candidates[i].weight;
  }
  return kNobody;  // not reached: the tickets add up to total
}

// (active + 1) / weight: what each unit of weight would carry if it took one more; compared without a division.
bool less_loaded(const Candidate& left, const Candidate& right) {
  return (std::uint64_t{left.active} + 1) * right.weight < (std::uint64_t{right.active} + 1) * left.weight;
}

std::uint32_t better_of_two(std::span<const Candidate> candidates, bool backup, std::uint32_t total, Random& random) {
  const std::uint32_t first = draw(candidates, backup, total, kNobody, random);
  // An idle one is never worse than another, and compared by load a heavy idle member would always beat a light idle
  // one, which would then never get a request in a quiet pool. Taking it as drawn gives it the share of its weight.
  if (candidates[first].active == 0) return first;
  const std::uint32_t rest = total - candidates[first].weight;
  if (rest == 0) return first;
  const std::uint32_t second = draw(candidates, backup, rest, first, random);
  return less_loaded(candidates[second], candidates[first]) ? second : first;
}

}  // namespace

std::optional<std::uint32_t> Picker::pick(std::span<const Candidate> candidates, Random& random) {
  // Two passes over a few cache lines: the first finds out who is there and what they weigh together, the second
  // chooses.
  for (const bool backup : {false, true}) {
    std::uint32_t total = 0;
    for (const Candidate& candidate : candidates) {
      if (takes(candidate, backup)) total += candidate.weight;
    }
    if (total == 0) continue;
    switch (algorithm_) {
      case Algorithm::RoundRobin:
        return next_in_turn(candidates, backup, total);
      case Algorithm::LeastRequest:
        return better_of_two(candidates, backup, total, random);
      case Algorithm::Random:
        return draw(candidates, backup, total, kNobody, random);
    }
  }
  return std::nullopt;
}

void Picker::rekey(std::span<const std::uint32_t> previous) {
  // The credits of those who left leave with them; what is missing from the sum is made up within a round.
  std::vector<std::int64_t> credit;
  credit.reserve(previous.size());
  for (const std::uint32_t old : previous) credit.push_back(old < credit_.size() ? credit_[old] : 0);
  credit_ = std::move(credit);
}

// Each earns its weight in every round; who has most is taken and pays for the round.
std::uint32_t Picker::next_in_turn(std::span<const Candidate> candidates, bool backup, std::uint32_t total) {
  if (credit_.size() < candidates.size()) credit_.resize(candidates.size());
  std::uint32_t best = kNobody;
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    if (!takes(candidates[i], backup)) continue;
    credit_[i] += candidates[i].weight;
    if (best == kNobody || credit_[i] > credit_[best]) best = i;
  }
  credit_[best] -= total;
  return best;
}

}  // namespace stead::core::balance
