#include "base/byte_budget.h"

#include <algorithm>

namespace rawhaul {

ByteBudget::Lease& ByteBudget::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    Release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void ByteBudget::Lease::Release() {
  if (budget_ != nullptr) std::exchange(budget_, nullptr)->used_ -= bytes_;
  bytes_ = 0;
}

ByteBudget::Lease ByteBudget::Lease::Split(uint64_t bytes) {
  const uint64_t own = std::min(bytes, bytes_);
  budget_->used_ += bytes - own;
  bytes_ -= own;
  return Lease(budget_, bytes);
}

bool ByteBudget::Lease::TryGrowTo(uint64_t bytes) {
  if (bytes <= bytes_) return true;
  auto more = budget_->TryAcquire(bytes - bytes_);
  if (!more) return false;
  bytes_ += std::exchange(more->bytes_, 0);
  return true;
}

std::optional<ByteBudget::Lease> ByteBudget::TryAcquire(uint64_t bytes) {
  uint64_t used = used_.load();
  do {
    if (used + bytes > capacity_) return std::nullopt;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return Lease(this, bytes);
}

ByteBudget::Lease ByteBudget::Acquire(uint64_t bytes) {
  used_ += bytes;
  return Lease(this, bytes);
}

}  // namespace rawhaul
