#include "http/request_memory.h"

namespace rawhaul::http {
namespace {

constexpr uint64_t kShares = 4;

// What of `limit` a request of `bytes` may see in use, its own included.
uint64_t LimitFor(uint64_t bytes, uint64_t limit) {
  const bool is_small = bytes <= kRequestBytes + kSmallBodyBytes;
  return is_small ? limit : limit - limit / 4;
}

}  // namespace

bool RequestMemory::Charge::Set(std::string_view payer, uint64_t bytes) {
  const MutexLock lock(memory_.mutex_);
  const Change change{payer_, payer, bytes_, bytes};
  const bool shrinks = payer == payer_ && bytes <= bytes_;
  if (!shrinks && !memory_.HasRoom(change)) return false;
  memory_.Apply(change);
  payer_ = payer;
  bytes_ = bytes;
  return true;
}

void RequestMemory::Charge::SetAnyway(std::string_view payer, uint64_t bytes) {
  const MutexLock lock(memory_.mutex_);
  memory_.Apply({payer_, payer, bytes_, bytes});
  payer_ = payer;
  bytes_ = bytes;
}

void RequestMemory::Charge::Release() {
  if (bytes_ > 0) SetAnyway(payer_, 0);
}

bool RequestMemory::HasRoom(const Change& change) const {
  const uint64_t others = used_ - change.before;
  if (others + change.after > LimitFor(change.after, capacity_)) return false;
  const uint64_t own = UsedBy(change.to) - (change.from == change.to ? change.before : 0);
  return own == 0 || own + change.after <= LimitFor(change.after, capacity_ / kShares);
}

void RequestMemory::Apply(const Change& change) {
  used_ += change.after - change.before;
  if (change.before > 0) {
    const auto from = by_payer_.find(std::string(change.from));
    from->second -= change.before;
    if (from->second == 0) by_payer_.erase(from);
  }
  if (change.after > 0) by_payer_[std::string(change.to)] += change.after;
}

uint64_t RequestMemory::UsedBy(std::string_view payer) const {
  const auto found = by_payer_.find(std::string(payer));
  return found == by_payer_.end() ? 0 : found->second;
}

}  // namespace rawhaul::http
